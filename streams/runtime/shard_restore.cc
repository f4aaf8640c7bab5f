// What a shard keeps of itself, in its own store "vt.engine", and how it comes back:
//   "time"         the last recorded wall time
//   "carried"      the position from which own records were still to be fed when the last epoch was
//   closed "up/<domain>"  incarnation and next position of an upstream
#include <algorithm>
#include <utility>

#include "base/plant.h"
#include "streams/runtime/shard.h"

namespace vitrine {
namespace {

constexpr std::string_view kTime = "time";
constexpr std::string_view kCarried = "carried";
constexpr std::string_view kUpstream = "up/";

Bytes number_bytes(std::uint64_t number) {
  Bytes out;
  put_varint(out, number);
  return out;
}

}  // namespace

UpstreamRange Shard::consumed(const std::string& domain) const {
  for (const UpstreamRange& range : consumed_) {
    if (range.domain == domain) return range;
  }
  return {domain, {}, Position{1}, Position{1}, 0};
}

void Shard::remember_progress() {
  stores_.begin_record();
  own_.put(kTime, number_bytes(static_cast<std::uint64_t>(
                      std::max<std::int64_t>(0, millis_of(recorded_time_)))));
  for (const UpstreamRange& range : consumed_) {
    Bytes value;
    put_u64(value, range.incarnation.value());
    put_varint(value, range.next.value());
    const std::string key = std::string(kUpstream) + range.domain;
    if (const auto* known = own_.find(key); known == nullptr || *known != value)
      own_.put(key, std::move(value));
  }
  const Position carried = carrying() ? hops_.position(next_hop_) : Position{};
  if (carried == Position{} && planted("double_apply_after_restore")) return;
  if (carried != std::exchange(carried_from_, carried))
    own_.put(kCarried, number_bytes(carried.value()));
}

Result<std::size_t> Shard::restore(const Broker& broker, Unit unit) {
  const CommittedPoint point = broker.committed(unit);
  std::size_t deltas = 0;
  VT_TRY_VOID(broker.restore(unit, stores_.backend().applied(),
                             [&](Epoch, BytesView, std::span<const Delta> changes) -> Result<void> {
                               for (const Delta& one : changes) {
                                 stores_.restore(one.store, one.key, one.value, one.removed);
                               }
                               deltas += changes.size();
                               return {};
                             }));
  stores_.committed(point.epoch);
  deltas_ = deltas;
  if (const auto* time = own_.find(kTime)) {
    recorded_time_ = time_of_millis(static_cast<std::int64_t>(ByteReader(*time).varint()));
  }
  own_.for_each([&](std::string_view key, const std::string& value) {
    if (!key.starts_with(kUpstream)) return;
    ByteReader in(value);
    const Incarnation incarnation{in.u64()};
    const Position next{in.varint()};
    consumed_.push_back({std::string(key.substr(kUpstream.size())), incarnation, next, next, 0});
  });
  group_ = Group(Epoch{point.epoch.value() + 1}, std::max(point.next, Position{1}));
  stores_.begin_record();
  task_->restored();
  if (const auto* carried = own_.find(kCarried)) {
    carried_from_ = Position{ByteReader(*carried).varint()};
    if (carried_from_ != Position{}) VT_TRY_VOID(load_carried(broker, carried_from_));
  }
  return deltas;
}

// Records of our own that were committed before they were fed: the epoch had reached its bounds.
Result<void> Shard::load_carried(const Broker& broker, Position from) {
  const Position end = group_.next_position();
  while (from < end) {
    VT_TRY(const auto batch, broker.fetch(topics_.inputs(), from, 10'000, 8U << 20U));
    for (const Positioned& one : batch.records) {
      hops_.add(topics_.find(one.topic), one.partition, one.position, view_of(one.record));
    }
    if (batch.next <= from) break;
    from = batch.next;
  }
  return {};
}

}  // namespace vitrine
