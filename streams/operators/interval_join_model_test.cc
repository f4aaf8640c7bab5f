// The outer interval join against a nested loop over all records, on seeded input with late
// records, pairs that throw, and restarts: the same pairs and leftovers, in the same order.
#include <doctest/doctest.h>

#include <algorithm>
#include <tuple>

#include "streams/operators/window_test_kit.h"
#include "vitrine/test_driver.h"

using namespace vitrine;
using namespace vitrine::literals;

namespace {
const Topic<std::string, std::int64_t> lefts{"lefts"};
const Topic<std::string, std::int64_t> rights{"rights"};
const Topic<std::string, std::string> all{"all"};

std::string told(std::int64_t left, std::int64_t right) {
  if ((left + right) % 50 == 49) throw std::runtime_error("a pair that does not go");
  return std::to_string(left) + "+" + std::to_string(right);
}

struct Arrived {
  bool right = false;
  std::string key;
  std::int64_t number = 0;  // never 0
  Time at;
  bool met = false, gone = false;
};

// Every record is looked at for every record.
class NestedLoop {
 public:
  explicit NestedLoop(Within within) : within_(within) {}

  void take(Arrived record) {
    if (now_ && expires(record) <= *now_) {
      ++late;
      return see(record);
    }
    std::vector<Arrived*> partners;
    for (Arrived& other : records_) {
      if (other.gone || other.key != record.key || other.right == record.right) continue;
      const Arrived& left = record.right ? other : record;
      const Arrived& right = record.right ? record : other;
      if (right.at < left.at - within_.before || right.at > left.at + within_.after) continue;
      partners.push_back(&other);
    }
    std::stable_sort(partners.begin(), partners.end(),
                     [](const Arrived* a, const Arrived* b) { return a->at < b->at; });
    std::vector<std::string> made;
    try {
      for (const Arrived* other : partners) {
        made.push_back(record.right ? told(other->number, record.number)
                                    : told(record.number, other->number));
      }
    } catch (const std::exception&) {
      ++thrown;
      return;
    }
    for (Arrived* other : partners) other->met = true;
    record.met = !partners.empty();
    out.insert(out.end(), made.begin(), made.end());
    records_.push_back(record);
    see(record);
  }

  // Stream time is that of the side that is behind, once it has spoken.
  void see(const Arrived& record) {
    auto& mine = latest_[record.right ? 1 : 0];
    const auto& other = latest_[record.right ? 0 : 1];
    mine = std::max(mine.value_or(record.at), record.at);
    const Time behind = std::min(*mine, other.value_or(*mine));
    move_to(std::max(now_.value_or(behind), behind));
  }

  void move_to(Time now) {
    now_ = now;
    std::vector<Arrived*> due;
    for (Arrived& one : records_) {
      if (!one.gone && expires(one) <= now) due.push_back(&one);
    }
    std::stable_sort(due.begin(), due.end(), [&](const Arrived* a, const Arrived* b) {
      return std::tuple(expires(*a), a->key, a->right, a->at) <
             std::tuple(expires(*b), b->key, b->right, b->at);
    });
    for (Arrived* one : due) {
      one->gone = true;
      if (!one->met) out.push_back(one->right ? told(0, one->number) : told(one->number, 0));
    }
  }

  std::vector<std::string> out;
  std::size_t late = 0, thrown = 0;

 private:
  Time expires(const Arrived& one) const {
    return one.at + (one.right ? within_.before : within_.after) + within_.grace + Duration{1};
  }
  Within within_;
  std::vector<Arrived> records_;
  std::optional<Time> now_;
  std::optional<Time> latest_[2];
};

App outer_join(Within within) {
  App app{"a"};
  app.stream(lefts)
      .outer_join(app.stream(rights), within, "met",
                  [](const std::int64_t* left, const std::int64_t* right) {
                    return told(left == nullptr ? 0 : *left, right == nullptr ? 0 : *right);
                  })
      .to(all);
  return app;
}

}  // namespace

TEST_CASE("an outer interval join is what a nested loop makes") {
  std::size_t late = 0, thrown = 0;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    CAPTURE(seed);
    test::Dice dice(seed);
    const Within near{Duration{dice.below(8'000)}, Duration{dice.below(8'000)},
                      Duration{dice.below(3) == 0 ? dice.below(5'000) : 0}};
    TestDriver t{outer_join(near)};
    NestedLoop model{near};
    t.advance_to(at(30min));
    Time latest = at(26min);
    for (int i = 0; i < 250; ++i) {
      latest += Duration{dice.below(8) == 0 ? dice.below(9'000) : dice.below(400)};
      Arrived one;
      one.right = dice.below(2) == 0;
      one.key = std::string(1, static_cast<char>('a' + dice.below(3)));
      one.number = 50 * (1 + dice.below(100)) + dice.below(26);  // alone, none throws
      one.at = latest - Duration{dice.below(3) == 0 ? dice.below(20'000) : 0};
      if (dice.below(40) == 0) t.restart();
      t.pipe_ahead(one.right ? rights : lefts, one.key, one.number, one.at);
      model.take(one);
    }
    t.advance(2h);
    model.move_to(at(24h));
    CHECK(t.values(all) == model.out);
    CHECK(t.dead_letters("lefts").size() + t.dead_letters("rights").size() == model.thrown);
    CHECK(t.state_bytes("met").empty());
    late += model.late;
    thrown += model.thrown;
  }
  CHECK(late > 0);
  CHECK(thrown > 0);
}
