#pragma once
// Memory for large tables: blocks of 2 MiB and more ask the kernel for huge pages. Looking up one
// of a million entries then costs a cache miss, and no walk through the page tables besides.
#include <cstdlib>
#include <memory>

#include "base/bytes.h"

namespace vitrine {

struct FreeWideMemory {
  void operator()(char* memory) const { std::free(memory); }
};
using WideMemory = std::unique_ptr<char[], FreeWideMemory>;

inline constexpr ByteCount kWidePageBytes = 2U << 20U;

// Not cleared; begins at a cache line.
WideMemory wide_memory(ByteCount bytes);

}  // namespace vitrine
