#include "learn/sessions/session_knn.h"

#include <doctest/doctest.h>

#include <map>
#include <set>

#include "learn/core/random.h"

namespace vitrine::learn {
namespace {

using Clicks = std::vector<ItemId>;

SessionKnnOptions small() {
  SessionKnnOptions options;
  options.bounds = {.sessions_max = 16, .entries_max = 64, .items_max = 64, .session_items_max = 6};
  return options;
}

Clicks items_of(std::span<const Recommended> list) {
  Clicks items;
  for (const Recommended& each : list) items.push_back(each.item);
  return items;
}

// Sessions in which an item is mostly followed by one of the next few numbers.
Clicks a_session(std::uint64_t at) {
  Draws draws{1, at};
  ItemId item = draws.below(40);
  Clicks clicks;
  for (std::uint64_t i = 0, length = 2 + draws.below(8); i < length; ++i) {
    clicks.push_back(item);
    item = draws.below(4) == 0 ? draws.below(40) : (item + draws.below(3)) % 40;
  }
  return clicks;
}

TEST_CASE("what followed in similar sessions is recommended, with its reason") {
  SessionKnn knn{small()};
  knn.learn(Clicks{1, 2, 3});
  knn.learn(Clicks{1, 2, 4});
  knn.learn(Clicks{1, 2, 4});
  knn.learn(Clicks{7, 8});
  const auto list = knn.recommend(Clicks{9, 2}, 5);
  CHECK(items_of(list) == Clicks{2, 1, 4, 3});
  CHECK(list[2].because == 2);
  CHECK(list[2].sessions == 2);
}

TEST_CASE("the current item stays a candidate, all there is for a visitor of unknown items") {
  SessionKnn knn{small()};
  CHECK(items_of(knn.recommend(Clicks{5}, 3)) == Clicks{5});
  knn.learn(Clicks{1, 2});
  CHECK(items_of(knn.recommend(Clicks{5}, 3)) == Clicks{5});
  CHECK(items_of(knn.recommend(Clicks{1, 5}, 3)) == Clicks{1, 2, 5});
  CHECK(knn.recommend(Clicks{}, 3).empty());
}

TEST_CASE("the only session there is recommends already") {
  SessionKnn knn{small()};
  knn.learn(Clicks{1, 2});
  CHECK(items_of(knn.recommend(Clicks{1}, 3)) == Clicks{1, 2});
}

TEST_CASE("equal scores are ordered by the item's id") {
  SessionKnn knn{small()};
  for (const ItemId follower : {9, 7, 8}) knn.learn(Clicks{1, follower});
  CHECK(items_of(knn.recommend(Clicks{1}, 4)) == Clicks{1, 7, 8, 9});
}

TEST_CASE("a sold-out item is never recommended, and stock to clear moves up") {
  struct Wishes final : ItemWishes {
    double of(ItemId item) const override { return item == 2 ? 0 : item == 3 ? 50 : 1; }
  } wishes;
  SessionKnn knn{small()};
  for (const ItemId follower : {2, 2, 3, 4, 4}) knn.learn(Clicks{1, follower});
  CHECK(items_of(knn.recommend(Clicks{1}, 4)) == Clicks{1, 2, 4, 3});
  CHECK(items_of(knn.recommend(Clicks{1}, 4, &wishes)) == Clicks{3, 1, 4});
  CHECK(items_of(knn.recommend(Clicks{2}, 4, &wishes)) == Clicks{1});
}

TEST_CASE("only the latest sessions of an item are asked, and only the most similar speak") {
  SessionKnnOptions options = small();
  options.per_item = 2;
  SessionKnn latest{options};
  for (const ItemId follower : {2, 3, 4}) latest.learn(Clicks{1, follower});
  CHECK(items_of(latest.recommend(Clicks{1}, 4)) == Clicks{1, 3, 4});

  options = small();
  options.neighbours = 1;
  SessionKnn similar{options};
  similar.learn(Clicks{5, 1, 2});
  similar.learn(Clicks{1, 3});
  CHECK(items_of(similar.recommend(Clicks{5, 1}, 4)) == Clicks{1, 2, 5});
  CHECK(items_of(similar.recommend(Clicks{1}, 4)) == Clicks{1, 3});  // equal: the newer one
}

TEST_CASE("the oldest sessions leave at every bound, and nothing grows") {
  SessionKnnOptions options = small();
  options.bounds = {.sessions_max = 4, .entries_max = 8, .items_max = 8, .session_items_max = 4};
  SessionKnn knn{options};
  for (ItemId item = 0; item < 500; ++item) {
    knn.learn(Clicks{item, item + 1, item + 2, item % 7});
    CHECK(knn.store().size() <= 4);
    CHECK(items_of(knn.recommend(Clicks{item + 1}, 9)).size() <= 8);
  }
  CHECK(knn.store().number_of(490) == SessionStore::kUnknown);
  CHECK(items_of(knn.recommend(Clicks{490}, 9)) == Clicks{490});
  CHECK(knn.store().number_of(500) != SessionStore::kUnknown);
}

TEST_CASE("the index agrees with a plain list of the sessions kept") {
  SessionKnnOptions options = small();
  options.bounds = {.sessions_max = 32, .entries_max = 128, .items_max = 24,
                    .session_items_max = 6};
  SessionKnn knn{options};
  for (std::uint64_t at = 0; at < 600; ++at) {
    knn.learn(a_session(at));
    const SessionStore& store = knn.store();
    std::map<ItemId, std::uint32_t> counts;
    for (auto each = store.oldest(); each < store.end(); ++each)
      for (auto entry = store.session(each).begin; entry < store.session(each).end; ++entry)
        ++counts[store.id_of(store.entry(entry).item)];
    CHECK(counts.size() <= 24);
    for (ItemId item = 0; item < 40; ++item) {
      const std::uint32_t number = store.number_of(item);
      if (!counts.contains(item)) {
        CHECK(number == SessionStore::kUnknown);
        continue;
      }
      REQUIRE(number != SessionStore::kUnknown);
      CHECK(store.sessions_with(number) == counts[item]);
      std::uint32_t chained = 0;
      for (auto entry = store.newest(number); store.alive(entry); entry = store.entry(entry).older)
        ++chained;
      CHECK(chained == counts[item]);
    }
  }
}

TEST_CASE("a restored learner goes on to the same bytes") {
  SessionKnn knn{small()};
  for (std::uint64_t at = 0; at < 100; ++at) knn.learn(a_session(at));
  SessionKnn other{small()};
  other.learn(Clicks{1, 2});
  REQUIRE(other.restore(knn.snapshot()));
  for (std::uint64_t at = 100; at < 200; ++at) {
    const Clicks clicks = a_session(at);
    const auto one = knn.recommend(clicks, 20), two = other.recommend(clicks, 20);
    REQUIRE(items_of(one) == items_of(two));
    for (std::size_t i = 0; i < one.size(); ++i) CHECK(one[i].score == two[i].score);
    knn.learn(clicks);
    other.learn(clicks);
  }
  CHECK(knn.snapshot() == other.snapshot());
}

TEST_CASE("damaged snapshots are refused with a sentence, and what was known stays") {
  SessionKnn knn{small()};
  for (std::uint64_t at = 0; at < 10; ++at) knn.learn(a_session(at));
  const Bytes good = knn.snapshot();
  SessionKnn other{small()};
  other.learn(Clicks{1, 2});
  const Bytes before = other.snapshot();
  for (std::size_t cut = 0; cut < good.size(); ++cut)
    CHECK_FALSE(other.restore(BytesView{good}.substr(0, cut)));
  CHECK_FALSE(other.restore(good + "x"));
  SessionKnnOptions narrow = small();
  narrow.bounds.session_items_max = 1;
  CHECK_FALSE(SessionKnn{narrow}.restore(good));
  CHECK(other.snapshot() == before);
}

}  // namespace
}  // namespace vitrine::learn
