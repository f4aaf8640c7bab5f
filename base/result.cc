#include "base/result.h"

#include <cstdio>
#include <cstdlib>

namespace vitrine {

std::string_view name_of(Code code) {
  switch (code) {
    case Code::Invalid: return "invalid";
    case Code::NotFound: return "not-found";
    case Code::Conflict: return "conflict";
    case Code::OutOfRange: return "out-of-range";
    case Code::Corrupt: return "corrupt";
    case Code::StorageFull: return "storage-full";
    case Code::Overloaded: return "overloaded";
    case Code::Unavailable: return "unavailable";
    case Code::Unsupported: return "unsupported";
    case Code::Io: return "io";
  }
  return "unknown";
}

void check_failed(const char* file, int line, const char* what, std::string_view detail) {
  std::fprintf(stderr, "vitrine: broken invariant at %s:%d: %s %.*s\n", file, line, what,
               static_cast<int>(detail.size()), detail.data());
  std::fflush(stderr);
  std::abort();
}

}  // namespace vitrine
