#include "streams/store/wide_memory.h"

#include <sys/mman.h>

#include "base/result.h"

namespace vitrine {

WideMemory wide_memory(ByteCount bytes) {
  constexpr ByteCount kCacheLine = 64;
  const ByteCount alignment = bytes < kWidePageBytes ? kCacheLine : kWidePageBytes;
  const ByteCount rounded = (bytes + alignment - 1) / alignment * alignment;
  WideMemory memory(static_cast<char*>(std::aligned_alloc(alignment, rounded)));
  VT_CHECK_MSG(memory != nullptr, "no memory for a table");
  // A kernel that has no huge pages to give refuses or ignores it: the memory is as good.
  if (rounded >= kWidePageBytes) ::madvise(memory.get(), rounded, MADV_HUGEPAGE);
  return memory;
}

}  // namespace vitrine
