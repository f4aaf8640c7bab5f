#include "bench/nexmark/queries.h"

#include <doctest/doctest.h>

#include "bench/nexmark/reference.h"
#include "bench/nexmark/runner.h"

using namespace vitrine;
using namespace vitrine::nexmark;

namespace {

// Slow event time: forty seconds, over midnight, so that windows and sessions end within it.
Rules slow(std::uint64_t seed) {
  Rules rules;
  rules.seed = seed;
  rules.events_per_s = 500;
  return rules;
}

Said said(const App& app, const Block& block) {
  Said out;
  run_query(app, block, [&](BytesView key, BytesView value) { out.emplace_back(key, value); });
  return out;
}

}  // namespace

TEST_CASE("each query says what the plain reference says") {
  for (const std::uint64_t seed : {1U, 2U}) {
    const Block block(slow(seed), 20'000);
    for (const Query& query : queries()) {
      CAPTURE(seed);
      CAPTURE(query.name);
      const Said got = said(query.make(), block);
      CHECK(got.size() >= 4);
      CHECK(difference(reference(query.name, block), got) == "");
    }
  }
}

TEST_CASE("bids before their auction count when they share its millisecond") {
  // Fast event time: hundreds of events a millisecond, so that such bids are common.
  Rules fast;
  fast.events_per_s = 200'000;
  const Block block(fast, 20'000);
  for (const Query& query : queries()) {
    CAPTURE(query.name);
    CHECK(difference(reference(query.name, block), said(query.make(), block)) == "");
  }
}

TEST_CASE("few events a window: several auctions share the first place") {
  Rules sparse;
  sparse.events_per_s = 3;
  const Block block(sparse, 1'000);
  for (const Query& query : queries()) {
    CAPTURE(query.name);
    CHECK(difference(reference(query.name, block), said(query.make(), block)) == "");
  }
}

TEST_CASE("the reference's eye: a record that is missing, changed or doubled is a difference") {
  const Block block(slow(1), 1'000);
  const Said right = reference("q1", block);
  CHECK(difference(right, right) == "");
  Said missing = right, changed = right, doubled = right;
  missing.pop_back();
  changed.front().second.back() ^= 1;
  doubled.push_back(right.front());
  CHECK(difference(right, missing) != "");
  CHECK(difference(right, changed) != "");
  CHECK(difference(right, doubled) != "");
}
