#include "streams/log/spare_buffers.h"

#include <utility>

namespace vitrine {

Bytes SpareBuffers::take() {
  const std::lock_guard guard{mutex_};
  if (spare_.empty()) return {};
  Bytes buffer = std::move(spare_.back());
  spare_.pop_back();
  bytes_ -= buffer.capacity();
  return buffer;
}

void SpareBuffers::give(Bytes buffer) {
  constexpr ByteCount kWorthKeeping = 256;
  buffer.clear();
  const std::lock_guard guard{mutex_};
  if (buffer.capacity() < kWorthKeeping || spare_.size() == kBuffersMax) return;
  if (bytes_ + buffer.capacity() > kBytesMax) return;
  bytes_ += buffer.capacity();
  spare_.push_back(std::move(buffer));
}

// Never destroyed: a journal may be closed after the statics are.
SpareBuffers& section_buffers() {
  static SpareBuffers& buffers = *new SpareBuffers;
  return buffers;
}

SpareBuffers& group_buffers() {
  static SpareBuffers& buffers = *new SpareBuffers;
  return buffers;
}

}  // namespace vitrine
