// Sliding windows: for each record, what the last minutes up to it hold.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "streams/operators/window_test_kit.h"

using namespace vitrine;
using namespace vitrine::literals;
using namespace vitrine::test;

namespace sliding_windows {
namespace {
using Seconds = std::chrono::seconds;
using Texts = std::vector<std::string>;
const Topic<std::string, std::int64_t> numbers{"numbers"}, late_numbers{"late-numbers"};
const Topic<WindowKey, std::string> lists{"lists"};
std::size_t merges = 0;

// Lists show order, too. A number that is a multiple of fifty does not go.
void append(std::string& list, std::int64_t number) {
  if (number % 50 == 0) throw std::runtime_error("fifty");
  list += std::to_string(number) + ",";
}
void join_lists(std::string& earlier, const std::string& later) {
  ++merges;
  earlier += later;
}
template <class Mode>
App listing(Sliding window, Mode mode) {
  App app{"a"};
  app.stream(numbers)
      .group_by_key()
      .window(window, "lists", std::string{}, append, join_lists)
      .emit(mode, late_numbers)
      .to(lists);
  return app;
}
// The list of a window by the second of its record, in the order in which they were told.
Texts told(const TestDriver& t) {
  Texts out;
  for (const auto& record : t.read_all(lists)) {
    const auto at = record.key.window.end - Duration{1};
    out.push_back(std::to_string(millis_of(at) / 1000) + ": " + record.value);
  }
  return out;
}
void pipe(TestDriver& t, std::int64_t number, Seconds when) {
  t.pipe(numbers, "k", number, at(when));
}
}  // namespace

TEST_CASE("each record is told what the ten seconds up to it hold") {
  TestDriver t{listing(Sliding{.size = 10s}, each_update)};
  pipe(t, 1, 1s);
  pipe(t, 2, 5s);
  pipe(t, 3, 10s);
  pipe(t, 4, 11s);  // the first is ten seconds old: no longer in it
  t.restart();
  pipe(t, 5, 20s);
  CHECK(told(t) == Texts{"1: 1,", "5: 1,2,", "10: 1,2,3,", "11: 2,3,4,", "20: 4,5,"});
  CHECK(t.read_all(lists).back().key ==
        WindowKey{"k", {at(10s) + Duration{1}, at(20s) + Duration{1}}});
}

TEST_CASE("records of one millisecond share a window") {
  TestDriver t{listing(Sliding{.size = 10s}, on_close)};
  pipe(t, 1, 1s);
  pipe(t, 2, 5s);
  pipe(t, 3, 5s);
  pipe(t, 4, 6s);
  CHECK(told(t) == Texts{"1: 1,", "5: 1,2,3,"});
}

TEST_CASE("a sliding window closes once, in order, and takes late records up to then") {
  TestDriver t{listing(Sliding{.size = 10s, .grace = 5s}, on_close)};
  pipe(t, 1, 1s);
  pipe(t, 3, 8s);  // closes the first: 1 s, 5 s of grace
  pipe(t, 2, 4s);  // late, but within the grace
  pipe(t, 9, 2s);  // too late
  CHECK(told(t) == Texts{"1: 1,"});
  pipe(t, 4, 12s);
  t.restart();
  t.advance(1min);
  CHECK(told(t) == Texts{"1: 1,", "4: 1,2,", "8: 1,2,3,", "12: 2,3,4,"});
  CHECK(t.values(late_numbers) == std::vector<std::int64_t>{9});
  CHECK(t.state_bytes("lists").empty());
  CHECK(t.state_bytes("lists.keys").empty());
}

TEST_CASE("a late record changes the windows of those after it") {
  TestDriver t{listing(Sliding{.size = 10s, .grace = 20s}, each_update)};
  pipe(t, 1, 1s);
  pipe(t, 3, 8s);
  pipe(t, 4, 15s);
  pipe(t, 2, 5s);
  CHECK(told(t) ==
        Texts{"1: 1,", "8: 1,3,", "15: 3,4,", "5: 1,2,", "8: 1,2,3,"});  // that of 15 began at 6
}

TEST_CASE("every so often what has changed is told, and on closing what has changed since") {
  TestDriver t{listing(Sliding{.size = 10s, .grace = 30s}, every(10s))};
  pipe(t, 1, 1s);
  pipe(t, 2, 5s);
  CHECK(told(t).empty());
  pipe(t, 3, 12s);
  CHECK(told(t) == Texts{"1: 1,", "5: 1,2,"});
  t.restart();
  pipe(t, 4, 3s);
  pipe(t, 5, 20s);
  CHECK(told(t) == Texts{"1: 1,", "5: 1,2,", "3: 1,4,", "5: 1,4,2,", "12: 4,2,3,"});
  t.advance(2min);
  CHECK(told(t).back() == "20: 3,5,");
  CHECK(told(t).size() == 6);
  CHECK(t.state_bytes("lists.keys").empty());
}

TEST_CASE("a record whose fold throws leaves no trace in a sliding window") {
  TestDriver t{listing(Sliding{.size = 10s, .grace = 5s}, each_update)};
  pipe(t, 1, 1s);
  pipe(t, 50, 2s);
  pipe(t, 50, 1s);
  pipe(t, 3, 3s);
  CHECK(told(t) == Texts{"1: 1,", "3: 1,3,"});
  CHECK(t.dead_letters("numbers").size() == 2);
}

TEST_CASE("a sliding window of no length, or of negative grace, is refused") {
  CHECK_FALSE(order_windows(Sliding{.size = 0s}, each_update).topology().has_value());
  CHECK_FALSE(order_windows(Sliding{.size = 1s, .grace = -1s}, each_update).topology().has_value());
  const std::string text = order_windows(Sliding{.size = 1s}, each_update).describe();
  CHECK(text.find("sliding 1000 ms") != std::string::npos);
}

TEST_CASE("a window of thousands of records costs some tens of merges a record") {
  App app{"a"};
  app.stream(numbers)
      .group_by_key()
      .window(
          Sliding{.size = 1h}, "sums", std::int64_t{0},
          [](std::int64_t& sum, std::int64_t number) { sum += number; },
          [](std::int64_t& earlier, std::int64_t later) {
            ++merges;
            earlier += later;
          })
      .emit(each_update)
      .map([](std::int64_t sum) { return sum; });
  TestDriver t{app};
  merges = 0;
  for (std::int64_t i = 0; i < 3'000; ++i) t.pipe(numbers, "k", 1, at(Duration{i * 10}));
  CHECK(merges / 3'000 < 25);
}

namespace {
struct Listed {
  std::string key;
  Time at;
  std::int64_t number = 0;
};

// Every record is looked at for every window.
class Plain {
 public:
  Plain(Sliding window, bool on_close) : window_(window), on_close_(on_close) {}
  void take(const Listed& record) {
    if (now_ && record.at + Duration{1} + window_.grace <= *now_) {
      ++late;
    } else if (record.number % 50 != 0) {
      // Behind those of its millisecond.
      const auto place =
          std::upper_bound(records_.begin(), records_.end(), record.at,
                           [](Time time, const Listed& other) { return time < other.at; });
      records_.insert(place, record);
      open_.insert({record.at, record.key});
      if (!on_close_) tell_from(record);
    } else {
      return;  // undone; it does not move time either
    }
    now_ = std::max(now_.value_or(record.at), record.at);
    close(*now_);
  }
  void close(Time now) {
    while (!open_.empty() && open_.begin()->first + Duration{1} + window_.grace <= now) {
      const auto [at, key] = *open_.begin();
      if (on_close_) tell(key, at);
      open_.erase(open_.begin());
    }
  }
  Texts out;
  std::size_t late = 0;

 private:
  void tell_from(const Listed& record) {
    for (const auto& [at, key] : open_) {
      if (key == record.key && at >= record.at && at < record.at + window_.size) tell(key, at);
    }
  }
  void tell(const std::string& key, Time at) {
    std::string list = key + std::to_string(millis_of(at)) + ":";
    for (const Listed& one : records_) {
      if (one.key == key && one.at > at - window_.size && one.at <= at) {
        list += std::to_string(one.number) + ",";
      }
    }
    out.push_back(std::move(list));
  }
  Sliding window_;
  bool on_close_;
  std::vector<Listed> records_;  // in order of time
  std::set<std::pair<Time, std::string>> open_;
  std::optional<Time> now_;
};
}  // namespace

TEST_CASE("sliding windows are what looking at every record makes") {
  std::size_t late = 0;
  for (std::uint64_t seed = 1; seed <= 24; ++seed) {
    CAPTURE(seed);
    Dice dice(seed);
    const Sliding window{Duration{1 + dice.below(12'000)}, Duration{dice.below(3) * 1'500}};
    const bool closes = seed % 2 == 0;
    TestDriver t{closes ? listing(window, on_close) : listing(window, each_update)};
    Plain model{window, closes};
    t.advance_to(at(30min));
    Time latest = at(26min);
    for (std::int64_t i = 1; i <= 300; ++i) {
      latest += Duration{dice.below(20) == 0 ? dice.below(9'000) : dice.below(60)};
      const Listed record{std::string(1, static_cast<char>('a' + dice.below(2))),
                          latest - Duration{dice.below(4) == 0 ? dice.below(3'000) : 0}, i};
      if (dice.below(50) == 0) t.restart();
      t.pipe_ahead(numbers, record.key, record.number, record.at);
      model.take(record);
    }
    t.advance(2h);
    model.close(at(24h));
    Texts seen;
    for (const auto& one : t.read_all(lists)) {
      seen.push_back(one.key.key + std::to_string(millis_of(one.key.window.end) - 1) + ":" +
                     one.value);
    }
    CHECK(seen == model.out);
    CHECK(t.values(late_numbers).size() == model.late);
    CHECK(t.state_bytes("lists").empty());
    CHECK(t.state_bytes("lists.keys").empty());
    late += model.late;
  }
  CHECK(late > 0);
}

}  // namespace sliding_windows
