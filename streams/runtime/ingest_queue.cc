#include "streams/runtime/ingest_queue.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace vitrine {
namespace {

constexpr ByteCount kOverhead = 32;                        // of a record, against the queue's bound
constexpr ByteCount kLarge = IngestBlock::kBytes / 4;      // gets bytes of its own
constexpr std::size_t kSparesMax = 128;                    // blocks, 19 MB
constexpr ByteCount kRecordBytesMax = ByteCount{1} << 30U;

ByteCount size_of(const RecordView& record) {
  return record.key.size() + record.value.size() + record.correlation.size();
}

char* put(char* at, BytesView bytes) {
  if (!bytes.empty()) std::memcpy(at, bytes.data(), bytes.size());
  return at + bytes.size();
}

void copy(const RecordView& record, char* to) {
  put(put(put(to, record.key), record.value), record.correlation);
}

// Copied before the mutex is taken: others need not wait for that.
std::vector<std::unique_ptr<char[]>> copies_of_large(
    std::span<const IngestQueue::Arriving> records) {
  std::vector<std::unique_ptr<char[]>> out;
  for (const IngestQueue::Arriving& one : records) {
    const ByteCount size = size_of(one.record);
    if (size < kLarge) continue;
    out.emplace_back(new char[size]);
    copy(one.record, out.back().get());
  }
  return out;
}

}  // namespace

bool IngestQueue::empty() const {
  const std::lock_guard lock(mutex_);
  return records_ == 0;
}

ByteCount IngestQueue::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

std::vector<std::uint64_t> IngestQueue::waiting(std::size_t topics) const {
  std::vector<std::uint64_t> out(topics);
  const std::lock_guard lock(mutex_);
  std::uint64_t offset = taken_ - begin_;
  for (const auto& block : blocks_) {
    for (std::uint64_t i = offset; i < block->count; ++i) ++out[block->records[i].topic];
    offset -= std::min<std::uint64_t>(offset, IngestBlock::kRecords);
  }
  return out;
}

Result<std::size_t> IngestQueue::push(std::span<const Arriving> records, Engine::Done done,
                                      bool& first) {
  for (const Arriving& one : records) {
    if (size_of(one.record) > kRecordBytesMax)
      return fail(Code::Invalid, "append: a record holds 1 GiB at most");
  }
  auto large = copies_of_large(records);
  std::size_t next_large = 0;
  const std::lock_guard lock(mutex_);
  first = records_ == 0;
  const Time now = clock_.now();
  std::size_t taken = 0;
  for (; taken < records.size(); ++taken) {
    const Arriving& one = records[taken];
    const ByteCount bytes = size_of(one.record) + kOverhead;
    if (records_ >= records_max_ || (bytes_ + bytes > bytes_max_ && records_ > 0)) break;
    add(one, now, bytes >= kLarge + kOverhead ? std::move(large[next_large++]) : nullptr);
    ++records_;
    bytes_ += bytes;
  }
  if (taken == 0 && !records.empty()) {
    return fail(Code::Overloaded, "append: " + std::to_string(records_) + " records (" +
                                      std::to_string(bytes_) +
                                      " bytes) wait already; try again later");
  }
  if (first) oldest_nanos_ = clock_.monotonic_nanos();
  if (done && taken == records.size() && taken > 0) {
    const Sequence end =
        begin_ + (blocks_.size() - 1) * IngestBlock::kRecords + blocks_.back()->count;
    callers_.push_back({end - 1, std::move(done)});
  }
  return taken;
}

void IngestQueue::add(const Arriving& one, Time now, std::unique_ptr<char[]> own) {
  const RecordView& record = one.record;
  const ByteCount size = size_of(record);
  if (blocks_.empty() || blocks_.back()->count == IngestBlock::kRecords ||
      (!own && blocks_.back()->used + size > IngestBlock::kBytes)) {
    blocks_.push_back(fresh_block());
  }
  IngestBlock& block = *blocks_.back();
  char* const at = own ? own.get() : block.bytes.get() + block.used;
  if (own) {
    block.large.push_back(std::move(own));
  } else {
    copy(record, at);
    block.used += size;
  }
  block.waiting_bytes += size + kOverhead;
  block.records[block.count++] = {one.keep_timestamp ? record.timestamp : now,
                                  at,
                                  one.topic,
                                  one.partition,
                                  static_cast<std::uint32_t>(record.key.size()),
                                  static_cast<std::uint32_t>(record.value.size()),
                                  static_cast<std::uint32_t>(record.correlation.size())};
}

std::unique_ptr<IngestBlock> IngestQueue::fresh_block() {
  if (spares_.empty()) return std::make_unique<IngestBlock>();
  auto block = std::move(spares_.back());
  spares_.pop_back();
  return block;
}

std::int64_t IngestQueue::take(std::size_t records_max, ByteCount bytes_max, IngestBatch& out) {
  out.clear();
  const std::lock_guard lock(mutex_);
  reuse_blocks();
  if (records_ == 0) return 0;
  take_records(records_max, bytes_max, out);
  return oldest_nanos_;  // a little early for what stays: latency is overstated rather than hidden
}

void IngestQueue::take_records(std::size_t records_max, ByteCount bytes_max, IngestBatch& out) {
  ByteCount bytes = 0;
  std::size_t at = (taken_ - begin_) / IngestBlock::kRecords;
  auto begin = static_cast<std::uint32_t>((taken_ - begin_) % IngestBlock::kRecords);
  for (; at < blocks_.size() && out.records_ < records_max; ++at, begin = 0) {
    IngestBlock& block = *blocks_[at];
    std::uint32_t end = begin;
    if (out.records_ + block.count - begin <= records_max &&
        bytes + block.waiting_bytes <= bytes_max) {
      end = block.count;
      bytes += std::exchange(block.waiting_bytes, 0);
    }
    for (; end < block.count && out.records_ + (end - begin) < records_max; ++end) {
      const ByteCount more = size_of(block.records[end].record()) + kOverhead;
      const bool any = out.records_ > 0 || end > begin;
      if (bytes + more > bytes_max && any) break;
      bytes += more;
      block.waiting_bytes -= more;
    }
    taken_ = begin_ + at * IngestBlock::kRecords + end;
    if (end > begin) {
      if (out.parts_.empty()) out.first_ = begin_ + at * IngestBlock::kRecords;
      out.parts_.push_back({&block, begin, end});
      out.records_ += end - begin;
    }
    if (end < block.count) break;
  }
  records_ -= out.records_;
  bytes_ -= bytes;
  take_callers(out);
}

void IngestQueue::take_callers(IngestBatch& out) {
  for (; callers_taken_ < callers_.size(); ++callers_taken_) {
    Waiting& one = callers_[callers_taken_];
    if (one.sequence >= taken_) break;
    out.callers.push_back(
        {static_cast<std::uint32_t>(one.sequence - out.first_), std::move(one.done)});
  }
  if (callers_taken_ == callers_.size() || callers_taken_ > records_max_ / 2) {
    callers_.erase(callers_.begin(),
                   callers_.begin() + static_cast<std::ptrdiff_t>(callers_taken_));
    callers_taken_ = 0;
  }
}

// The last batch is done with: its blocks serve again, but for the one that is being filled.
void IngestQueue::reuse_blocks() {
  while (!blocks_.empty()) {
    IngestBlock& block = *blocks_.front();
    const bool full = block.count == IngestBlock::kRecords || blocks_.size() > 1;
    if (!full || taken_ < begin_ + block.count) return;
    block.count = 0;
    block.used = 0;
    block.large.clear();
    if (spares_.size() < kSparesMax) spares_.push_back(std::move(blocks_.front()));
    blocks_.pop_front();
    begin_ += IngestBlock::kRecords;
    taken_ = std::max(taken_, begin_);
  }
}

}  // namespace vitrine
