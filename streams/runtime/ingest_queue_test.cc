// The queue against a plain list of what was pushed.
#include "streams/runtime/ingest_queue.h"

#include <doctest/doctest.h>

#include <deque>
#include <random>
#include <string>

#include "sim/sim_env.h"

using namespace vitrine;

namespace {

constexpr ByteCount kOverhead = 32;  // of a record, as the queue counts it

struct Pushed {
  Record record;
  TopicNumber topic = 0;
  bool asked = false;
  int number = 0;
};

struct Model {
  std::deque<Pushed> waiting;
  ByteCount bytes = 0;
  static ByteCount bytes_of(const Pushed& one) {
    return one.record.key.size() + one.record.value.size() + one.record.correlation.size() +
           kOverhead;
  }
  void push(Pushed one) {
    bytes += bytes_of(one);
    waiting.push_back(std::move(one));
  }
  Pushed pop() {
    Pushed one = std::move(waiting.front());
    waiting.pop_front();
    bytes -= bytes_of(one);
    return one;
  }
};

class Run {
 public:
  static constexpr std::size_t kRecordsMax = 2'500;
  static constexpr ByteCount kBytesMax = 1U << 20U;

  explicit Run(std::uint64_t seed) : random_(seed) {}

  void push() {
    std::vector<Pushed> pushed;
    const std::size_t count = 1 + random_() % (random_() % 8 == 0 ? 700 : 5);
    for (std::size_t i = 0; i < count; ++i) pushed.push_back(made());
    const bool asked = random_() % 2 == 0;
    std::vector<IngestQueue::Arriving> arriving;
    for (const Pushed& one : pushed)
      arriving.push_back({one.topic, one.topic * 2, view_of(one.record), true});
    const int last = pushed.back().number;
    Engine::Done done;
    if (asked) done = [this, last](const Result<Position>&) { told_ = last; };
    bool first = false;
    const bool was_empty = model_.waiting.empty();
    const auto accepted = queue_.push(arriving, std::move(done), first);
    CHECK(first == was_empty);
    std::size_t room = 0;
    for (Pushed& one : pushed) {
      const bool room_in_bytes = model_.bytes + Model::bytes_of(one) <= kBytesMax;
      const bool fits = model_.waiting.size() < kRecordsMax &&
                        (room_in_bytes || model_.waiting.empty());
      if (!fits) break;
      one.asked = asked && ++room == pushed.size();
      if (!asked) ++room;
      model_.push(one);
    }
    CHECK(accepted.value_or(0) == room);
    CHECK(accepted.has_value() == (room > 0));
    CHECK(queue_.bytes() == model_.bytes);
  }

  void take() {
    const std::size_t records_max = 1 + random_() % (random_() % 4 == 0 ? 3'000 : 300);
    const ByteCount bytes_max = 1 + random_() % (random_() % 4 == 0 ? kBytesMax : 60'000);
    CHECK((queue_.take(records_max, bytes_max, batch_) != 0) == !model_.waiting.empty());
    std::size_t records = 0;
    ByteCount bytes = 0;
    std::size_t asked = 0;
    std::uint32_t before = 0;
    batch_.for_each([&](std::uint32_t place, const Ingested& one) {
      REQUIRE(!model_.waiting.empty());
      const Pushed expected = model_.pop();
      CHECK(one.record().copy() == expected.record);
      CHECK(one.topic == expected.topic);
      CHECK(one.partition == expected.topic * 2);
      CHECK(&batch_.at(place) == &one);
      CHECK((records == 0 || place > before));
      CHECK(place < batch_.places());
      before = place;
      ++records;
      bytes += Model::bytes_of(expected);
      if (!expected.asked) return;
      REQUIRE(asked < batch_.callers.size());
      CHECK(batch_.callers[asked].place == place);
      batch_.callers[asked++].done(Position{1});
      CHECK(told_ == expected.number);
    });
    CHECK(batch_.callers.size() == asked);
    CHECK(batch_.size() == records);
    CHECK(records <= records_max);
    CHECK((bytes <= bytes_max || records == 1));
    if (!model_.waiting.empty()) {  // it stopped at a bound
      const bool at_bound =
          records == records_max || bytes + Model::bytes_of(model_.waiting.front()) > bytes_max;
      CHECK(at_bound);
    }
  }

  bool empty() const { return queue_.empty(); }
  std::uint64_t random() { return random_(); }

 private:
  Pushed made() {
    const std::size_t length = random_() % 50 == 0 ? random_() % 100'000 : random_() % 400;
    return {{"key " + std::to_string(next_), Bytes(length, static_cast<char>('a' + next_ % 26)),
             time_of_millis(next_ % 7), random_() % 3 == 0 ? "cmd" : ""},
            static_cast<TopicNumber>(random_() % 5),
            false,
            next_++};
  }

  std::mt19937_64 random_;
  sim::SetClock clock_{time_of_millis(1'000)};
  ServerClock server_clock_{clock_};
  IngestQueue queue_{server_clock_, kRecordsMax, kBytesMax};
  IngestBatch batch_;
  Model model_;
  int next_ = 0;
  int told_ = -1;
};

}  // namespace

TEST_CASE("what was pushed is taken in order and whole, within bounds, and callers by its place") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    Run run(seed);
    for (int step = 0; step < 400; ++step) {
      if (run.random() % 3 == 0) {
        run.push();
      } else {
        run.take();
      }
    }
    while (!run.empty()) run.take();
  }
}

TEST_CASE("records get server time when they come, unless they keep their own") {
  sim::SetClock clock{time_of_millis(50)};
  ServerClock server_clock{clock};
  IngestQueue queue{server_clock, 10, 1'000};
  bool first = false;
  const IngestQueue::Arriving arriving[] = {{0, 0, {"a", "", time_of_millis(7), {}}, false},
                                            {0, 0, {"b", "", time_of_millis(7), {}}, true}};
  REQUIRE(queue.push(arriving, {}, first));
  IngestBatch batch;
  queue.take(10, 1'000, batch);
  std::vector<Time> times;
  batch.for_each([&](std::uint32_t, const Ingested& one) { times.push_back(one.timestamp); });
  CHECK(times == std::vector<Time>{time_of_millis(50), time_of_millis(7)});
  CHECK(queue.waiting(1).front() == 0);
}
