// Who may commit: the life whose name stands with the group, with nothing left open under its id.
#include <chrono>
#include <utility>

#include "streams/kafka/kafka_state.h"

namespace vitrine {

using namespace kafka;

// Local plan: the name of the life that owns the transactional id stands with an offset of the
// group, before it shuts out whoever has the id. Whoever is shut out looks there: an id whose
// transaction took too long is shut out, too. At least once nobody is shut out, and everybody looks
// now and then.
Result<void> KafkaState::claim() {
  TopicPartition one{topics.commits, 0, 0, life};
  return consumer->note(one);
}

Result<void> KafkaState::check_ours() const {
  VT_TRY(const auto known, consumer->committed({{topics.commits, 0}}));
  if (known.size() == 1 && known.front().note == life) return {};
  return fail(Code::Conflict,
              "run " + options.app_id + " on kafka://" + options.settings.brokers +
                  ": another process runs under this name and has taken over; this one ends");
}

Result<void> KafkaState::check_claim() {
  constexpr std::chrono::seconds kBetween{1};
  const auto now = std::chrono::steady_clock::now();
  if (!options.at_least_once || options.distributed || now < claim_seen + kBetween) return {};
  VT_TRY_VOID(check_ours());
  claim_seen = now;
  return {};
}

// Whoever begins anew may have been away for long, and somebody else may have come, worked and gone
// on: what is in memory here is then old, and must not be committed. The look before keeps him from
// being shut out; the one at the end finds him all the same, for from there on whoever comes shuts
// us out. He finds his name still standing, and goes on.
//
// A broker that comes back may call a transaction ended without telling the partitions it wrote to
// (Kafka 4.3.1, where they have no leader yet). Its offsets and records wait there for the next end
// of a transaction under our id, whichever it is, and by a commit they would count: offsets without
// their state, records twice. So nothing is committed before the offsets of the inputs are told:
// they are the first thing that a transaction of ours writes, and not told while they wait.
Result<void> KafkaState::begin_producing() {
  if (options.distributed) return producing->open();
  const bool claimed = claim_seen != std::chrono::steady_clock::time_point{};
  VT_TRY_VOID(claimed ? check_ours() : claim());
  VT_TRY_VOID(producing->open());
  if (!options.at_least_once) VT_TRY_VOID(consumer->committed(inputs_of(Unit{0})));
  VT_TRY_VOID(check_ours());
  claim_seen = std::chrono::steady_clock::now();
  return {};
}

}  // namespace vitrine
