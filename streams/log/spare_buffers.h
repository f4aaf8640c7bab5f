#pragma once
// Buffers that groups were gathered and written in, kept for the next ones. Growing a fresh buffer
// to a megabyte copies what is in it several times and has the kernel clear its pages; a commit
// every few milliseconds pays for that again and again.
//
// Threads: any; the mutex guards the list. Bound: what is over kBytesMax is freed.
#include <mutex>
#include <vector>

#include "base/bytes.h"

namespace vitrine {

class SpareBuffers {
 public:
  static constexpr ByteCount kBytesMax = 10U << 20U;  // of spare capacity
  static constexpr std::size_t kBuffersMax = 64;

  Bytes take();  // empty; with some capacity when there was one to spare
  void give(Bytes buffer);

 private:
  std::mutex mutex_;
  std::vector<Bytes> spare_;
  ByteCount bytes_ = 0;
};

// For the sections of groups being gathered, and for whole groups as they stand in the file: apart,
// because their sizes are.
SpareBuffers& section_buffers();
SpareBuffers& group_buffers();

}  // namespace vitrine
