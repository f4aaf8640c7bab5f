#pragma once
// The unsent bytes of one connection: shared frames in order, and how much of the first has left.
//
// A visit's write takes everything pending: small frames are copied side by side into one buffer
// (a copy of 200 bytes costs less than an entry of a vector for the kernel), large ones are written
// from where they are. Costs no memory while empty.
#include <array>
#include <vector>

#include <sys/uio.h>

#include "net/server.h"
#include "net/tls.h"

namespace vitrine::net {

class SendQueue {
 public:
  void push(Frame frame) {
    if (!frame || frame->empty()) return;
    bytes_ += frame->size();
    frames_.push_back(std::move(frame));
  }
  bool empty() const { return bytes_ == 0; }
  ByteCount bytes() const { return bytes_; }
  void clear();

  // One write of everything pending (or as much as `scratch` and the kernel take). Done means some
  // bytes left; tls may be null.
  IoResult write(int fd, TlsSession* tls, std::string& scratch);

 private:
  struct Plan {
    std::array<iovec, 64> parts{};
    std::size_t part_count = 0;
    ByteCount bytes = 0;
  };
  Plan plan(std::string& scratch, bool copy_all) const;
  void advance(ByteCount written);

  std::vector<Frame> frames_;
  std::size_t first_ = 0;        // frames before it have left
  ByteCount first_offset_ = 0;   // bytes of frames_[first_] that have left
  ByteCount bytes_ = 0;
};

inline constexpr ByteCount kScratchBytes = 512U << 10U;

}  // namespace vitrine::net
