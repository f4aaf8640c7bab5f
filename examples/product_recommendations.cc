// Real-time product recommendations: which products do viewers look at right after this one?
// Lines "viewer view sku" of `user-activity` become up to three skus per sku in `recommendations`.
#include <algorithm>

#include "vitrine/app.h"
#include "vitrine/run.h"
#include "vitrine/text.h"

using namespace vitrine;
// clang-format off: this page is about how little there is to write
struct Look { std::string viewer, sku; auto fields() { return std::tie(viewer, sku); } };
struct Step { std::string from, to; auto fields() { return std::tie(from, to); } };
struct Next { std::string sku; long times{}; auto fields() { return std::tie(sku, times); } };
void count_next(std::vector<Next>& all, const Step& step) {
  auto seen = std::find_if(all.begin(), all.end(), [&](const Next& n) { return n.sku == step.to; });
  if (seen == all.end()) seen = all.insert(seen, {step.to, 0});
  ++seen->times;
  std::sort(all.begin(), all.end(), [](const Next& a, const Next& b) {
    return std::tie(b.times, a.sku) < std::tie(a.times, b.sku);
  });
}
std::string best_three(const std::vector<Next>& all) {
  std::string text = all[0].sku;
  for (std::size_t i = 1; i < std::min<std::size_t>(3, all.size()); ++i) text += "," + all[i].sku;
  return text;
}
int main(int argc, char** argv) {
  const Topic<std::string, std::string> activity{"user-activity"}, best{"recommendations"};
  App app{"product-recommendations"};
  app.stream(activity).flat_map<Look>([](std::string_view line, Emit<Look>& emit) {
        const auto w = split(line, ' ');
        if (w.size() == 3 && w[1] == "view") emit({std::string(w[0]), std::string(w[2])});
      })
      .group_by([](const Look& look) { return look.viewer; })
      .aggregate("last-step", Step{}, [](Step& s, const Look& look) { s = {s.to, look.sku}; })
      .filter([](const Step& step) { return !step.from.empty() && step.from != step.to; })
      .group_by([](const Step& step) { return step.from; })
      .aggregate("seen-next", std::vector<Next>{}, count_next).map(best_three).to(best);
  return run(app, RunOptions::from_args(argc, argv));
}
