#include "streams/runtime/ingest_queue.h"

#include <iterator>
#include <utility>

namespace vitrine {

ByteCount IngestQueue::bytes_of(const Ingested& one) {
  constexpr ByteCount kOverhead = 32;
  return one.record.key.size() + one.record.value.size() + one.record.correlation.size() +
         kOverhead;
}

bool IngestQueue::empty() const {
  const std::lock_guard lock(mutex_);
  return taken_ == waiting_.size();
}

ByteCount IngestQueue::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

std::vector<std::uint64_t> IngestQueue::waiting(std::size_t topics) const {
  std::vector<std::uint64_t> out(topics);
  const std::lock_guard lock(mutex_);
  for (std::size_t i = taken_; i < waiting_.size(); ++i) ++out[waiting_[i].topic];
  return out;
}

Result<void> IngestQueue::push(Ingested record, bool keep_timestamp, bool& first) {
  const ByteCount bytes = bytes_of(record);
  const std::lock_guard lock(mutex_);
  const std::size_t records = waiting_.size() - taken_;
  first = records == 0;
  if (records >= records_max_ || (bytes_ + bytes > bytes_max_ && records > 0)) {
    return fail(Code::Overloaded, "append: " + std::to_string(records) + " records (" +
                                      std::to_string(bytes_) +
                                      " bytes) wait already; try again later");
  }
  if (!keep_timestamp) record.record.timestamp = clock_.now();
  if (first) oldest_nanos_ = clock_.monotonic_nanos();
  bytes_ += bytes;
  waiting_.push_back(std::move(record));
  return {};
}

std::int64_t IngestQueue::take(std::size_t records_max, ByteCount bytes_max,
                               std::vector<Ingested>& out) {
  out.clear();
  const std::lock_guard lock(mutex_);
  if (taken_ == waiting_.size()) return 0;
  const std::int64_t oldest = oldest_nanos_;
  if (taken_ == 0 && waiting_.size() <= records_max && bytes_ <= bytes_max) {
    std::swap(out, waiting_);
    bytes_ = 0;
    return oldest;
  }
  ByteCount bytes = 0;
  while (taken_ < waiting_.size() && out.size() < records_max) {
    const ByteCount more = bytes_of(waiting_[taken_]);
    if (bytes + more > bytes_max && !out.empty()) break;
    bytes += more;
    out.push_back(std::move(waiting_[taken_++]));
  }
  bytes_ -= bytes;
  if (taken_ == waiting_.size() || taken_ > records_max_ / 2) {
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(taken_));
    taken_ = 0;
  }
  return oldest;  // a little early for what stays: latency is overstated rather than hidden
}

}  // namespace vitrine
