#include "streams/runtime/unit_task.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "base/hash.h"
#include "streams/topology/dead_letter.h"

namespace vitrine {
namespace {

constexpr std::string_view kAt = "at";
constexpr std::string_view kTold = "told";
// The correlation of what units tell each other in hops, which are the App's own topics.
constexpr std::string_view kClock = "vt.clock";

ShardPlace place_of(const Topology& topology, Unit unit, std::uint32_t units) {
  ShardPlace place{unit.value(), units, topology.shard_stores()};
  place.own_stores.emplace_back(UnitTask::kOwnStore);
  place.units = true;
  return place;
}

}  // namespace

UnitTask::UnitTask(const Topology& topology, const TopicTable& topics,
                   const std::vector<std::uint32_t>& partitions,
                   std::unique_ptr<StateBackend> backend, UnitBounds bounds, Unit unit,
                   std::uint32_t units, Generation generation)
    : unit_(unit),
      generation_(generation),
      topics_(topics),
      partitions_(partitions),
      bounds_(bounds),
      backend_(std::move(backend)),
      stores_(*backend_, bounds.cache_bytes, place_of(topology, unit, units)),
      own_(stores_.keyed<std::string, std::string>(kOwnStore)),
      task_(topology.instantiate(stores_)),
      hop_levels_(topology.hop_levels()),
      plan_(topology.split() == nullptr ? "distributed" : "local"),
      state_lines_(topology.stores()),
      upgrades_(topology.upgrades()) {
  std::size_t inputs = 0;
  for (TopicNumber topic = 0; topic < topics_.size(); ++topic) {
    first_input_.push_back(inputs);
    if (topics_.is_input(topic)) inputs += partitions_[topic];
  }
  inputs_.resize(inputs);
}

Result<void> UnitTask::restore(const RowView& row) {
  BytesView store, key;
  VT_TRY_VOID(need_row("restore state", row.row, store, key));
  stores_.restore(store, key, row.value, row.removed);
  return {};
}

Result<std::vector<InputPosition>> UnitTask::restored() {
  VT_TRY_VOID(check_shape());
  std::vector<InputPosition> from;
  if (const auto* at = own_.find(kAt)) {
    ByteReader in(*at);
    epoch_ = Epoch{in.varint() + 1};
    recorded_time_ = time_of_millis(in.signed_varint());
    const std::uint64_t count = in.varint();
    for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
      const TopicNumber topic = topics_.find(in.bytes());
      const auto partition = static_cast<std::uint32_t>(in.varint());
      const auto next = static_cast<std::int64_t>(in.varint());
      if (topic == TopicTable::kNone || !topics_.is_input(topic)) continue;  // no longer read
      if (partition >= partitions_[topic]) continue;
      input(topic, partition) = {next, {}, 0, true};
      from.push_back({topic, partition, next});
    }
    if (!in.ok())
      return fail(Code::Corrupt, "restore state: the row that says how far the inputs are consumed "
                                 "cannot be read; was it written by a newer program?");
  }
  std::sort(from.begin(), from.end());
  if (const auto* told = own_.find(kTold)) {
    for (ByteReader in(*told); in.ok() && !in.at_end();) {
      UnitClock clock;
      clock.level = static_cast<std::uint32_t>(in.varint());
      clock.stream = time_of_millis(in.signed_varint());
      clock.wall = time_of_millis(in.signed_varint());
      told_.push_back(clock);
    }
  }
  stores_.committed(Epoch{epoch_.value() - 1});
  stores_.begin_record();
  task_->restored();
  for (TopicNumber topic = 0; topic < topics_.size(); ++topic) {
    for (std::uint32_t one = 0; topics_.is_input(topic) && one < partitions_[topic]; ++one)
      task_->awaits(topic, one);
  }
  return from;
}

void UnitTask::read_from(std::span<const InputPosition> positions) {
  for (Input& one : inputs_) one.seen = false;
  for (const InputPosition& one : positions)
    input(one.topic, one.partition) = {one.next, {}, 0, true};
}

void UnitTask::arrange(std::span<const Fetched> records) {
  order_.clear();
  for (const Fetched& one : records) input(one.topic, one.partition).latest = Time::min();
  for (std::uint32_t i = 0; i < records.size(); ++i) {
    const Fetched& one = records[i];
    Time& latest = input(one.topic, one.partition).latest;
    latest = std::max(latest, one.record.timestamp);  // late records keep their place
    order_.push_back({latest, topics_.rank(one.topic), one.partition, i});
  }
  if (!std::is_sorted(order_.begin(), order_.end())) std::sort(order_.begin(), order_.end());
}

// The step remembers a range for each partition: from, next, and how many lay between.
void UnitTask::note(const Fetched& one, Step& step) {
  Input& in = input(one.topic, one.partition);
  if (in.range == 0) {
    const std::string name =
        topics_.info(one.topic).name + "/" + std::to_string(one.partition);
    const Position from{static_cast<std::uint64_t>(one.offset)};
    step.upstreams.push_back({name, {}, from, from, 0});
    in.range = step.upstreams.size();
  }
  UpstreamRange& range = step.upstreams[in.range - 1];
  in.next = one.offset + 1;
  in.seen = true;
  range.next = Position{static_cast<std::uint64_t>(in.next)};
  ++range.records;
}

bool UnitTask::at_end(std::uint32_t topic, std::uint32_t partition) {
  if (!task_->at_end(topic, partition)) return false;
  may_tell_ = true;
  ended_.push_back({topic, partition, input(topic, partition).next});
  return true;
}

void UnitTask::run_step(Time wall, std::span<const Fetched> records) {
  Step step;
  step.wall = wall;
  recorded_time_ = std::max(recorded_time_, wall);
  const std::size_t records_before = building().records.size();
  stores_.begin_record();
  // These are part of the step: what was awaited may make something due.
  for (const InputPosition& one : std::exchange(ended_, {})) {
    const Position at{static_cast<std::uint64_t>(one.next)};
    step.upstreams.push_back(
        {topics_.info(one.topic).name + "/" + std::to_string(one.partition), {}, at, at, 0});
  }
  task_->on_wall(wall, emitted_);
  arrange(records);
  for (const Fetched& one : records) note(one, step);
  for (const Fetched& one : records) input(one.topic, one.partition).range = 0;
  constexpr std::size_t kAhead = 8;  // records until their rows are needed
  for (std::size_t i = 0; i < order_.size(); ++i) {
    if (i + kAhead < order_.size()) {
      const Fetched& soon = records[order_[i + kAhead].index];
      task_->expect(soon.topic, soon.record);
    }
    feed(records[order_[i].index]);
  }
  taken_ += records.size();
  const bool idle = records.empty() && step.upstreams.empty() &&
                    building().records.size() == records_before && !stores_.changed();
  if (!idle) steps_.push_back(std::move(step));
  if (last_updates_) last_updates_->fold(building().records, records_before);
}

// Unique over all inputs, and increasing within each partition: ids are born from it.
Position UnitTask::position_of(const Fetched& one) const {
  return Position{((static_cast<std::uint64_t>(one.offset) + 1) << kOffsetShift) |
                  (topics_.rank(one.topic) & 0xffU) << 10U | (one.partition & 0x3ffU)};
}

void UnitTask::feed(const Fetched& one) {
  WorkRecords& out = building().records;
  const std::size_t before = out.size();
  stores_.begin_record();
  ++fed_;
  if (hears_clock(one)) return;
  std::string cause;
  try {
    task_->on_record(one.topic, one.partition, position_of(one), one.record, emitted_);
    return;
  } catch (const std::exception& error) {
    cause = error.what();
  } catch (...) {
    cause = "an exception that is no std::exception";
  }
  stores_.undo_record();
  out.truncate(before);
  if (stores_.place().owns(one.partition)) dead_letter(one, cause);
}

bool UnitTask::hears_clock(const Fetched& one) {
  if (one.record.correlation != kClock || one.topic >= hop_levels_.size() ||
      hop_levels_[one.topic] == 0)
    return false;
  ByteReader in(one.record.value);
  const auto sender = static_cast<std::uint32_t>(in.varint());
  UnitClock clock;
  clock.level = hop_levels_[one.topic];
  clock.stream = time_of_millis(in.signed_varint());
  clock.wall = time_of_millis(in.signed_varint());
  if (!in.ok()) return false;
  task_->on_told(one.topic, one.partition, sender, clock, emitted_);
  return true;
}

// Behind everything that this epoch, and those before it, sent to the hops.
void UnitTask::tell_clocks() {
  may_tell_ = false;
  const auto clocks = task_->tells();
  if (clocks == told_) return;
  Bytes row;
  for (const UnitClock& clock : clocks) {
    put_varint(row, clock.level);
    put_signed(row, millis_of(clock.stream));
    put_signed(row, millis_of(clock.wall));
    if (std::find(told_.begin(), told_.end(), clock) != told_.end()) continue;
    Bytes value;
    put_varint(value, unit_.value());
    put_signed(value, millis_of(clock.stream));
    put_signed(value, millis_of(clock.wall));
    for (TopicNumber topic = 0; topic < hop_levels_.size(); ++topic) {
      for (std::uint32_t one = 0; hop_levels_[topic] == clock.level && one < partitions_[topic];
           ++one)
        building().records.add(topic, one, {{}, value, recorded_time_, kClock});
    }
  }
  told_ = clocks;
  stores_.begin_record();
  own_.put(kTold, std::move(row));
}

void UnitTask::dead_letter(const Fetched& one, const std::string& cause) {
  const RecordView& record = one.record;
  const DeadLetter letter{topics_.info(one.topic).name,
                          one.partition,
                          static_cast<std::uint64_t>(one.offset),
                          cause,
                          Bytes(record.key),
                          Bytes(record.value)};
  const Bytes value = encoded(letter);
  append(topics_.dead_letters_of(one.topic),
         {record.key, value, record.timestamp, record.correlation});
  ++dead_letters_;
}

// Kafka's default partitioner; for a power of two the same as virtual partition mod partitions.
void UnitTask::append(TopicNumber topic, const RecordView& record) {
  const std::uint32_t partition = (murmur2(record.key) & 0x7fffffffU) % partitions_[topic];
  building().records.add(topic, partition, record);
}

Result<void> UnitTask::checkpoint() {
  constexpr std::size_t kSlice = 65'536;
  stores_.begin_record();
  stores_.begin_checkpoint(Epoch{epoch_.value() - 1});
  for (bool done = false; !done;) {
    VT_TRY(done, stores_.checkpoint_slice(kSlice));
  }
  return backend_->flush();
}

bool UnitTask::has_work() const {
  return taken_ > 0 || building().records.size() > 0 || stores_.changed() ||
         (may_tell_ && task_->tells() != told_);
}

bool UnitTask::full() const {
  const UnitWork& work = building();
  return std::max(work.records.size(), taken_) >= bounds_.epoch_records_max ||
         work.records.bytes() >= bounds_.epoch_bytes_max;
}

std::vector<InputPosition> UnitTask::consumed(bool all) const {
  std::vector<InputPosition> out;
  for (TopicNumber topic = 0; topic < topics_.size(); ++topic) {
    if (!topics_.is_input(topic)) continue;
    for (std::uint32_t partition = 0; partition < partitions_[topic]; ++partition) {
      const Input& in = inputs_[first_input_[topic] + partition];
      if (in.seen && (all || stores_.place().owns(partition)))
        out.push_back({topic, partition, in.next});
    }
  }
  return out;
}

void UnitTask::remember() {
  const auto consumed_now = consumed(true);
  Bytes value;
  put_varint(value, epoch_.value());
  put_signed(value, millis_of(recorded_time_));
  put_varint(value, consumed_now.size());
  for (const InputPosition& one : consumed_now) {
    put_bytes(value, topics_.info(one.topic).name);
    put_varint(value, one.partition);
    put_varint(value, static_cast<std::uint64_t>(one.next));
  }
  stores_.begin_record();
  own_.put(kAt, std::move(value));
  building().consumed = consumed(false);
  if (shape_.empty()) return;
  stores_.begin_record();
  own_.put(kShape, std::exchange(shape_, {}));
}

const UnitWork& UnitTask::finish_epoch() {
  tell_clocks();
  remember();
  UnitWork& work = building();
  work.unit = unit_;
  work.generation = generation_;
  work.epoch = epoch_;
  work.wall = recorded_time_;
  stores_.drain(epoch_, [&](const std::string& store, BytesView key, BytesView value,
                            bool removed) {
    work.rows.add(stores_.home_of(store, key), store, key, value, removed);
  });
  work.steps = encode_steps(steps_);
  steps_.clear();
  taken_ = 0;
  epoch_ = Epoch{epoch_.value() + 1};
  building().clear();
  if (last_updates_) last_updates_->clear();
  return work;
}

}  // namespace vitrine
