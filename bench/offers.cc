// offers: the whole recommender (commerce/recommend) on the embedded log with fsync: products
// looked at, offers committed with their reasons. A hundred thousand products, Zipf 0.9; a visitor
// looks at two to ten, each the next on the shelf of the one before or any other, and every session
// ends with a purchase, so that it is learnt at once. First `--learn` sessions, unmeasured.
//
// Two figures of one run: looks a second as fast as they are taken, and the time from a look to its
// offers' commit at a steady `--rate`, every look appended at its own moment whether or not the
// others are answered.
//
// usage: offers [--folder DIR] [--items N] [--learn N] [--looks N] [--rate N] [--seconds N]
#include <cstdlib>
#include <cstring>
#include <future>
#include <map>
#include <mutex>

#include "bench/bench_kit.h"
#include "commerce/model/topics.h"
#include "commerce/recommend/topology.h"
#include "vitrine/engine.h"

namespace {

using namespace vitrine;  // NOLINT(google-build-using-namespace)
using vitrine::bench::now_ns;

class Audience {
 public:
  explicit Audience(std::uint64_t items) : items_(items), numbers_(7), zipf_(items, 0.9) {}

  // The next thing somebody does.
  Append next() {
    if (left_ == 0) return begin();
    if (--left_ == 0) return purchase();
    Activity activity;
    activity.set_viewer(viewer_);
    activity.mutable_opened()->set_shop("shop_1");
    activity.mutable_opened()->set_sku(sku_of(item_));
    item_ = numbers_.real() < 0.6 ? (item_ + 1 + numbers_.next() % 5) % items_ : any();
    return {.topic = topics::viewer_activity.name(),
            .record = {"show_1", encoded(activity), {}, {}}};
  }
  std::uint64_t visitors() const { return visitors_; }
  static std::string sku_of(std::uint64_t item) { return "sku-" + std::to_string(item); }

 private:
  Append begin() {
    viewer_ = "vwr_" + std::to_string(++visitors_);
    left_ = 3 + numbers_.next() % 9;
    item_ = any();
    return next();
  }
  Append purchase() {
    ShopEvent event;
    event.set_viewer(viewer_);
    event.set_show("show_1");
    Order& order = *event.mutable_order_confirmed()->mutable_order();
    order.set_viewer(viewer_);
    order.set_show("show_1");
    order.mutable_total()->set_amount(1'000);
    order.mutable_total()->set_currency("GBP");
    order.add_lines()->set_sku(sku_of(item_));
    order.mutable_lines(0)->set_quantity(1);
    return {.topic = topics::shop_events.name(), .record = {"shop_1", encoded(event), {}, {}}};
  }
  std::uint64_t any() { return (zipf_(numbers_) * 0x9E3779B1ULL) % items_; }

  std::uint64_t items_;
  bench::Numbers numbers_;
  bench::Zipf zipf_;
  std::string viewer_;
  std::uint64_t item_ = 0, left_ = 0, visitors_ = 0;
};

// As fast as they are taken; returns when all are committed.
void append_all(Engine& engine, std::uint64_t count, const std::function<Append()>& next) {
  std::promise<void> committed;
  for (std::uint64_t i = 0; i < count; ++i) {
    Append append = next();
    const bool last = i + 1 == count;
    while (!engine.append(append, last ? Engine::Done{[&](Result<Position>) {
                            committed.set_value();
                          }}
                                       : Engine::Done{}))
      std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  committed.get_future().wait();
}

void fill(Engine& engine, std::uint64_t items) {
  ShowEvent created;
  created.mutable_created()->set_shop("shop_1");
  append_all(engine, 1, [&] {
    return Append{.topic = topics::show_timeline.name(),
                  .record = {"show_1", encoded(created), {}, {}}};
  });
  std::uint64_t i = 0;
  append_all(engine, items * 2, [&] {
    const std::string sku = Audience::sku_of(i / 2);
    ShopEvent event;
    if (i++ % 2 == 0) {
      event.mutable_product_put()->mutable_product()->set_sku(sku);
      event.mutable_product_put()->mutable_product()->set_title("The " + sku);
    } else {
      event.mutable_stock_set()->set_sku(sku);
      event.mutable_stock_set()->set_available(1'000'000);
    }
    return Append{.topic = topics::shop_events.name(),
                  .record = {"shop_1", encoded(event), {}, {}}};
  });
}

std::vector<std::int64_t> at_rate(Engine& engine, Audience& audience, std::uint64_t rate,
                                  std::uint64_t seconds) {
  std::mutex mutex;  // guards took: the committer's and ours
  std::vector<std::int64_t> took;
  const std::uint64_t count = rate * seconds;
  std::promise<void> committed;
  const std::int64_t from = now_ns();
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto due = from + static_cast<std::int64_t>(i * 1'000'000'000ULL / rate);
    bench::sleep_until(due);
    const auto done = [&, due](Result<Position>) {
      const std::lock_guard lock(mutex);
      took.push_back(now_ns() - due);
      if (took.size() == count) committed.set_value();
    };
    while (!engine.append(audience.next(), done))
      std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  committed.get_future().wait();
  return took;
}

}  // namespace

int main(int argc, char** argv) {
  std::string folder = "./var/bench-offers";
  std::map<std::string, std::uint64_t> options{{"--items", 100'000}, {"--learn", 30'000},
                                               {"--looks", 200'000}, {"--rate", 10'000},
                                               {"--seconds", 10}};
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::strcmp(argv[i], "--folder") == 0) folder = argv[i + 1];
    else if (options.contains(argv[i])) options[argv[i]] = std::strtoull(argv[i + 1], nullptr, 10);
  }
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  App app{"offers"};
  recommend::add_recommend(app);
  EngineOptions settings;
  settings.folder = folder;
  auto engine = Engine::open(real_env(), app, settings);
  if (!engine || !(*engine)->start()) {
    std::fprintf(stderr, "offers: open %s: it cannot be written; name another --folder\n",
                 folder.c_str());
    return 1;
  }
  fill(**engine, options["--items"]);
  Audience audience(options["--items"]);
  const auto next = [&] { return audience.next(); };
  while (audience.visitors() < options["--learn"]) append_all(**engine, 10'000, next);
  const std::int64_t from = now_ns();
  append_all(**engine, options["--looks"], next);
  const double seconds = bench::seconds_since(from);
  std::printf("figure looks_per_s %.0f looks/s\n",
              static_cast<double>(options["--looks"]) / seconds);
  auto took = at_rate(**engine, audience, options["--rate"], options["--seconds"]);
  std::printf("figure rate %llu looks/s\n", static_cast<unsigned long long>(options["--rate"]));
  std::printf("figure offers_p50_ms %.2f ms\n", bench::quantile_ms(took, 0.5));
  std::printf("figure offers_p99_ms %.2f ms\n", bench::quantile_ms(took, 0.99));
  std::printf("figure memory_mib %.0f MiB\n", bench::memory_mib("VmHWM"));
  (*engine)->stop();
  std::filesystem::remove_all(folder);
  return 0;
}
