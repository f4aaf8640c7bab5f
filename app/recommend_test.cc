// `vitrine recommend ope` on a log: which order belongs to which action.
#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "app/commands.h"
#include "app/house.h"
#include "base/log.h"
#include "commerce/model/topics.h"

namespace vitrine {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;

struct Stall {
  std::string folder;

  Stall() {
    set_log_level(LogLevel::Error);
    auto pattern = (std::filesystem::temp_directory_path() / "recommend-XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
  }
  ~Stall() { std::filesystem::remove_all(folder); }

  std::string log() const { return folder + "/log"; }

  // Appends to one topic of a domain, as if its App had made the records.
  template <class Message>
  void write(const std::string& where, const Topic<std::string, Message>& topic,
             const std::vector<std::pair<std::int64_t, Message>>& messages) const {
    App app{"stall"};
    app.stream(topic).to(Topic<std::string, Message>{"stall.copies"});
    EngineOptions options;
    options.folder = where;
    auto engine = Engine::open(real_env(), app, options);
    REQUIRE_MESSAGE(engine.has_value(), (engine ? "" : engine.error().message));
    for (const auto& [at_ms, message] : messages) {
      Append one{topic.name(), {"key", encoded(message), time_of_millis(at_ms), {}}, true};
      REQUIRE((*engine)->append(std::move(one), {}));
    }
    while (true) {
      const auto more = (*engine)->poll();
      REQUIRE(more.has_value());
      if (!*more) return;
    }
  }

  std::pair<int, std::string> ope(std::vector<std::string> more = {}) const {
    std::vector<std::string> words{"recommend", "ope", "--log", log()};
    words.insert(words.end(), more.begin(), more.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    std::fflush(stdout);
    const int before = ::dup(1);
    std::FILE* target = std::fopen((folder + "/out").c_str(), "w");
    ::dup2(::fileno(target), 1);
    const int code = run_recommend(static_cast<int>(argv.size()), argv.data());
    std::fflush(stdout);
    ::dup2(before, 1);
    ::close(before);
    std::fclose(target);
    std::ifstream in(folder + "/out");
    return {code, {std::istreambuf_iterator<char>(in), {}}};
  }
};

ViewerOffers offered(const std::string& viewer, std::int64_t at_ms, const char* action,
                     double propensity) {
  ViewerOffers offers;
  offers.set_viewer(viewer);
  offers.set_at_ms(at_ms);
  offers.mutable_action()->set_action(action);
  offers.mutable_action()->set_propensity(propensity);
  for (int i = 0; i < 6; ++i) offers.mutable_drawn_from()->add_context(i == 0 ? 1 : 0);
  for (int i = 0; i < 4; ++i) offers.mutable_drawn_from()->add_possible(true);
  return offers;
}

std::pair<std::int64_t, ShopEvent> order_of(const std::string& viewer, std::int64_t at_ms) {
  ShopEvent event;
  event.mutable_order_confirmed()->mutable_order()->set_viewer(viewer);
  return {at_ms, event};
}

}  // namespace

TEST_CASE("orders are joined to actions by viewer and time, and weighed by the propensities") {
  Stall stall;
  std::vector<std::pair<std::int64_t, ViewerOffers>> told;
  const auto tell = [&](const char* viewer, std::int64_t minute, const char* action, double p) {
    told.emplace_back(minute * kMinuteMs, offered(viewer, minute * kMinuteMs, action, p));
  };
  tell("ada", 100, "offer", 0.25);    // buys in time
  tell("bob", 100, "offer", 0.5);     // buys too late
  tell("cyd", 100, "nothing", 0.25);  // buys in time
  tell("dee", 101, "product", 0.25);  // had bought before
  ViewerOffers old = offered("eve", 101 * kMinuteMs, "offer", 0.5);
  old.clear_drawn_from();
  told.emplace_back(101 * kMinuteMs, old);
  tell("fay", 125, "offer", 0.5);  // what follows is not known yet
  ViewerOffers list;
  list.set_viewer("ada");
  told.emplace_back(125 * kMinuteMs, list);  // no action
  stall.write(insight_folder(stall.log()), topics::viewer_offers, told);
  stall.write(shop_folder(stall.log()), topics::shop_events,
              {order_of("dee", 99 * kMinuteMs), order_of("cyd", 101 * kMinuteMs),
               order_of("ada", 109 * kMinuteMs), order_of("bob", 111 * kMinuteMs),
               order_of("gus", 130 * kMinuteMs)});

  const auto [code, out] = stall.ope();
  INFO(out);
  CHECK(code == 0);
  const auto has = [&](std::string_view part) { return out.find(part) != std::string::npos; };
  CHECK(has("4 actions judged, 2 of them with an order within ten minutes; 0 only teach; "
            "of 1 the outcome is not known yet, 1 do not say"));
  CHECK(has("logged     0.5000"));
  CHECK(has("offer      1.0000"));  // (1 / 0.25) / 4
  CHECK(has("nothing    1.0000"));
  CHECK(has("0.6667 +- 0.3143"));  // SNIPS of offer: 4 / (4 + 2)
  CHECK(stall.ope() == std::pair{code, out});
  CHECK(stall.ope({"--from", "1970-01-01T01:41Z"}).second.find("3 only teach") != out.npos);
  CHECK(stall.ope({"--from", "soon"}).first == 1);
}

}  // namespace vitrine
