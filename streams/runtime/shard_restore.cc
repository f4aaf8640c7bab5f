// What a shard keeps of itself, in its own store "vt.engine", and how it comes back:
//   "time"         the last recorded wall time
//   "carried"      from where own records were still to be fed when the last epoch was closed
//   "up/<domain>"  incarnation and next position of an upstream
//   "lineage"      shard 0: the incarnations of this log
//   "layout"       shard 0: how many shards write, and from which position on
//   "from"         of several shards: up to where the records of each were worked on
#include <algorithm>
#include <utility>

#include "base/plant.h"
#include "streams/runtime/shard.h"

namespace vitrine {
namespace {

constexpr std::string_view kTime = "time";
constexpr std::string_view kCarried = "carried";
constexpr std::string_view kUpstream = "up/";
constexpr std::string_view kLayout = "layout";
constexpr std::string_view kLineage = "lineage";
constexpr std::string_view kFrom = "from";

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
  if (!lineage_to_keep_.empty()) own_.put(kLineage, std::exchange(lineage_to_keep_, {}));
  for (const UpstreamRange& range : consumed_) {
    if (!remembers_others_) break;
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
  if (!alone() && remembers_others_) remember_inbox();
}

bool Shard::between_shards(BytesView key) { return key == kFrom || key == kCarried; }
bool Shard::is_layout(BytesView key) { return key == kLayout; }
bool Shard::of_shard_zero(BytesView key) { return key == kLayout || key == kLineage; }

void Shard::remember_inbox() {
  Bytes value;
  for (std::uint32_t from = 0; from < team_.links.shards(); ++from)
    put_varint(value, from == number_ ? 0 : inbox_.next(from).value());
  if (const auto* known = own_.find(kFrom); known == nullptr || *known != value)
    own_.put(kFrom, std::move(value));
  inbox_from_ = inbox_from();
}

void Shard::begin_inbox(const Layout& layout, Position end) {
  const auto* kept = own_.find(kFrom);
  ByteReader in(kept == nullptr ? BytesView{} : BytesView(*kept));
  for (std::uint32_t from = 0; from < team_.links.shards(); ++from) {
    const Position next{kept == nullptr ? 0 : in.varint()};
    if (from != number_) inbox_.begin(from, std::max(next, layout.from), end);
  }
  inbox_from_ = inbox_from();
}

Shard::Layout Shard::kept_layout() const {
  Layout out;
  if (const auto* kept = own_.find(kLayout)) {
    ByteReader in(*kept);
    out.shards = static_cast<std::uint32_t>(in.varint());
    out.from = Position{in.varint()};
  }
  return out;
}

void Shard::keep_layout(const Layout& layout) {
  Bytes value;
  put_varint(value, layout.shards);
  put_varint(value, layout.from.value());
  stores_.begin_record();
  own_.put(kLayout, std::move(value));
}

Lineage Shard::kept_lineage() const {
  const auto* kept = own_.find(kLineage);
  return kept == nullptr ? Lineage{} : Lineage::decode(*kept);
}

void Shard::restore(std::span<const Delta> deltas) { deltas_ += stores_.restore(deltas); }

Result<void> Shard::restored(const Layout& layout) {
  const CommittedPoint point = team_.broker.committed(EmbeddedBroker::kUnit);
  stores_.committed(point.epoch);
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
  group_ = group_of(Epoch{point.epoch.value() + 1}, std::max(point.next, Position{1}));
  stores_.begin_record();
  task_->restored();
  if (!alone()) {
    begin_inbox(layout, point.next);
    tell_others(point.epoch);
  }
  if (const auto* carried = own_.find(kCarried)) {
    carried_from_ = Position{ByteReader(*carried).varint()};
    if (carried_from_ != Position{}) VT_TRY_VOID(load_carried(carried_from_));
  }
  return {};
}

// Records of our own that were committed before they were fed: the epoch had reached its bounds.
Result<void> Shard::load_carried(Position from) {
  const Broker& broker = team_.broker;
  const Position end = broker.committed(EmbeddedBroker::kUnit).next;
  while (from < end) {
    VT_TRY(const auto batch, broker.fetch(topics_.inputs(), from, 10'000, 8U << 20U));
    for (const Positioned& one : batch.records) {
      const TopicNumber topic = topics_.find(one.topic);
      if (!alone() && (team_.numbering.shard_of(one.position) != number_ ||
                       !inbox_.wants(topic, one.partition)))
        continue;
      hops_.add(topic, one.partition, one.position, view_of(one.record));
    }
    if (batch.next <= from) break;
    from = batch.next;
  }
  return {};
}

}  // namespace vitrine
