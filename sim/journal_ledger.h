#pragma once
// A journal under test beside what it must hold: the records that were acknowledged, kept outside
// of it. Group e of a seed always has the same records, so that any group found after a cut can be
// held against what was given.
#include <cstdint>
#include <string>
#include <vector>

#include "sim/sim_env.h"
#include "streams/log/journal.h"

namespace vitrine::sim {

struct LedgerGroup {
  Epoch epoch;
  Position first;
  std::vector<Positioned> records;
  Bytes steps;
};

inline std::vector<std::string> ledger_topics() {
  return {"shop.events", "show.chat", "viewer.activity"};
}

// What group `epoch` of `seed` holds when it begins at `first`.
inline LedgerGroup ledger_group(std::uint64_t seed, Epoch epoch, Position first) {
  SeededRandom random{seed * 1000003 + epoch.value()};
  LedgerGroup group{epoch, first, {}, "step-" + std::to_string(epoch.value())};
  const auto topics = ledger_topics();
  const std::uint64_t count = random.below(6);
  for (std::uint64_t i = 0; i < count; ++i) {
    Record record;
    record.key = "key-" + std::to_string(random.below(5));
    record.value = Bytes(random.below(random.below(20) == 0 ? 5000 : 90),
                         static_cast<char>('a' + random.below(26)));
    record.timestamp =
        time_of_millis(1'700'000'000'000 + static_cast<std::int64_t>(epoch.value() * 10 + i));
    if (random.below(2) == 0) record.correlation = "c-" + std::to_string(random.next());
    group.records.push_back({topics[random.below(topics.size())],
                             static_cast<std::uint32_t>(random.below(3)),
                             Position{first.value() + i}, record});
  }
  return group;
}

inline Group built(const LedgerGroup& from) {
  Group group{from.epoch, from.first};
  for (const Positioned& p : from.records) group.append(p.topic, p.partition, view_of(p.record));
  group.set_steps(from.steps);
  group.add_delta("ledger-store", "last", std::to_string(from.epoch.value()), false);
  return group;
}

inline bool same(const Positioned& a, const Positioned& b) {
  return a.topic == b.topic && a.partition == b.partition && a.position == b.position &&
         a.record == b.record;
}

}  // namespace vitrine::sim
