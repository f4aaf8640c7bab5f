#include "tests/soak/life.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "sim/sim_env.h"
#include "vitrine/engine.h"

namespace vitrine::soak {
namespace {

constexpr std::int64_t kBegin = 1'600'000'000'000;
constexpr std::uint64_t kOnTheWayMax = 500;

// Everything that a life may choose, by powers of two: the next one chooses anew.
EngineOptions options(const Life& life) {
  sim::SeededRandom random{life.seed * 7919 + life.number};
  EngineOptions out;
  out.folder = life.folder;
  out.epoch_records_max = 1U << (3 + random.below(8));
  out.state_cache_bytes = 1U << (13 + random.below(6));
  out.checkpoint_deltas = 1U << (6 + random.below(8));
  out.journal.segment_bytes = 1U << (16 + random.below(4));
  out.journal.prewrite_bytes = 1U << 15U;
  out.journal.prewrite_at_open_bytes = 1U << 15U;
  return out;
}

// How many inputs are committed; they must be those that were given first, each once.
Result<std::uint64_t> committed_inputs(const Engine& engine) {
  const std::array<std::string, 2> topics{items.name(), prices.name()};
  std::vector<bool> there;
  for (Position from{1}; from < engine.committed_end();) {
    VT_TRY(const auto batch, engine.fetch(topics, from, 10'000, 8U << 20U));
    for (const Positioned& one : batch.records) {
      const auto item = decoded<Item>(one.record.value).value();
      if (there.size() <= item.id) there.resize(item.id + 1);
      if (there[item.id])
        return fail(Code::Corrupt, "input " + std::to_string(item.id) + " is doubled");
      there[item.id] = true;
    }
    from = batch.next;
  }
  const auto missing = std::find(there.begin(), there.end(), false);
  if (missing != there.end())
    return fail(Code::Corrupt, "input " + std::to_string(missing - there.begin()) + " is lost");
  return there.size();
}

}  // namespace

Time wall() { return time_of_millis(kBegin) + std::chrono::hours{24 * 30}; }

Given given(std::uint64_t seed, std::uint64_t id, bool closing) {
  sim::SeededRandom random{seed * 1'000'003 + id};
  const bool price = id % 8 == 7;
  std::int64_t millis = kBegin + static_cast<std::int64_t>(id * 10 + random.below(50));
  if (random.below(10) == 0) millis -= static_cast<std::int64_t>(random.below(300));
  if (closing) millis += 24 * 3'600'000;
  return {price ? prices : items, "key " + std::to_string(random.below(20)),
          Item{id, random.below(100)}, time_of_millis(millis)};
}

Result<std::vector<Positioned>> read_all(const Journal& journal) {
  std::vector<Positioned> all;
  const auto topics = journal.topics();
  for (Position from{1}; from < journal.committed_end();) {
    VT_TRY(auto batch, journal.read(topics, from, 100'000, 64U << 20U));
    std::move(batch.records.begin(), batch.records.end(), std::back_inserter(all));
    from = batch.next;
  }
  return all;
}

std::string live(const Life& life, Ledger& ledger) {
  sim::ManualClock clock;
  clock.advance(wall() - Time{});
  Env env{clock, real_env().disk, real_env().random};
  App app = soak_app(life.seed);
  auto opened = Engine::open(env, app, options(life));
  if (!opened) return opened.error().message;
  Engine& engine = **opened;
  const auto inputs = committed_inputs(engine);
  if (!inputs) return inputs.error().message;
  if (*inputs < ledger.acknowledged) {
    return std::to_string(ledger.acknowledged) + " inputs were acknowledged, " +
           std::to_string(*inputs) + " are there";
  }
  ledger.appended = ledger.acknowledged = *inputs;
  std::string refused;
  // The last life is driven by hand: it ends when nothing is left to do, records that were carried
  // over included.
  const auto turn = [&]() -> bool {
    if (!life.last) return usleep(100), true;
    const auto worked = engine.poll();
    if (!worked) refused = worked.error().message;
    return worked.value_or(false);
  };
  if (!life.last) {
    if (const auto started = engine.start(); !started) return started.error().message;
  }
  const auto append = [&](std::uint64_t id, bool closing) {
    while (id > ledger.acknowledged + kOnTheWayMax && refused.empty()) turn();
    const Given one = given(life.seed, id, closing);
    auto accepted = engine.append(
        {one.topic.name(), {encoded(one.key), encoded(one.item), one.time, {}}, true},
        [&ledger, id](const Result<Position>& position) {
          if (position) ledger.acknowledged = std::max(ledger.acknowledged.load(), id + 1);
        });
    if (!accepted) refused = accepted.error().message;
    ledger.appended = id + 1;
  };
  std::uint64_t id = *inputs;
  for (; id < *inputs + life.records && refused.empty(); ++id) append(id, false);
  while (!life.last && refused.empty()) pause();
  // Of both inputs, so that stream time passes every window.
  ledger.closing_from = id;
  for (int i = 0; i < 16 && refused.empty(); ++i) append(id++, true);
  while (refused.empty() && turn()) {
  }
  engine.stop();
  return refused;
}

}  // namespace vitrine::soak
