// Several shards: records that change shards, whatever crashes in between and however many shards
// the next start has.
#include <doctest/doctest.h>

#include <future>
#include <set>
#include <thread>

#include "streams/runtime/engine_test_kit.h"

using namespace vitrine;
using namespace vitrine::test;

namespace {

// in: key k, value n -> hops: key "h<n % 16>", value "k/n" -> out, with a count per hop key. What
// arrives on a hop key of one sender must keep that sender's order.
class HopTopology final : public Topology {
 public:
  enum : std::size_t { kIn, kHops, kOut };
  const std::string& name() const override { return name_; }
  std::span<const TopicInfo> topics() const override { return topics_; }
  std::span<const std::size_t> inputs() const override { return inputs_; }
  std::vector<std::string> stores() const override { return {"hopped|string|int64"}; }
  std::unique_ptr<Task> instantiate(StoreSet& stores) const override;
  std::string describe() const override { return name_; }
  std::string mermaid() const override { return name_; }

 private:
  std::string name_ = "hop";
  std::vector<TopicInfo> topics_{{"in", 8, true, "string", "string"},
                                 {"hops", 16, true, "string", "string"},
                                 {"out", 8, true, "string", "string"}};
  std::vector<std::size_t> inputs_{kIn, kHops};
};

class HopTask final : public Task {
 public:
  explicit HopTask(StoreSet& stores) : hopped_(stores.keyed<std::string, std::int64_t>("hopped")) {}
  void on_record(std::size_t topic, std::uint32_t, Position, const RecordView& record,
                 Output& out) override {
    if (topic == HopTopology::kIn) {
      const std::string key = "h" + std::to_string(std::stoi(std::string(record.value)) % 16);
      const std::string value = std::string(record.key) + "/" + std::string(record.value);
      out.emit(HopTopology::kHops, {key, value, record.timestamp, {}});
      return;
    }
    const std::string text =
        std::to_string(++hopped_.upsert(record.key)) + "=" + std::string(record.value);
    out.emit(HopTopology::kOut, {record.key, text, record.timestamp, {}});
  }
  void on_wall(Time, Output&) override {}
  Time next_wall_timer() const override { return Time::max(); }
  void restored() override {}

 private:
  Store<std::string, std::int64_t>& hopped_;
};

std::unique_ptr<Task> HopTopology::instantiate(StoreSet& stores) const {
  return std::make_unique<HopTask>(stores);
}

struct Hops {
  Setup setup;
  int next = 0;
  std::unique_ptr<Engine> open(const TempFolder& folder, std::uint32_t shards) {
    setup.options.folder = folder.path;
    setup.options.shards = shards;
    auto engine = Engine::open(setup.env, std::make_shared<HopTopology>(), setup.options);
    REQUIRE_MESSAGE(engine, (engine ? std::string{} : engine.error().message));
    return std::move(*engine);
  }
  void append(Engine& engine, int count, std::size_t padding = 0) {
    for (int i = 0; i < count; ++i, ++next) {
      Append one;
      one.topic = "in";
      one.record.key = "k" + std::to_string(next * 7 % 5);
      one.record.value = std::to_string(next) + std::string(next % 3 == 0 ? padding : 0, '.');
      REQUIRE(engine.append(std::move(one)));
    }
  }
};

// Nothing lost, nothing doubled, counts without gaps, and each sender's order kept: of `all`
// records when everything has arrived.
void check_hops(const Engine& engine, int all, bool complete) {
  std::map<std::string, std::int64_t> counts;
  std::map<std::string, int> last;
  std::set<int> seen;
  for (const auto& one : committed(engine, "out")) {
    const std::string& text = one.record.value;
    const auto equals = text.find('=');
    const auto slash = text.find('/');
    REQUIRE(std::stoll(text.substr(0, equals)) == ++counts[one.record.key]);
    const int number = std::stoi(text.substr(slash + 1));
    REQUIRE_MESSAGE(seen.insert(number).second, "twice: " << number);
    REQUIRE(one.record.key == "h" + std::to_string(number % 16));
    const std::string way = text.substr(equals + 1, slash - equals - 1) + ">" + one.record.key;
    REQUIRE_MESSAGE((!last.contains(way) || last[way] < number), way << " " << number);
    last[way] = number;
  }
  if (complete) CHECK(seen.size() == static_cast<std::size_t>(all));
  for (const auto& [key, count] : counts) {
    const auto bytes = engine.state_get("hopped", key);
    REQUIRE(bytes);
    CHECK(decoded<std::int64_t>(*bytes).value() == count);
  }
}

}  // namespace

TEST_CASE("records that change shards arrive once, in each sender's order") {
  for (const std::uint32_t shards : {2U, 4U, 8U}) {
    CAPTURE(shards);
    TempFolder folder;
    Hops hops;
    auto engine = hops.open(folder, shards);
    CHECK(engine->shards() == shards);
    for (int round = 0; round < 20; ++round) {
      hops.append(*engine, 50);
      engine->poll().value();
    }
    run_until_idle(*engine);
    check_hops(*engine, hops.next, true);
    CHECK_FALSE(engine->poll().value());
  }
}

TEST_CASE("what a ring has no room for is read back from the log, in order") {
  TempFolder folder;
  Hops hops;
  auto engine = hops.open(folder, 2);
  for (int round = 0; round < 5; ++round) {
    hops.append(*engine, 40, 300'000);  // longer than a ring takes
    engine->poll().value();
  }
  run_until_idle(*engine);
  check_hops(*engine, hops.next, true);
}

TEST_CASE("a killed engine of several shards goes on with what was committed and not delivered") {
  auto folder = std::make_unique<TempFolder>();
  Hops hops;
  hops.setup.options.checkpoint_deltas = 60;
  hops.setup.options.epoch_records_max = 40;
  std::unique_ptr<Engine> engine = hops.open(*folder, 4);
  for (int round = 0; round < 12; ++round) {
    hops.append(*engine, 37);
    for (int i = 0; i < round % 4; ++i) engine->poll().value();
    check_hops(*engine, hops.next, false);
    run_until_idle(*engine);
    hops.append(*engine, 21);
    engine->poll().value();  // committed where they came in, not yet where they go
    auto killed = std::make_unique<TempFolder>();
    killed->copy_from(*folder);
    const std::size_t in = committed(*engine, "in").size();
    engine.reset();
    folder = std::move(killed);
    engine = hops.open(*folder, 4);
    CHECK(committed(*engine, "in").size() == in);
    run_until_idle(*engine);
    check_hops(*engine, static_cast<int>(in), true);
    if (in < static_cast<std::size_t>(hops.next)) {  // what was not committed is sent again
      std::set<int> there;
      for (const auto& one : committed(*engine, "in")) there.insert(std::stoi(one.record.value));
      for (int i = 0; i < hops.next; ++i) {
        if (there.contains(i)) continue;
        Append again;
        again.topic = "in";
        again.record.key = "k" + std::to_string(1000 + i);  // its order to others is lost
        again.record.value = std::to_string(i);
        REQUIRE(engine->append(std::move(again)));
      }
      run_until_idle(*engine);
    }
  }
  check_hops(*engine, hops.next, true);
}

TEST_CASE("another number of shards goes on where the last one was") {
  auto folder = std::make_unique<TempFolder>();
  Hops hops;
  hops.setup.options.checkpoint_deltas = 90;
  hops.setup.options.epoch_records_max = 64;
  const std::array numbers{1U, 2U, 4U, 1U, 4U, 2U, 8U, 1U};
  for (const std::uint32_t shards : numbers) {
    CAPTURE(shards);
    auto engine = hops.open(*folder, shards);
    check_hops(*engine, hops.next, false);
    hops.append(*engine, 200);
    while (committed(*engine, "in").size() < static_cast<std::size_t>(hops.next))
      engine->poll().value();
    auto killed = std::make_unique<TempFolder>();  // with records on their way
    killed->copy_from(*folder);
    engine.reset();
    folder = std::move(killed);
  }
  auto engine = hops.open(*folder, 2);
  run_until_idle(*engine);
  check_hops(*engine, hops.next, true);
}

TEST_CASE("several shards with threads of their own lose and double nothing") {
  TempFolder folder;
  Hops hops;
  hops.setup.options.checkpoint_deltas = 3'000;
  auto engine = hops.open(folder, 4);
  REQUIRE(engine->start());
  std::promise<void> last;
  std::atomic<int> left{20'000};
  for (int i = 0; i < 20'000; ++i) {
    Append one;
    one.topic = "in";
    one.record.key = "k" + std::to_string(i % 5);
    one.record.value = std::to_string(i);
    const auto done = [&](const Result<Position>&) {
      if (--left == 0) last.set_value();
    };
    while (!engine->append(one, done)) std::this_thread::yield();
  }
  last.get_future().wait();
  engine->stop();
  check_hops(*engine, 20'000, true);
  engine.reset();
  engine = hops.open(folder, 2);
  check_hops(*engine, 20'000, true);
}

TEST_CASE("a number of shards that cannot be is refused with the reason") {
  TempFolder folder;
  Setup setup;
  setup.options.folder = folder.path;
  for (const std::uint32_t shards : {0U, 3U, 16U, 128U}) {
    setup.options.shards = shards;
    const auto refused = Engine::open(setup.env, std::make_shared<CountTopology>(), setup.options);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Code::Invalid);
    CHECK(refused.error().message.find("shards") != std::string::npos);
  }
}
