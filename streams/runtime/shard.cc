#include "streams/runtime/shard.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "base/log.h"
#include "base/plant.h"
#include "streams/topology/dead_letter.h"

namespace vitrine {

namespace {

ShardPlace place_of(const Topology& topology, std::uint32_t number, std::uint32_t count) {
  ShardPlace place{number, count, topology.shard_stores()};
  place.own_stores.emplace_back(Shard::kOwnStore);
  return place;
}

}  // namespace

Shard::Shard(const Topology& topology, const TopicTable& topics, StateBackend& backend,
             ByteCount cache_bytes, ShardBounds bounds, ShardTeam team, std::uint32_t number)
    : team_(team),
      number_(number),
      topics_(topics),
      bounds_(bounds),
      stores_(backend, cache_bytes, place_of(topology, number, team.links.shards())),
      own_(stores_.keyed<std::string, std::string>(kOwnStore)),
      task_(topology.instantiate(stores_)),
      inbox_(number, topics, team.numbering, team.broker, team.links),
      group_(Epoch{1}, Position{1}),
      order_(topics),
      sections_(order_.lanes(), kNoSection) {
  for (TopicNumber topic = 0; topic < topics_.size(); ++topic)
    is_dead_letters_.push_back(topics_.info(topic).name.ends_with(kDeadLetterSuffix));
  fed_.resize(topics_.size());
}

void Shard::run_step(StepInput& input, std::vector<Completion>& completions) {
  Step step;
  step.wall = input.wall;
  if (carrying()) {
    VT_CHECK(input.ingested.empty() && input.upstreams.empty());
    step.carried_from = hops_.position(next_hop_);
  }
  const std::size_t inputs_before = inputs_;
  const std::size_t records_before = group_.records();
  recorded_time_ = std::max(recorded_time_, input.wall);
  on_wall(input.wall);
  run_hops();  // those carried, and of timers: they stand before what comes in now
  if (!alone()) {
    receive(step);
    run_hops();
  }
  take_in(input, step, completions);
  run_hops();
  const bool idle = inputs_ == inputs_before && group_.records() == records_before &&
                    !stores_.changed() && step.heard.empty();
  if (!idle) steps_.push_back(std::move(step));
}

// Canonical order: (timestamp, topic, partition, position), whatever came first.
std::span<const Shard::Place> Shard::arrange(const StepInput& input) {
  order_.begin();
  order_.begin_source(0);
  input.ingested.for_each([&](std::uint32_t place, const Ingested& one) {
    order_.add(place, one.topic, one.partition, one.timestamp);
  });
  for (std::uint32_t source = 0; source < input.upstreams.size(); ++source) {
    order_.begin_source(source + 1);
    const auto& records = input.upstreams[source].records;
    for (std::uint32_t i = 0; i < records.size(); ++i) {
      const TopicNumber topic = topics_.find(records[i].topic);
      order_.add(i, topic, partition_here(topic, records[i]), records[i].record.timestamp);
    }
  }
  return order_.sorted();
}

// The upstream's topic may have more partitions than ours of that name.
std::uint32_t Shard::partition_here(TopicNumber topic, const Positioned& record) const {
  return record.partition & (topics_.info(topic).partitions - 1);
}

void Shard::take_in(StepInput& input, Step& step, std::vector<Completion>& completions) {
  const std::span<const Place> order = arrange(input);
  step.ingest_first = group_.next_position();
  step.ingest_records = input.ingested.size();
  append_ingested(order, input.ingested, completions);
  const bool behind = carrying();
  std::uint64_t next = step.ingest_first.value();  // they were appended in this order
  constexpr std::size_t kAhead = 8;  // records until their rows are needed
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i + kAhead < order.size()) expect(input, order[i + kAhead]);
    const Place& place = order[i];
    if (place.source == 0) {
      take_in_ingested(input.ingested.at(place.index), Position{next++}, behind);
    } else {
      const Positioned& one = input.upstreams[place.source - 1].records[place.index];
      const TopicNumber topic = topics_.find(one.topic);
      feed(topic, partition_here(topic, one), one.position, view_of(one.record));
    }
  }
  inputs_ += order.size();
  for (UpstreamInput& upstream : input.upstreams) {
    auto at = std::find_if(consumed_.begin(), consumed_.end(), [&](const auto& range) {
      return range.domain == upstream.range.domain;
    });
    if (at == consumed_.end()) at = consumed_.insert(at, UpstreamRange{});
    *at = upstream.range;
    step.upstreams.push_back(std::move(upstream.range));
  }
}

// What waits before it goes first: then it waits, too. So does the rest of several shards' epoch
// that is full; positions stay the order of processing.
void Shard::take_in_ingested(const Ingested& one, Position position, bool behind) {
  if (!topics_.is_input(one.topic)) return;
  if (behind) {
    next_hops_.add(one.topic, one.partition, position, one.record());
  } else if (!alone() && full()) {
    hops_.add(one.topic, one.partition, position, one.record());
  } else {
    feed(one.topic, one.partition, position, one.record());
  }
}

void Shard::expect(const StepInput& input, const Place& place) {
  if (place.source == 0) {
    const Ingested& one = input.ingested.at(place.index);
    if (topics_.is_input(one.topic)) task_->expect(one.topic, one.record());
  } else {
    const Positioned& one = input.upstreams[place.source - 1].records[place.index];
    task_->expect(topics_.find(one.topic), view_of(one.record));
  }
}

void Shard::append_ingested(std::span<const Place> order, IngestBatch& batch,
                            std::vector<Completion>& completions) {
  const bool asked = !batch.callers.empty();
  if (asked) ingested_at_.resize(batch.places());
  for (const Place& place : order) {
    if (place.source != 0) continue;
    const Ingested& one = batch.at(place.index);
    const RecordView record = one.record();
    const Position position = write(place.lane, one.topic, one.partition, record);
    if (asked) ingested_at_[place.index] = position;
    if (topics_.is_everywhere(one.topic))
      send_to_others(one.topic, one.partition, position, record);
  }
  const auto before = static_cast<std::ptrdiff_t>(completions.size());
  for (IngestBatch::Caller& one : batch.callers)
    completions.push_back({std::move(one.done), ingested_at_[one.place]});
  std::sort(completions.begin() + before, completions.end(),
            [](const auto& a, const auto& b) { return a.position < b.position; });
}

void Shard::feed(TopicNumber topic, std::uint32_t partition, Position position,
                 const RecordView& record) {
  stores_.begin_record();
  emitted_.records.clear();
  ++fed_[topic];
  std::string cause;
  try {
    task_->on_record(topic, partition, position, record, emitted_);
    append_emitted();
    return;
  } catch (const std::exception& error) {
    cause = error.what();
  } catch (...) {
    cause = "an exception that is no std::exception";
  }
  stores_.undo_record();
  emitted_.records.clear();
  // Of a broadcast record that is another shard's we have a copy; its owner says what went wrong.
  if (stores_.place().owns(partition)) dead_letter(topic, partition, position, record, cause);
}

void Shard::dead_letter(TopicNumber topic, std::uint32_t partition, Position position,
                        const RecordView& record, const std::string& cause) {
  const DeadLetter letter{topics_.info(topic).name, partition,          position.value(), cause,
                          Bytes(record.key),        Bytes(record.value)};
  const Bytes value = encoded(letter);
  append(topics_.dead_letters_of(topic), {record.key, value, record.timestamp, record.correlation});
}

void Shard::on_wall(Time wall) {
  stores_.begin_record();
  emitted_.records.clear();
  task_->on_wall(wall, emitted_);
  append_emitted();
}

void Shard::run_hops() {
  while (true) {
    for (; next_hop_ < hops_.size(); ++next_hop_) {
      if (full()) {
        if (planted("full_epoch_loses_a_record") && next_hop_ + 1 < hops_.size()) ++next_hop_;
        return;
      }
      feed(hops_.topic(next_hop_), hops_.partition(next_hop_), hops_.position(next_hop_),
           hops_.record(next_hop_));
      ++inputs_;
    }
    hops_.clear();
    next_hop_ = 0;
    if (next_hops_.size() == 0) return;
    std::swap(hops_, next_hops_);
  }
}

Position Shard::write(std::uint32_t lane, TopicNumber topic, std::uint32_t partition,
                      const RecordView& record) {
  Group::Section& section = sections_[lane];
  if (section == kNoSection) section = group_.section(topics_.info(topic).name, partition);
  return group_.append(section, record);
}

Position Shard::append(TopicNumber topic, const RecordView& record) {
  const std::uint32_t partition = topics_.partition_of(topic, record.key);
  const Position position = write(order_.lane_of(topic, partition), topic, partition, record);
  if (!alone()) check_number(position);
  if (is_dead_letters_[topic]) ++dead_letters_;
  if (topics_.is_input(topic)) deliver(topic, partition, position, record);
  return position;
}

void Shard::append_emitted() {
  const RecordArena& records = emitted_.records;
  for (std::size_t i = 0; i < records.size(); ++i) append(records.topic(i), records.record(i));
  emitted_.records.clear();
}

bool Shard::full() const {
  return group_.records() >= bounds_.epoch_records_max ||
         group_.bytes() >= bounds_.epoch_bytes_max || (!alone() && epoch_has_enough());
}

bool Shard::has_work() const { return inputs_ > 0 || group_.records() > 0 || stores_.changed(); }

std::size_t Shard::room_records() const {
  const std::size_t used = std::max(group_.records(), inputs_);
  return used < bounds_.epoch_records_max ? bounds_.epoch_records_max - used : 0;
}

ByteCount Shard::room_bytes() const {
  return group_.bytes() < bounds_.epoch_bytes_max ? bounds_.epoch_bytes_max - group_.bytes() : 0;
}

Group Shard::finish_epoch() {
  remember_progress();
  deltas_ += stores_.drain(
      group_.epoch(), [&](const std::string& store, BytesView key, BytesView value, bool removed) {
        group_.add_delta(store, key, value, removed);
      });
  group_.set_steps(alone() ? encode_steps(steps_) : encode_part(number_, steps_));
  group_.set_time(recorded_time_);
  ++closed_.epochs;
  closed_.records += closed_.epoch_records = group_.records();
  closed_.epoch_bytes = group_.bytes();
  steps_.clear();
  std::fill(sections_.begin(), sections_.end(), kNoSection);
  inputs_ = 0;
  const Epoch next_epoch{group_.epoch().value() + 1};
  const Position next_position = group_.next_position();
  if (!alone()) tell_others(group_.epoch());
  return std::exchange(group_, group_of(next_epoch, next_position));
}

void Shard::begin_checkpoint(Epoch epoch) {
  deltas_ = 0;
  stores_.begin_checkpoint(epoch);
}

Result<bool> Shard::checkpoint_slice() {
  constexpr std::size_t kChanges = 1'000;  // 5 to 10 ms on RocksDB
  return stores_.checkpoint_slice(kChanges);
}

std::optional<Bytes> Shard::get(const std::string& store, BytesView key) const {
  Bytes value;
  const AnyStore* found = stores_.find(store);
  if (found == nullptr || !found->get(key, value)) return std::nullopt;
  return value;
}

bool Shard::settled(const std::string& store, BytesView key) const {
  const AnyStore* found = stores_.find(store);
  return found == nullptr || found->settled(key);
}

}  // namespace vitrine
