// Windows against what their definition says, one record and window at a time, on seeded input with
// late records, records that throw, and restarts.
#include <doctest/doctest.h>

#include <algorithm>

#include "streams/operators/window_test_kit.h"

using namespace vitrine;
using namespace vitrine::literals;
using test::Kpi;
using test::kpis;
using test::late_orders;
using test::Order;
using test::orders;
using Key = test::WindowKey;

namespace {

struct Told {
  Key key;
  Kpi value;
  friend bool operator==(const Told&, const Told&) = default;
};

// A model is told of each good record, and closes what is due when stream time has moved.
class Model {
 public:
  virtual ~Model() = default;
  virtual bool take(const std::string& key, Time at, const Order& order, Time now) = 0;
  virtual void close(Time now) = 0;
  std::vector<Told> told;
  std::size_t late = 0;
};

// All windows that hold the record, each of them kept.
class NaiveHopping final : public Model {
 public:
  explicit NaiveHopping(Hopping window) : window_(window) {}
  bool take(const std::string& key, Time at, const Order& order, Time now) override {
    bool any = false;
    const auto advance = window_.advance.count();
    for (auto start = millis_of(at) / advance * advance; Time{Duration{start}} + window_.size > at;
         start -= advance) {
      const Window one{Time{Duration{start}}, Time{Duration{start}} + window_.size};
      if (one.end + window_.grace <= now) continue;
      any = true;
      test::add_order(open_[{one.end, key}], order);
    }
    return any;
  }
  void close(Time now) override {
    while (!open_.empty() && open_.begin()->first.first + window_.grace <= now) {
      const auto& [place, value] = *open_.begin();
      told.push_back({{place.second, {place.first - window_.size, place.first}}, value});
      open_.erase(open_.begin());
    }
  }

 private:
  Hopping window_;
  std::map<std::pair<Time, std::string>, Kpi> open_;  // by end and key
};

// Sessions as lists of the moments in them.
class NaiveSessions final : public Model {
 public:
  explicit NaiveSessions(Session window) : window_(window) {}
  bool take(const std::string& key, Time at, const Order& order, Time now) override {
    One merged{key, {at}, {}};
    std::vector<One> others;
    for (One& one : open_) {
      const bool near =
          one.key == key && std::any_of(one.moments.begin(), one.moments.end(), [&](Time moment) {
            return (moment < at ? at - moment : moment - at) < window_.gap;
          });
      if (!near) {
        others.push_back(one);
        continue;
      }
      merged.moments.insert(merged.moments.end(), one.moments.begin(), one.moments.end());
      test::merge_kpis(merged.value, one.value);
    }
    if (merged.moments.size() == 1 && at + window_.gap + window_.grace <= now) return false;
    test::add_order(merged.value, order);
    others.push_back(merged);
    open_ = others;
    return true;
  }
  void close(Time now) override {
    std::vector<One> due;
    std::erase_if(open_, [&](One& one) {
      if (end_of(one) + window_.grace > now) return false;
      due.push_back(one);
      return true;
    });
    std::sort(due.begin(), due.end(), [&](const One& a, const One& b) {
      return std::pair(end_of(a), a.key) < std::pair(end_of(b), b.key);
    });
    for (const One& one : due) {
      const Time start = *std::min_element(one.moments.begin(), one.moments.end());
      told.push_back({{one.key, {start, end_of(one)}}, one.value});
    }
  }

 private:
  struct One {
    std::string key;
    std::vector<Time> moments;
    Kpi value;
  };
  Time end_of(const One& one) const {
    return *std::max_element(one.moments.begin(), one.moments.end()) + window_.gap;
  }
  Session window_;
  std::vector<One> open_;
};

struct Input {
  std::string key;
  Order order;
  Time at;
  bool restart = false;
};

std::vector<Input> input_of(std::uint64_t seed) {
  test::Dice dice(seed);
  std::vector<Input> out;
  Time latest = at(10min);
  for (int i = 0; i < 300; ++i) {
    latest += Duration{dice.below(8) == 0 ? dice.below(20'000) : dice.below(600)};
    Input one;
    one.key = std::string(1, static_cast<char>('a' + dice.below(3)));
    one.order.cents = dice.below(20) == 0 ? -1 : dice.below(1'000);
    one.at = latest - Duration{dice.below(3) == 0 ? dice.below(40'000) : 0};
    one.restart = dice.below(40) == 0;
    out.push_back(one);
  }
  return out;
}

// The clock stands still, so that stream time is the greatest timestamp of a good record.
void feed(TestDriver& t, Model& model, const std::vector<Input>& input) {
  t.advance_to(at(30min));
  Time now = Time::min();
  for (const Input& one : input) {
    if (one.restart) t.restart();
    t.pipe_ahead(orders, one.key, one.order, one.at);
    if (one.order.cents < 0) continue;
    if (!model.take(one.key, one.at, one.order, now)) ++model.late;
    now = std::max(now, one.at);
    model.close(now);
  }
  t.advance(2h);
  model.close(Time::max() - 24h);
}

// A bad record that is late is not looked at, so the model does not know it.
std::size_t good_late(const TestDriver& t) {
  const auto late = t.values(late_orders);
  return static_cast<std::size_t>(
      std::count_if(late.begin(), late.end(), [](const Order& order) { return order.cents >= 0; }));
}

std::vector<Told> told_by(const TestDriver& t) {
  std::vector<Told> out;
  for (auto& record : t.read_all(kpis)) out.push_back({record.key, record.value});
  return out;
}

}  // namespace

TEST_CASE("hopping windows are those of a model that keeps every window, in the same order") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    test::Dice dice(seed * 77);
    const Duration advance{1'000 + 500 * dice.below(20)};
    const Hopping window{.size = advance + Duration{500 * dice.below(60)},
                         .advance = advance,
                         .grace = Duration{dice.below(20'000)}};
    TestDriver t{test::order_windows(window, on_close)};
    NaiveHopping model{window};
    feed(t, model, input_of(seed));
    CHECK(told_by(t) == model.told);
    CHECK(good_late(t) == model.late);
    CHECK(t.state_bytes("kpi").empty());
  }
}

TEST_CASE("sessions are those of a model that keeps every moment, in the same order") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    test::Dice dice(seed * 77);
    const Session window{.gap = Duration{1 + dice.below(15'000)},
                         .grace = Duration{dice.below(20'000)}};
    TestDriver t{test::order_windows(window, on_close)};
    NaiveSessions model{window};
    feed(t, model, input_of(seed));
    CHECK(told_by(t) == model.told);
    CHECK(good_late(t) == model.late);
    CHECK(t.state_bytes("kpi").empty());
  }
}

TEST_CASE("the last word of every other emit mode is what on_close says") {
  const auto last_words = [](TestDriver& t, std::uint64_t seed, Model& model) {
    feed(t, model, input_of(seed));
    std::map<Key, Kpi> expected;
    for (const Told& told : model.told) expected.insert_or_assign(told.key, told.value);
    auto seen = t.read(kpis);
    std::erase_if(seen, [](const auto& one) { return one.second == Kpi{}; });  // replaced sessions
    CHECK(seen == expected);
  };
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    CAPTURE(seed);
    const Hopping hopping{.size = 12s, .advance = 4s, .grace = 6s};
    const Session session{.gap = 5s, .grace = 6s};
    TestDriver hopping_updates{test::order_windows(hopping, each_update)};
    TestDriver hopping_ticks{test::order_windows(hopping, every(3s))};
    TestDriver session_updates{test::order_windows(session, each_update)};
    TestDriver session_ticks{test::order_windows(session, every(3s))};
    NaiveHopping windows{hopping}, windows_again{hopping};
    NaiveSessions sessions{session}, sessions_again{session};
    last_words(hopping_updates, seed, windows);
    last_words(hopping_ticks, seed, windows_again);
    last_words(session_updates, seed, sessions);
    last_words(session_ticks, seed, sessions_again);
  }
}
