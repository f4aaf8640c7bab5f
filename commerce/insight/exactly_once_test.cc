// kill -9 in the middle of a show, anywhere: what the assistant told is told once, and it is what a
// run that was never killed tells.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <map>

#include "commerce/insight/topology.h"
#include "commerce/model/topics.h"
#include "sim/test_folder.h"
#include "vitrine/engine.h"

using namespace vitrine;

namespace {

constexpr int kMessages = 120;
constexpr std::array kQuestions{"can I return it?",     "how much is it?", "do you do refunds",
                                "what is your secret?", "any left?",       "how big is it?",
                                "is it available"};

// What insight reads of others, as they would have committed it.
App others() {
  App app{"others"};
  app.stream(topics::shop_events).filter([](const ShopEvent&) { return false; });
  app.stream(topics::show_timeline).filter([](const ShowEvent&) { return false; });
  app.stream(topics::show_chat).filter([](const ChatEvent&) { return false; });
  return app;
}

template <class V>
void append_at(Engine& engine, const Topic<std::string, V>& topic, const std::string& key,
               const V& value, std::int64_t at_ms) {
  Append one;
  one.topic = topic.name();
  one.record = {encoded(key), encoded(value), time_of_millis(at_ms), {}};
  one.keep_timestamp = true;
  REQUIRE(engine.append(std::move(one)).has_value());
}

std::unique_ptr<Engine> open_log(App& app, const std::string& folder,
                                 std::vector<Engine*> upstreams = {}) {
  EngineOptions options;
  options.folder = folder;
  options.upstreams = std::move(upstreams);
  options.epoch_records_max = 16;  // many commits, so that a kill falls between any two
  return std::move(Engine::open(real_env(), app, std::move(options)).value());
}

void until_idle(Engine& engine) {
  while (engine.poll().value()) {
  }
}

void set_the_shop(Engine& engine) {
  ShopEvent put;
  Product& product = *put.mutable_product_put()->mutable_product();
  product.set_sku("LAMP");
  product.set_title("Brass Reading Lamp");
  product.mutable_price()->set_amount(4'950);
  product.mutable_price()->set_currency("GBP");
  append_at(engine, topics::shop_events, "shop_1", put, 1'000);
  ShopEvent stock;
  stock.mutable_stock_set()->set_sku("LAMP");
  stock.mutable_stock_set()->set_available(7);
  append_at(engine, topics::shop_events, "shop_1", stock, 1'001);
  ShowEvent created;
  created.mutable_created()->set_shop("shop_1");
  append_at(engine, topics::show_timeline, "show_1", created, 1'002);
  ShowEvent pinned;
  pinned.mutable_pinned()->add_pins("LAMP");
  append_at(engine, topics::show_timeline, "show_1", pinned, 1'003);
  until_idle(engine);
}

void set_the_assistant(Engine& insight) {
  InsightCommand faq;
  FaqEntry& entry = *faq.mutable_faq()->add_entries();
  entry.set_id("returns");
  entry.set_title("returns policy");
  entry.set_text("Send it back within 30 days.");
  entry.set_also("return, refund");
  append_at(insight, topics::insight_commands, "shop_1", faq, 1'004);
  InsightCommand mode;
  mode.mutable_assistant()->set_mode("auto");
  append_at(insight, topics::insight_commands, "show_1", mode, 1'005);
  until_idle(insight);
}

void chat(Engine& engine) {
  for (int i = 0; i < kMessages; ++i) {
    ChatEvent event;
    ChatPosted& posted = *event.mutable_posted();
    posted.set_author("vwr_" + std::to_string(i % 40));
    posted.set_role("viewer");
    posted.set_number(static_cast<std::uint64_t>(i) + 1);
    posted.set_text(i % 3 == 0 ? "lovely" : kQuestions[static_cast<std::size_t>(i) % 7]);
    append_at(engine, topics::show_chat, "show_1", event, 2'000 + i * 10);
  }
  until_idle(engine);
}

// The assistant's.
std::vector<Bytes> told(const Engine& insight) {
  const std::array<std::string, 1> names{topics::show_insights.name()};
  std::vector<Bytes> all;
  for (Position from{1}; from < insight.committed_end();) {
    auto batch = insight.fetch(names, from, 4096, 4U << 20U).value();
    for (auto& record : batch.records) {
      // The mood goes by the wall clock's seconds, which differ from run to run.
      const auto event = decoded<InsightEvent>(record.record.value);
      if (event->has_mood() || event->has_alert()) continue;
      all.push_back(std::move(record.record.value));
    }
    from = batch.next;
  }
  return all;
}

void copy_log(const std::string& from, const std::string& to) {
  std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
}

// The chat worked on by a process that kills itself after `commits` of them. False: it was done
// before.
bool killed_after(int commits, const std::string& folder, Engine& upstream, App& app) {
  const pid_t child = ::fork();
  if (child == 0) {
    auto insight = open_log(app, folder, {&upstream});
    for (int i = 0; insight->poll().value(); ++i)
      if (i == commits) ::raise(SIGKILL);
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE((WIFSIGNALED(status) || WEXITSTATUS(status) == 0));
  return WIFSIGNALED(status);
}

}  // namespace

TEST_CASE("kill -9 anywhere: no answer is lost, none is told twice, a replay tells the same") {
  sim::TempFolder whole_folder;
  App sources = others();
  App app = insight_app();
  auto upstream = open_log(sources, whole_folder.path + "/others");
  set_the_shop(*upstream);
  auto whole = open_log(app, whole_folder.path + "/insight", {upstream.get()});
  set_the_assistant(*whole);
  whole.reset();
  chat(*upstream);

  std::vector<Bytes> expected;
  {
    sim::TempFolder copy;
    copy_log(whole_folder.path + "/insight", copy.path + "/insight");
    auto never_killed = open_log(app, copy.path + "/insight", {upstream.get()});
    until_idle(*never_killed);
    expected = told(*never_killed);
  }
  std::map<std::string, int> answered;
  for (const Bytes& one : expected) {
    const auto event = decoded<InsightEvent>(one);
    if (event->has_answered()) ++answered[event->answered().text()];
  }
  CHECK(answered == std::map<std::string, int>{{"Brass Reading Lamp costs £49.50.", 1},
                                               {"Only 7 of Brass Reading Lamp are left.", 1},
                                               {"Send it back within 30 days.", 1}});

  int kills = 0;
  for (const int distance : {0, 1, 2, 5}) {
    sim::TempFolder copy;
    copy_log(whole_folder.path + "/insight", copy.path + "/insight");
    while (killed_after(distance, copy.path + "/insight", *upstream, app) && kills < 400) ++kills;
    auto after = open_log(app, copy.path + "/insight", {upstream.get()});
    until_idle(*after);
    CHECK(told(*after) == expected);
  }
  CHECK(kills > 5);
  MESSAGE(kills << " kills");
}
