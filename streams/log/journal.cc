// Committing and reading. Opening and recovery are in journal_open.cc.
#include "streams/log/journal.h"

#include <algorithm>
#include <deque>

#include "base/log.h"
#include "base/plant.h"
#include "streams/log/group_reader.h"
#include "streams/log/journal_files.h"
#include "streams/log/spare_buffers.h"

namespace vitrine {

using namespace journal_format;

JournalFiles::JournalFiles(Disk& disk, std::string folder, JournalOptions options)
    : disk_(disk),
      folder_(std::move(folder)),
      options_(std::move(options)),
      index_(options_.tail_cache_bytes),
      run_files_(disk) {}

Result<void> JournalFiles::check(const Group& group) const {
  const auto refuse = [&](Code code, const std::string& why) {
    return fail(code, "commit epoch " + std::to_string(group.epoch().value()) + " to " + folder_ +
                          ": " + why);
  };
  if (read_only_) return refuse(Code::Unsupported, "this journal is open for reading only");
  if (failed_)
    return refuse(Code::Unavailable,
                  "an earlier sync failed; restart the process, recovery decides what holds");
  const Group::Impl& in = *group.impl_;
  if (in.epoch.value() != index_.last_epoch().value() + 1) {
    return refuse(Code::Invalid,
                  "the last epoch is " + std::to_string(index_.last_epoch().value()));
  }
  if (in.first < index_.end()) {
    return refuse(Code::Invalid, "its first position " + std::to_string(in.first.value()) +
                                     " is before the end " + std::to_string(index_.end().value()));
  }
  if (in.bytes > kGroupBytesMax / 2)
    return refuse(Code::Invalid, "a group holds 512 MiB at most; commit more often");
  return {};
}

JournalFiles::Encoded JournalFiles::encode_here(const Group::Impl& group) const {
  Encoded out;
  std::vector<SectionData> data;
  data.reserve(group.parts.size() + 2);
  const auto add = [&](SectionKind kind, std::uint32_t count, BytesView bytes) -> Section& {
    data.push_back({{}, bytes, {}});
    data.back().section.kind = kind;
    data.back().section.records = count;
    return data.back().section;
  };
  for (const auto& part : group.parts) {
    Section& section = add(SectionKind::Records, part.records, part.data);
    section.topic = part.topic;
    section.partition = part.partition;
    section.first = part.first;
    section.last = part.last;
  }
  if (!group.steps.empty()) add(SectionKind::Steps, 1, group.steps);
  const Bytes store_names = group.store_names();
  if (group.deltas > 0) {
    add(SectionKind::Deltas, group.deltas, group.delta_entries);
    data.back().head = store_names;
  }
  GroupHeader header;
  header.epoch = group.epoch;
  header.first_position = group.first;
  header.next_position = group.next;
  // Commits are one after the other, so everything before this group is on disk.
  header.durable_through = options_.sync ? Epoch{group.epoch.value() - 1} : Epoch{0};
  header.incarnation = incarnation_;
  header.time = std::max(index_.last_time(), group.time != Time{} ? group.time : clock_->now());
  // Readers hold it for as long as it is among the newest; then it serves another group.
  const std::shared_ptr<Bytes> bytes(new Bytes(group_buffers().take()), [](Bytes* done) {
    group_buffers().give(std::move(*done));
    delete done;
  });
  out.header = append_group(header, data, segment_.id, offset_, *bytes);
  out.bytes = bytes;
  for (SectionData& section : data) out.sections.push_back(std::move(section.section));
  return out;
}

Result<void> JournalFiles::commit(Group&& group) {
  std::unique_lock guard{committing_};
  VT_TRY_VOID(check(group));
#if VITRINE_PLANTS
  VT_TRY_VOID(plant_catch_up());
#endif
  Encoded encoded = encode_here(*group.impl_);
  // A group larger than a segment gets one for itself, which is then longer than segment_bytes.
  if (!header_due_ && offset_ > kSegmentHeaderBytes &&
      offset_ + encoded.bytes->size() > options_.segment_bytes) {
    VT_TRY_VOID(roll());
    encoded = encode_here(*group.impl_);
  }
  VT_TRY_VOID(write(*encoded.bytes));
  VT_TRY_VOID(make_durable());
  header_due_ = false;
  const std::uint64_t at = offset_;
  offset_ += encoded.bytes->size();
  VT_TRY_VOID(pass_gate(encoded, at, guard));
  index_.publish(encoded.header, encoded.sections, readable_, at, std::move(encoded.bytes));
  if (!options_.background) prewriter_->work_once();
  return {};
}

SegmentHeader JournalFiles::header_of_current() const {
  // With sync off nothing is proven, not even here.
  const Epoch proven = options_.sync ? index_.last_epoch() : Epoch{0};
  return {segment_.id, incarnation_, index_.last_epoch(), index_.end(), proven, segment_.recycled};
}

Result<void> JournalFiles::roll() {
  VT_TRY(segment_, prewriter_->take_next());
  readable_ = std::make_shared<SegmentFile>(
      SegmentFile{segment_.id, segment_.path, incarnation_, segment_.file});
  current_segment_ = segment_.id;
  offset_ = kSegmentHeaderBytes;
  header_due_ = true;
  return {};
}

// The next segment begins without a group, so that this one can be retired although nothing more
// is committed.
Result<void> JournalFiles::seal() {
  const std::lock_guard guard{committing_};
  if (failed_ || unshown_) return {};
  if (!header_due_) {
    if (offset_ == kSegmentHeaderBytes) return {};
    VT_TRY_VOID(roll());
  }
  prewriter_->reserve(offset_);
  VT_TRY_VOID(segment_.file->write_at(0, encode(header_of_current())));
  VT_TRY_VOID(make_durable());
  header_due_ = false;
  return {};
}

Result<void> JournalFiles::write(BytesView bytes) {
  prewriter_->reserve(offset_ + bytes.size());
#if VITRINE_PLANTS
  if (planted("ack_before_write")) {
    plant_unwritten_ = header_due_ ? encode(header_of_current()) + Bytes(bytes) : Bytes(bytes);
    plant_unwritten_at_ = header_due_ ? 0 : offset_;
    plant_file_ = segment_.file;
    return {};
  }
#endif
  Result<void> written{};
  if (header_due_) written = segment_.file->write_at(0, encode(header_of_current()));
  if (written) written = segment_.file->write_at(offset_, bytes);
  if (written) return {};
  // Part of the group may be in the file. A later, smaller group would leave its end behind, which
  // recovery would take for a torn tail; zeros over what exists prevent that. Their failure changes
  // nothing: such an end does not verify.
  const auto size = segment_.file->size();
  if (size && *size > offset_) {
    const auto count =
        static_cast<ByteCount>(std::min<std::uint64_t>(*size - offset_, bytes.size()));
    [[maybe_unused]] const auto ignored = segment_.file->write_at(offset_, Bytes(count, '\0'));
  }
  return written;
}

Result<void> JournalFiles::make_durable() {
  if (!options_.sync) return {};
#if VITRINE_PLANTS
  if (planted("skip_fsync") || planted("ack_before_write")) return {};
  if (planted("ack_before_fsync")) {
    plant_sync_due_ = true;
    plant_file_ = segment_.file;
    return {};
  }
#endif
  static Histogram& all =
      histogram("vitrine_journal_sync_seconds", "fdatasync of journal commits.");
  const std::int64_t begin = clock_->monotonic_nanos();
  const Result<void> synced = segment_.file->sync();
  const std::int64_t end = clock_->monotonic_nanos();
  if (options_.on_synced) options_.on_synced(begin, end);
  const auto nanos = static_cast<std::uint64_t>(end - begin);
  sync_nanos_.record(nanos);
  all.record(nanos);
  if (!synced) sync_failed(synced.error());
  return synced;
}

#if VITRINE_PLANTS
Result<void> JournalFiles::plant_catch_up() {
  if (!plant_unwritten_.empty()) {
    VT_TRY_VOID(plant_file_->write_at(plant_unwritten_at_, plant_unwritten_));
    VT_TRY_VOID(plant_file_->sync());
    plant_unwritten_.clear();
  }
  if (plant_sync_due_) VT_TRY_VOID(plant_file_->sync());
  plant_sync_due_ = false;
  return {};
}
#endif

void JournalFiles::sync_failed(const Error& error) {
  if (failed_.exchange(true)) return;
  if (options_.on_sync_failure) return options_.on_sync_failure(error);
  log(LogLevel::Error, "journal_sync_failed",
      {{"folder", folder_},
       {"error", error.message},
       {"next", "the process ends; check the disk, then start it again"}});
  constexpr int kInputOutputError = 74;  // EX_IOERR
  std::_Exit(kInputOutputError);         // no destructors: nothing we hold can be trusted
}

// Hands on records up to its bounds.
class JournalFiles::BoundedVisit {
 public:
  BoundedVisit(std::size_t records_max, ByteCount bytes_max, const RecordVisitor& visitor)
      : records_max_(records_max), bytes_max_(bytes_max), visitor_(visitor) {}
  // At least one record is taken, whatever its size.
  bool full() const { return records_ > 0 && (records_ >= records_max_ || bytes_ >= bytes_max_); }
  void add(const std::string& topic, std::uint32_t partition, Position position,
           const RecordView& record) {
    ++records_;
    bytes_ += record.key.size() + record.value.size() + record.correlation.size();
    visitor_(topic, partition, position, record);
  }
  Batch batch;

 private:
  const std::size_t records_max_;
  const ByteCount bytes_max_;
  const RecordVisitor& visitor_;
  std::size_t records_ = 0;
  ByteCount bytes_ = 0;
};

// False when the batch was full before the runs were at their end; batch.next is set then.
Result<bool> JournalFiles::read_runs(const FrameIndex::Plan& plan, BoundedVisit& out) const {
  std::deque<RunCursor> cursors;
  std::vector<RunCursor*> open;
  for (const FrameIndex::Wanted& wanted : plan.topics) {
    RunCursor& cursor = cursors.emplace_back(run_files_, wanted.topic, plan.runs, wanted.from);
    VT_TRY(const bool any, cursor.next());
    if (any) open.push_back(&cursor);
  }
  const auto later = [](const RunCursor* a, const RunCursor* b) {
    return a->record().position > b->record().position;
  };
  std::make_heap(open.begin(), open.end(), later);
  while (!open.empty()) {
    const run_format::RunRecord& one = open.front()->record();
    if (out.full()) {
      out.batch.next = one.position;
      return false;
    }
    out.add(open.front()->topic(), one.partition, one.position, one.record);
    std::pop_heap(open.begin(), open.end(), later);
    VT_TRY(const bool more, open.back()->next());
    if (more) {
      std::push_heap(open.begin(), open.end(), later);
    } else {
      open.pop_back();
    }
  }
  return true;
}

Result<Journal::Batch> JournalFiles::read(std::span<const std::string> topics, Position from,
                                          std::size_t max_records, ByteCount max_bytes) const {
  std::vector<Positioned> records;
  VT_TRY(auto batch, visit(topics, from, max_records, max_bytes,
                           [&](const std::string& topic, std::uint32_t partition,
                               Position position, const RecordView& record) {
                             records.push_back({topic, partition, position, record.copy()});
                           }));
  batch.records = std::move(records);
  return batch;
}

Result<Journal::Batch> JournalFiles::visit(std::span<const std::string> topics, Position from,
                                           std::size_t max_records, ByteCount max_bytes,
                                           const RecordVisitor& visitor) const {
  const FrameIndex::Plan plan = index_.plan(topics, from, max_records, max_bytes);
  if (max_records == 0) return Batch{{}, from, plan.earliest};
  BoundedVisit out{max_records, max_bytes, visitor};
  out.batch = {{}, plan.next, plan.earliest};
  if (plan.runs) {
    VT_TRY(const bool all, read_runs(plan, out));
    if (!all) return std::move(out.batch);
  }
  for (const auto& group : plan.groups) {
    VT_TRY(GroupReader reader, GroupReader::open(group));
    while (!reader.at_end()) {
      if (out.full()) {
        out.batch.next = reader.position();
        return std::move(out.batch);
      }
      out.add(reader.frame().topic, reader.frame().partition, reader.position(), reader.record());
      VT_TRY_VOID(reader.next());
    }
  }
  return std::move(out.batch);
}

// Returns the last epoch that is in runs; groups without steps are passed over.
Result<Epoch> JournalFiles::replay_runs(Epoch after, const GroupVisitor& visit) const {
  const Epoch retired = index_.retired();
  RunCursor cursor{run_files_, {}, index_.runs(), Position{after.value() + 1}};
  while (true) {
    VT_TRY(const bool more, cursor.next());
    if (!more) return std::max(after, retired);
    const Epoch epoch{cursor.record().position.value()};
    if (epoch > retired) return std::max(after, retired);
    VT_TRY_VOID(visit(epoch, cursor.record().record.value, {}));
  }
}

Result<void> JournalFiles::replay(Epoch after, const GroupVisitor& visit) const {
  std::vector<Delta> deltas;  // of one group after the other, as is the memory they point into
  Bytes held_steps;
  Bytes held_deltas;
  while (true) {
    // Groups may be retired while we walk: then those we have not seen are in runs.
    if (after < index_.retired()) {
      VT_TRY(after, replay_runs(after, visit));
    }
    FrameIndex::GroupPlace place;
    const bool found = index_.group_after(after, place);
    if (index_.retired() > after) continue;
    if (!found) return {};
    BytesView steps;
    deltas.clear();
    if (place.steps.bytes > 0) {
      VT_TRY(steps, place.steps.read(held_steps));
    }
    if (place.deltas.bytes > 0) {
      VT_TRY(const BytesView section, place.deltas.read(held_deltas));
      VT_TRY_VOID(decode_deltas(section, place.delta_count, deltas));
    }
    VT_TRY_VOID(visit(place.epoch, steps, deltas));
    after = place.epoch;
  }
}

}  // namespace vitrine
