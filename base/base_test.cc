#include <doctest/doctest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <random>

#include "base/bytes.h"
#include "base/env.h"
#include "base/hash.h"
#include "base/metrics.h"

using namespace vitrine;

namespace {

struct TempFolder {
  std::string path;
  TempFolder() {
    const char* root = ::getenv("TMPDIR");
    std::string pattern = std::string(root != nullptr ? root : "/tmp") + "/vitrine-base-XXXXXX";
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path = pattern;
  }
  ~TempFolder() { std::filesystem::remove_all(path); }
};

}  // namespace

TEST_CASE(
    "crc32c agrees with the published vectors, chains, and is the same by instruction and by "
    "table") {
  CHECK(crc32c("123456789") == 0xE3069283U);
  CHECK(crc32c("") == 0U);
  CHECK(crc32c(Bytes(32, '\0')) == 0x8A9136AAU);
  CHECK(crc32c(Bytes(32, '\xff')) == 0x62A8AB43U);
  CHECK(crc32c("6789", crc32c("12345")) == 0xE3069283U);
  std::mt19937_64 random{7};
  for (std::size_t size = 0; size < 200; ++size) {
    Bytes data;
    for (std::size_t i = 0; i < size; ++i) data += static_cast<char>(random());
    CHECK(crc32c(data) == crc32c_by_table(data));
  }
}

TEST_CASE("murmur2 agrees with Kafka's Java client") {
  const auto java = [](BytesView key) { return static_cast<std::int32_t>(murmur2(key)); };
  CHECK(java("21") == -973932308);
  CHECK(java("foobar") == -790332482);
  CHECK(java("a-little-bit-long-string") == -985981536);
  CHECK(java("a-little-bit-longer-string") == -1486304829);
  CHECK(java("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8") == -58897971);
  CHECK(java("abc") == 479470107);
}

TEST_CASE("varints and byte strings come back, and a short or overlong input is refused") {
  Bytes out;
  for (const std::uint64_t v : {0ULL, 1ULL, 127ULL, 128ULL, 1ULL << 35U, ~0ULL}) put_varint(out, v);
  for (const std::int64_t v : {std::int64_t{0}, std::int64_t{-1}, INT64_MIN, INT64_MAX})
    put_signed(out, v);
  put_bytes(out, BytesView("a\0b", 3));
  ByteReader in{out};
  for (const std::uint64_t v : {0ULL, 1ULL, 127ULL, 128ULL, 1ULL << 35U, ~0ULL})
    CHECK(in.varint() == v);
  for (const std::int64_t v : {std::int64_t{0}, std::int64_t{-1}, INT64_MIN, INT64_MAX})
    CHECK(in.signed_varint() == v);
  CHECK(in.bytes() == BytesView("a\0b", 3));
  CHECK(in.ok());
  CHECK(in.at_end());
  const Bytes endless(11, '\xff');
  ByteReader overlong{endless};
  overlong.varint();
  CHECK_FALSE(overlong.ok());
  ByteReader beyond{
      "\x05"
      "abc"};
  CHECK(beyond.bytes().empty());
  CHECK_FALSE(beyond.ok());
}

TEST_CASE("a file keeps what is written, reads stop at its end, and names are listed sorted") {
  const TempFolder temp;
  Disk& disk = real_env().disk;
  const std::string folder = temp.path + "/a/b";
  REQUIRE(disk.make_folder(folder));
  REQUIRE(disk.make_folder(folder));
  auto file = disk.open(folder + "/two", OpenMode::CreateNew);
  REQUIRE(file);
  REQUIRE((*file)->write_at(3, "hello"));
  REQUIRE((*file)->sync());
  CHECK(*(*file)->size() == 8);
  CHECK(*(*file)->read_at(0, 100) == BytesView("\0\0\0hello", 8));
  CHECK((*file)->read_at(8, 5)->empty());
  CHECK(disk.open(folder + "/two", OpenMode::CreateNew).error().code == Code::Conflict);
  CHECK(disk.open(folder + "/none", OpenMode::ReadOnly).error().code == Code::NotFound);
  REQUIRE(disk.open(folder + "/one", OpenMode::CreateNew));
  CHECK(*disk.list(folder) == std::vector<std::string>{"one", "two"});
  REQUIRE(disk.rename(folder + "/two", folder + "/three"));
  REQUIRE(disk.remove(folder + "/one"));
  REQUIRE(disk.sync_folder(folder));
  CHECK(*disk.list(folder) == std::vector<std::string>{"three"});
  CHECK_FALSE(disk.file_system(folder).empty());
}

TEST_CASE("a full disk answers StorageFull and says what to do") {
  auto full = real_env().disk.open("/dev/full", OpenMode::ReadWrite);
  REQUIRE(full);
  const auto written = (*full)->write_at(0, "x");
  REQUIRE_FALSE(written);
  CHECK(written.error().code == Code::StorageFull);
  CHECK(written.error().message.find("free space") != std::string::npos);
}

TEST_CASE("a folder has one holder at a time, who is named to the second") {
  const TempFolder temp;
  Disk& disk = real_env().disk;
  auto first = disk.lock_folder(temp.path);
  REQUIRE(first);
  auto second = disk.lock_folder(temp.path);
  REQUIRE_FALSE(second);
  CHECK(second.error().code == Code::Conflict);
  CHECK(second.error().message.find(std::to_string(::getpid())) != std::string::npos);
  first->reset();
  CHECK(disk.lock_folder(temp.path));
}

TEST_CASE("histogram quantiles are right to within ten percent over nine decades") {
  for (std::uint64_t value = 1; value < 5'000'000'000ULL; value = value * 7 / 4 + 1) {
    Histogram h;
    for (int i = 0; i < 100; ++i) h.record(value);
    h.record(value * 4);
    const auto p50 = static_cast<double>(h.quantile(0.5));
    const auto exact = static_cast<double>(value);
    CHECK(p50 >= 0.9 * exact - 1);
    CHECK(p50 <= 1.1 * exact + 1);
    CHECK(h.max() == value * 4);
    CHECK(h.count() == 101);
  }
  CHECK(Histogram{}.quantile(0.5) == 0);
}

TEST_CASE("metrics print in the Prometheus text format, and a name gives the same metric again") {
  counter("vitrine_test_things_total", "Things.", "kind", "a\"b").add(2);
  counter("vitrine_test_things_total", "Things.", "kind", "a\"b").add(1);
  gauge("vitrine_test_level", "Level.").set(-4);
  histogram("vitrine_test_wait_seconds", "Wait.").record(1'000'000);
  const std::string text = prometheus_text();
  CHECK(text.find("# TYPE vitrine_test_things_total counter\n"
                  "vitrine_test_things_total{kind=\"a\\\"b\"} 3\n") != std::string::npos);
  CHECK(text.find("vitrine_test_level -4\n") != std::string::npos);
  CHECK(text.find("vitrine_test_wait_seconds_count 1\n") != std::string::npos);
  CHECK(text.find("vitrine_test_wait_seconds{quantile=\"0.5\"} 0.0009") != std::string::npos);
  CHECK(text.find("vitrine_test_level") < text.find("vitrine_test_things_total"));
}
