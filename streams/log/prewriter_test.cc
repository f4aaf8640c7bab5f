#include "streams/log/prewriter.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "sim/test_folder.h"
#include "streams/log/format.h"

using namespace vitrine;
using sim::TempFolder;

namespace {

constexpr ByteCount kSegment = 1U << 20U;
constexpr ByteCount kAhead = 64U << 10U;
constexpr ByteCount kGroup = 4U << 10U;

struct Zeros {
  TempFolder temp;
  std::unique_ptr<Prewriter> prewriter;

  Zeros() {
    JournalOptions options;
    options.segment_bytes = kSegment;
    options.prewrite_bytes = kAhead;
    options.background = false;
    prewriter = std::make_unique<Prewriter>(real_env().disk, temp.path, options,
                                            [](const Error&) { FAIL("a sync failed"); });
    const std::string path = path_of(1);
    prewriter->begin({1, path, real_env().disk.open(path, OpenMode::CreateNew).value()}, 0, 0);
  }
  std::string path_of(std::uint64_t id) const {
    return temp.path + "/" + journal_format::segment_name(id);
  }
  std::uint64_t size_of(std::uint64_t id) const {
    if (!real_env().disk.exists(path_of(id))) return 0;
    return real_env().disk.open(path_of(id), OpenMode::ReadOnly).value()->size().value();
  }
  void write_up_to(std::uint64_t end) const {
    prewriter->reserve(end);
    while (prewriter->work_once()) {
    }
  }
};

}  // namespace

TEST_CASE("the next segment is full of zeros before its turn, and then needs none") {
  const Zeros zeros;
  for (std::uint64_t end = kGroup; end <= kSegment; end += kGroup) {
    zeros.write_up_to(end);
    CHECK(zeros.size_of(1) >= std::min<std::uint64_t>(end + kAhead, kSegment));
    CHECK(zeros.size_of(1) <= kSegment);
    if (end <= kSegment / 2) CHECK(zeros.size_of(2) == 0);
  }
  CHECK(zeros.size_of(2) == kSegment);
  CHECK(zeros.prewriter->take_next().value().id == 2);
  for (std::uint64_t end = kGroup; end <= kSegment / 2; end += kGroup) {
    zeros.prewriter->reserve(end);
    CHECK_FALSE(zeros.prewriter->work_once());
  }
}

TEST_CASE("slices of zeros are small while the writer is slow, and large when it comes near") {
  constexpr ByteCount kSmall = 64U << 10U;
  const Zeros zeros;
  zeros.write_up_to(kGroup);
  const std::uint64_t begun = zeros.size_of(1);
  zeros.write_up_to(begun - kAhead + kGroup);
  CHECK(zeros.size_of(1) == begun + kSmall);
  zeros.prewriter->reserve(begun + kSmall);
  REQUIRE(zeros.prewriter->work_once());
  CHECK(zeros.size_of(1) > begun + 2 * kSmall);
}
