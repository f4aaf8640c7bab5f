#include "net/send_queue.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <sys/socket.h>

namespace vitrine::net {
namespace {

constexpr ByteCount kCopyBytesMax = 4096;  // a frame beyond this is written from where it is

}  // namespace

SendQueue::Plan SendQueue::plan(std::string& scratch, bool copy_all) const {
  Plan plan;
  char* const begin = scratch.data();
  ByteCount used = 0;
  bool last_is_scratch = false;
  ByteCount offset = first_offset_;
  for (std::size_t i = first_; i < frames_.size(); ++i, offset = 0) {
    const std::string& frame = *frames_[i];
    const char* data = frame.data() + offset;
    const ByteCount size = frame.size() - offset;
    const bool copied = copy_all || size <= kCopyBytesMax;
    const ByteCount taken = copied ? std::min(size, scratch.size() - used) : size;
    const bool new_part = !copied || !last_is_scratch;
    if (taken == 0 || (new_part && plan.part_count == plan.parts.size())) break;
    if (new_part) {
      char* from = copied ? begin + used : const_cast<char*>(data);
      plan.parts[plan.part_count++] = iovec{from, 0};
    }
    if (copied) {
      std::memcpy(begin + used, data, taken);
      used += taken;
    }
    plan.parts[plan.part_count - 1].iov_len += taken;
    plan.bytes += taken;
    last_is_scratch = copied;
    if (taken < size) break;
  }
  return plan;
}

IoResult SendQueue::write(int fd, TlsSession* tls, std::string& scratch) {
  if (scratch.size() < kScratchBytes) scratch.resize(kScratchBytes);
  const Plan todo = plan(scratch, tls != nullptr);
  if (tls != nullptr) {
    IoResult result = tls->write({scratch.data(), todo.bytes});
    if (result.status == IoStatus::Done) advance(result.bytes);
    return result;
  }
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(todo.parts.data());
  message.msg_iovlen = todo.part_count;
  const ssize_t n = sendmsg(fd, &message, MSG_NOSIGNAL);
  if (n < 0) {
    const bool full = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    return {full ? IoStatus::WantWrite : IoStatus::Failed, 0};
  }
  advance(static_cast<ByteCount>(n));
  return {static_cast<ByteCount>(n) < todo.bytes ? IoStatus::WantWrite : IoStatus::Done,
          static_cast<ByteCount>(n)};
}

void SendQueue::advance(ByteCount written) {
  bytes_ -= written;
  if (bytes_ == 0) return clear();
  while (written > 0) {
    const ByteCount left = frames_[first_]->size() - first_offset_;
    if (written < left) {
      first_offset_ += written;
      break;
    }
    written -= left;
    first_offset_ = 0;
    frames_[first_++].reset();
  }
  if (first_ > 64 && first_ * 2 > frames_.size()) {
    frames_.erase(frames_.begin(), frames_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
}

void SendQueue::clear() {
  // A busy connection keeps a little room; one that was slow gives its large one back.
  if (frames_.capacity() > 256) std::vector<Frame>().swap(frames_);
  frames_.clear();
  first_ = 0;
  first_offset_ = 0;
  bytes_ = 0;
}

}  // namespace vitrine::net
