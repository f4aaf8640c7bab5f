#include <doctest/doctest.h>

#include <map>

#include "learn/core/random.h"
#include "learn/sketch/count_min.h"
#include "learn/sketch/space_saving.h"

namespace vitrine::learn {
namespace {

// A key of a stream in which key k comes about twice as often as key 2k.
std::string key_at(std::uint64_t position) {
  return "key-" + std::to_string(static_cast<int>(1 / (Draws{6, position}.unit() + 0.001)));
}

TEST_CASE("a count-min count is never too low and seldom much too high") {
  CountMin sketch{256, 4};
  std::map<std::string, std::uint64_t> truth;
  for (std::uint64_t i = 0; i < 5000; ++i) {
    sketch.add(key_at(i));
    ++truth[key_at(i)];
  }
  int far_off = 0;  // by more than 5000 e / 256
  for (const auto& [key, count] : truth) {
    CHECK(sketch.estimate(key) >= count);
    far_off += sketch.estimate(key) > count + 53 ? 1 : 0;
  }
  CHECK(far_off <= static_cast<int>(truth.size() / 50));
  CHECK(sketch.total() == 5000);
}

TEST_CASE("two halves of a stream merged are the stream; halving forgets; other shapes are no") {
  CountMin whole{64, 3}, first{64, 3}, second{64, 3};
  for (std::uint64_t i = 0; i < 1000; ++i) {
    whole.add(key_at(i));
    (i < 500 ? first : second).add(key_at(i));
  }
  REQUIRE(first.merge(second));
  CHECK(first.snapshot() == whole.snapshot());
  CHECK(first.merge(CountMin{32, 3}).error().code == Code::Invalid);
  whole.add("x", 100);
  const std::uint64_t before = whole.estimate("x");
  whole.halve();
  CHECK(whole.estimate("x") == before / 2);
}

TEST_CASE("the frequent keys are found, each count within its bound") {
  SpaceSaving sketch{20};
  std::map<std::string, std::uint64_t> truth;
  for (std::uint64_t i = 0; i < 5000; ++i) {
    sketch.add(key_at(i));
    ++truth[key_at(i)];
  }
  const auto top = sketch.top(20);
  CHECK(top.size() == 20);
  for (const auto& heavy : top) {
    CHECK(heavy.count >= truth[heavy.key]);
    CHECK(heavy.count - heavy.over <= truth[heavy.key]);
  }
  for (const auto& [key, count] : truth) {
    const auto is_key = [&key = key](const auto& heavy) { return heavy.key == key; };
    if (count > 5000 / 20) CHECK(std::any_of(top.begin(), top.end(), is_key));
  }
  CHECK(top[0].key == "key-1");
}

TEST_CASE("a new key takes the place of the least frequent, by hand") {
  SpaceSaving sketch{2};
  for (const char* key : {"a", "a", "b", "c"}) sketch.add(key);
  using Heavies = std::vector<SpaceSaving::Heavy>;
  CHECK(sketch.top(5) == Heavies{{"a", 2, 0}, {"c", 2, 1}});
  CHECK(sketch.top(1) == Heavies{{"a", 2, 0}});
}

TEST_CASE("restored sketches go on to the bit, and damaged bytes are refused") {
  CountMin counts{64, 3};
  SpaceSaving heavy{10};
  for (std::uint64_t i = 0; i < 500; ++i) {
    counts.add(key_at(i));
    heavy.add(key_at(i));
  }
  auto counts2 = CountMin::restore(counts.snapshot());
  auto heavy2 = SpaceSaving::restore(heavy.snapshot());
  REQUIRE((counts2 && heavy2));
  for (std::uint64_t i = 500; i < 900; ++i) {
    counts.add(key_at(i));
    counts2->add(key_at(i));
    heavy.add(key_at(i));
    heavy2->add(key_at(i));
  }
  CHECK(counts.snapshot() == counts2->snapshot());
  CHECK(heavy.snapshot() == heavy2->snapshot());
  CHECK_FALSE(CountMin::restore(heavy.snapshot()));
  CHECK_FALSE(SpaceSaving::restore(heavy.snapshot().substr(0, 40)));
}

}  // namespace
}  // namespace vitrine::learn
