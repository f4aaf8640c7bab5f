// What an App's words promise, on several shards: windows after a change of key, broadcast tables,
// domains that read each other, state of another key.
#include <doctest/doctest.h>

#include <algorithm>

#include "streams/runtime/engine_test_kit.h"
#include "streams/topology/dead_letter.h"
#include "vitrine/app.h"

using namespace vitrine;
using namespace vitrine::test;
using namespace std::chrono_literals;

namespace {

const Topic<std::string, std::int64_t> numbers_in{"in"};
const Topic<std::int64_t, std::string> rates{"rates", {.partitions = 8}};
const Topic<std::string, std::string> rated{"rated"};
const Topic<Windowed<std::int64_t>, std::uint64_t> sums{"sums"};
const Topic<Windowed<std::int64_t>, std::uint64_t> sliding_sums{"sliding-sums"};
const Topic<std::int64_t, std::int64_t> late_numbers{"late"};

App window_app() {
  App app{"windows"};
  const auto add = [](std::uint64_t& sum, std::int64_t number) {
    sum += static_cast<std::uint64_t>(number);
  };
  const auto groups = app.stream(numbers_in)
                          .map([](std::int64_t number) { return number; })
                          .rekey([](std::int64_t number) { return number % 7; })
                          .group_by_key();
  groups.window(Tumbling{10s, 0s}, "sums", std::uint64_t{0}, add)
      .emit(on_close, late_numbers)
      .to(sums);
  groups
      .window(Sliding{10s, 0s}, "sliding", std::uint64_t{0}, add,
              [](std::uint64_t& earlier, std::uint64_t later) { earlier += later; })
      .emit(on_close, late_numbers)
      .to(sliding_sums);
  return app;
}

std::unique_ptr<Engine> open_app(Setup& setup, App& app, const TempFolder& folder,
                                 std::uint32_t shards) {
  setup.options.folder = folder.path;
  setup.options.shards = shards;
  auto engine = Engine::open(setup.env, app, setup.options);
  REQUIRE_MESSAGE(engine, (engine ? std::string{} : engine.error().message));
  return std::move(*engine);
}

void append_at(Engine& engine, std::int64_t number, Time time) {
  Append one;
  one.topic = numbers_in.name();
  one.record = {encoded("key " + std::to_string(number % 13)), encoded(number), time, {}};
  one.keep_timestamp = true;
  REQUIRE(engine.append(std::move(one)));
}

std::vector<std::string> sorted_records(const Engine& engine, const std::string& topic) {
  std::vector<std::string> out = values(engine, topic);
  std::sort(out.begin(), out.end());
  return out;
}

// The same numbers, in batches that each shard reads at its own moment; killed in between.
std::vector<std::string> windows_on(std::uint32_t shards, std::uint32_t later) {
  App app = window_app();
  Setup setup;
  setup.options.checkpoint_deltas = 70;
  setup.clock.set(at(Duration{10'000'000}));
  auto folder = std::make_unique<TempFolder>();
  auto engine = open_app(setup, app, *folder, shards);
  for (std::int64_t number = 0; number < 900; ++number) {
    const Time time = at(Duration{10'000'000 + number * 100});
    append_at(*engine, number, time);
    if (number % 150 == 149) {
      engine->poll().value();
      engine->poll().value();
    }
    if (number == 449) {
      while (committed(*engine, "in").size() < 450) engine->poll().value();
      auto killed = std::make_unique<TempFolder>();
      killed->copy_from(*folder);
      engine.reset();
      folder = std::move(killed);
      engine = open_app(setup, app, *folder, later);
    }
  }
  run_until_idle(*engine);
  setup.clock.set(at(Duration{10'000'000 + 3'600'000}));  // all are idle by now
  run_until_idle(*engine);
  CHECK(committed(*engine, "late").empty());
  CHECK(committed(*engine, "sums.dlq").empty());
  auto out = sorted_records(*engine, "sums");
  for (auto& one : sorted_records(*engine, "sliding-sums")) out.push_back(std::move(one));
  return out;
}

}  // namespace

TEST_CASE("windows after a change of key are those of one shard, and nothing is late") {
  const auto expected = windows_on(1, 1);
  CHECK(expected.size() == 9 * 7 + 900);  // of the sliding ones, one a record
  CHECK(windows_on(2, 2) == expected);
  CHECK(windows_on(4, 4) == expected);
  CHECK(windows_on(1, 4) == expected);
  CHECK(windows_on(4, 2) == expected);
  CHECK(windows_on(2, 1) == expected);
}

TEST_CASE("a broadcast table is whole on every shard, also on those that come later") {
  App app{"rated"};
  const auto table = app.broadcast(rates);
  app.stream(numbers_in)
      .left_join(
          table, [](std::int64_t number) { return number % 5; },
          [](std::int64_t number, const std::string* rate) {
            return std::to_string(number) + (rate == nullptr ? "?" : *rate);
          })
      .to(rated);
  Setup setup;
  TempFolder folder;
  std::int64_t number = 0;
  for (const std::uint32_t shards : {2U, 4U, 1U, 4U}) {
    CAPTURE(shards);
    auto engine = open_app(setup, app, folder, shards);
    if (number == 0) {
      for (std::int64_t rate = 0; rate < 5; ++rate) {
        Append one;
        one.topic = rates.name();
        one.record = {encoded(rate), encoded("r" + std::to_string(rate)), {}, {}};
        REQUIRE(engine->append(std::move(one)));
      }
    } else {
      Append one;  // one of them changes, and the change reaches all
      one.topic = rates.name();
      one.record = {encoded(number % 5), encoded("r" + std::to_string(number % 5)), {}, {}};
      REQUIRE(engine->append(std::move(one)));
    }
    run_until_idle(*engine);
    for (int i = 0; i < 40; ++i) append_at(*engine, number++, setup.clock.now());
    run_until_idle(*engine);
    engine->stop();
    const auto all = committed(*engine, "rated");
    REQUIRE(all.size() == static_cast<std::size_t>(number));
    for (const auto& one : all) {
      const auto text = decoded<std::string>(one.record.value).value();
      const auto rate = text.find('r');
      REQUIRE_MESSAGE(rate != text.npos, text);
      CHECK(std::stoll(text) % 5 == std::stoll(text.substr(rate + 1)));
    }
    CHECK(engine->state_get("rates", encoded(std::int64_t{3})) == encoded(std::string("r3")));
  }
}

TEST_CASE("a domain of several shards reads another one exactly once, whatever their number") {
  TempFolder up_folder;
  Setup up;
  up.options.shards = 2;
  auto upstream = up.open(up_folder, "up");
  Setup down;
  down.options.upstreams = {upstream.get()};
  down.options.epoch_records_max = 8;
  down.options.checkpoint_deltas = 30;
  auto folder = std::make_unique<TempFolder>();
  int sent = 0;
  for (const std::uint32_t shards : {1U, 2U, 4U, 2U, 1U, 4U}) {
    CAPTURE(shards);
    for (int i = 0; i < 30; ++i) REQUIRE(upstream->append(word("k" + std::to_string(sent++ % 7))));
    run_until_idle(*upstream);
    down.options.shards = shards;
    auto engine = down.open(*folder, "down");
    for (int i = 0; i < 3; ++i) engine->poll().value();
    auto killed = std::make_unique<TempFolder>();
    killed->copy_from(*folder);
    engine.reset();
    folder = std::move(killed);
  }
  auto engine = down.open(*folder, "down");
  run_until_idle(*engine);
  CHECK(values(*engine, "counts").size() == static_cast<std::size_t>(sent));
  std::int64_t sum = 0;
  for (int key = 0; key < 7; ++key) sum += count_of(*engine, "k" + std::to_string(key));
  CHECK(sum == sent);
}

namespace {

struct Total {  // keeps one row for all keys
  explicit Total(Stores& stores) : total(stores.keyed<std::int64_t>("total")) {}
  void on_record(std::string_view, std::int64_t number, Context<std::string, std::int64_t>&) {
    total.upsert("all") += number;
  }
  Keyed<std::int64_t> total;
};

}  // namespace

TEST_CASE("a row of another shard's key is refused with the record, and never answered wrongly") {
  App app{"total"};
  app.stream(numbers_in).process([](Stores& stores) { return Total{stores}; });
  Setup setup;
  TempFolder folder;
  auto engine = open_app(setup, app, folder, 2);
  for (std::int64_t number = 0; number < 20; ++number)
    append_at(*engine, number, setup.clock.now());
  run_until_idle(*engine);
  const auto dead = committed(*engine, "in.dlq");
  REQUIRE_FALSE(dead.empty());
  std::int64_t refused = 0;
  for (const auto& one : dead) {
    const auto letter = decoded<DeadLetter>(one.record.value).value();
    CHECK(letter.cause.find("belongs to another shard") != std::string::npos);
    refused += decoded<std::int64_t>(letter.value).value();
  }
  const auto total = engine->state_get("total", "all");
  REQUIRE(total);
  CHECK(decoded<std::int64_t>(*total).value() + refused == 190);
}

TEST_CASE("the number of shards cannot change while a call is open, and the log stays as it is") {
  const Call<std::int64_t, std::int64_t> ask_number{"ask-number", {.timeout = 30s}};
  App app{"asking"};
  app.stream(numbers_in).call(ask_number, [](std::int64_t number) { return number; });
  Setup setup;
  TempFolder folder;
  auto engine = open_app(setup, app, folder, 2);
  append_at(*engine, 7, setup.clock.now());
  run_until_idle(*engine);
  engine.reset();
  setup.options.shards = 4;
  const auto refused = Engine::open(setup.env, app, setup.options);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::Conflict);
  CHECK(refused.error().message.find("open calls") != std::string::npos);
  engine = open_app(setup, app, folder, 2);
  CHECK(committed(*engine, call_requests_topic("asking", "ask-number")).size() == 1);
}
