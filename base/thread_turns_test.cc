#include "base/thread_turns.h"

#include <doctest/doctest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <thread>

using namespace vitrine;

namespace {

struct Turn {
  std::int32_t nice = 0;
  std::uint64_t nanos = 0;  // 0: the kernel does not tell
};

Turn own_turn() {
  std::array<char, 48> attributes{};  // sched_attr: nice at 16, the length of a turn at 24
  Turn out;
  if (::syscall(SYS_sched_getattr, 0, attributes.data(), attributes.size(), 0U) != 0) return out;
  std::memcpy(&out.nice, attributes.data() + 16, sizeof out.nice);
  std::memcpy(&out.nanos, attributes.data() + 24, sizeof out.nanos);
  return out;
}

}  // namespace

TEST_CASE("short turns are the thread's own: no larger share, and nothing for threads it starts") {
  const Turn before = own_turn();
  Turn own, child;
  std::thread([&] {
    take_short_turns();
    own = own_turn();
    std::thread([&] { child = own_turn(); }).join();
  }).join();
  CHECK(own.nice == before.nice);
  CHECK(child.nice == before.nice);
  CHECK(child.nanos == before.nanos);
  // Kernels before Linux 6.12 have one length for all, and tell none.
  if (before.nanos != 0) CHECK(own.nanos < before.nanos);
}
