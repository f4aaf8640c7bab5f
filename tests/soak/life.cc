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
  out.shards = shards_of(life);
  if (out.shards > 1) out.shard_ring_bytes = 1U << (8 + random.below(8));
  return out;
}

// Which inputs are committed, by their ids; each once.
Result<std::vector<bool>> committed_inputs(const Engine& engine) {
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
  return there;
}

// What is not there has to be given again. A lone shard takes its input in one order: none of it
// may be missing before one that is there. Several miss what each had not come to.
Result<std::vector<std::uint64_t>> missing_inputs(const Engine& engine, const Life& life,
                                                  const Ledger& ledger) {
  VT_TRY(const auto there, committed_inputs(engine));
  const bool one_order = !for_several_shards(life.seed);
  std::vector<std::uint64_t> missing;
  const std::uint64_t end = std::max<std::uint64_t>(there.size(), ledger.appended);
  for (std::uint64_t id = 0; id < end; ++id) {
    if (id < there.size() && there[id]) continue;
    if (ledger.acknowledged.at(id) || (one_order && id < there.size()))
      return fail(Code::Corrupt, "input " + std::to_string(id) + " is lost");
    missing.push_back(id);
  }
  return missing;
}

}  // namespace

std::uint32_t shards_of(const Life& life) {
  if (!for_several_shards(life.seed)) return 1;
  sim::SeededRandom random{life.seed * 6007 + life.number};
  return kSoakShardsMax >> random.below(3);
}

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
  const auto missing = missing_inputs(engine, life, ledger);
  if (!missing) return missing.error().message;
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
  std::atomic<std::uint64_t> on_the_way{0};
  const auto append = [&](std::uint64_t id, bool closing) {
    while (on_the_way > kOnTheWayMax && refused.empty()) turn();
    const Given one = given(life.seed, id, closing);
    auto accepted = engine.append(
        {one.topic.name(), {encoded(one.key), encoded(one.item), one.time, {}}, true},
        [&, id](const Result<Position>& position) {
          --on_the_way;
          if (position) ledger.acknowledged.at(id) = true;
        });
    ++on_the_way;
    if (!accepted) refused = accepted.error().message;
    ledger.appended = std::max(ledger.appended.load(), id + 1);
  };
  for (const std::uint64_t id : *missing) append(id, false);
  std::uint64_t id = ledger.appended;
  const std::uint64_t end = std::min(id + life.records, Ledger::kIds - 100);
  for (; id < end && refused.empty(); ++id) append(id, false);
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
