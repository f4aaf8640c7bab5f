#include "streams/store/rocksdb_files.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "sim/test_folder.h"
#include "streams/store/store.h"

using namespace vitrine;
using sim::TempFolder;

namespace {

constexpr int kRows = 40'000;

Bytes key_of(int n) {
  return backend_prefix(static_cast<std::uint32_t>(n) % 1024, "s") + std::to_string(n);
}

// So many rows that they become a file; every tenth is a removal.
RowBatch many(const std::string& version) {
  RowBatch rows;
  for (int n = 0; n < kRows; ++n) {
    rows.begin(static_cast<std::uint32_t>(n) % 1024, "s", std::to_string(n));
    if (n % 10 != 0) rows.value() += version + std::string(200, 'x');
    rows.end(n % 10 == 0);
  }
  rows.sort();
  REQUIRE(rows.bytes() >= SortedFiles::kBytesMin);
  return rows;
}

std::string version_of(const StateBackend& backend, int n) {
  Bytes value;
  return backend.get(key_of(n), value) ? value.substr(0, value.find('x')) : "none";
}

// What a killed process leaves is what its files hold at that moment.
void kill_into(const TempFolder& folder, const TempFolder& copy) {
  std::filesystem::remove_all(copy.path);
  std::filesystem::copy(folder.path, copy.path, std::filesystem::copy_options::recursive);
}

std::vector<std::string> names_with(const std::string& folder, const std::string& part) {
  std::vector<std::string> out;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    if (const std::string name = file.path().filename(); name.find(part) != std::string::npos)
      out.push_back(name);
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

TEST_CASE("rows are sorted as the backend sorts their keys, whatever their first bytes") {
  // The first ones share a home, and often the bytes that are looked at first.
  std::vector<Bytes> own{"key-00000100001", "key-00000100000", "key-000001", "key-000000",
                         "ab", "\xff", std::string("a\0\0b", 4), std::string("a\0", 2), "a", ""};
  const std::size_t together = own.size();
  for (int n = 0; n < 3'000; ++n) own.push_back("key-" + std::to_string(n * 7'919 % 3'000));
  RowBatch rows;
  std::vector<Bytes> expected;
  for (std::size_t i = 0; i < own.size(); ++i) {
    const auto home = i < together ? 7 : static_cast<std::uint32_t>(i * 31 % 1024);
    rows.begin(home, "s", own[i]);
    rows.value() += own[i];
    rows.end(i % 3 == 0);
    expected.push_back(backend_prefix(home, "s") + own[i]);
  }
  std::sort(expected.begin(), expected.end());
  rows.sort();
  REQUIRE(rows.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(rows.row(i).key == expected[i]);
    CHECK((rows.row(i).removed ? rows.row(i).value.empty()
                               : rows.row(i).key.ends_with(rows.row(i).value)));
  }
}

TEST_CASE("a file is newer than what was written before it, and older than what comes after") {
  TempFolder folder;
  {
    auto backend = rocksdb_backend(folder.path).value();
    REQUIRE(backend->write_rows(many("first ")));
    std::vector<StateBackend::Change> small;  // as evictions do: it stays in the memtable
    for (int n = 0; n < 100; ++n) small.push_back({key_of(n), "before ", false});
    REQUIRE(backend->write(small, Epoch{1}));
    REQUIRE(backend->write_rows(many("second ")));
    CHECK(version_of(*backend, 5) == "second ");
    CHECK(version_of(*backend, 10) == "none");  // removed by the file
    small = {{key_of(7), "after ", false}, {key_of(20), "after ", false}};
    REQUIRE(backend->write(small, Epoch{2}));
    CHECK(version_of(*backend, 7) == "after ");
    CHECK(version_of(*backend, 20) == "after ");
    REQUIRE(backend->flush());
  }
  auto backend = rocksdb_backend(folder.path).value();
  CHECK(backend->applied() == Epoch{2});
  CHECK(version_of(*backend, 7) == "after ");
  CHECK(version_of(*backend, 5) == "second ");
  CHECK(version_of(*backend, 30) == "none");
  CHECK(version_of(*backend, kRows - 1) == "second ");
}

TEST_CASE("killed between a file and what says so: rows are ahead of applied, never behind") {
  TempFolder folder, killed;
  auto backend = rocksdb_backend(folder.path).value();
  REQUIRE(backend->write_rows(many("first ")));
  REQUIRE(backend->write({}, Epoch{1}));
  REQUIRE(backend->flush());
  REQUIRE(backend->write_rows(many("second ")));
  kill_into(folder, killed);
  {
    auto after = rocksdb_backend(killed.path).value();
    CHECK(after->applied() == Epoch{1});
    CHECK(version_of(*after, 1) == "second ");
  }
  REQUIRE(backend->write({}, Epoch{2}));  // in the memtable, which a kill takes
  kill_into(folder, killed);
  CHECK(rocksdb_backend(killed.path).value()->applied() == Epoch{1});
  REQUIRE(backend->flush());
  kill_into(folder, killed);
  auto after = rocksdb_backend(killed.path).value();
  CHECK(after->applied() == Epoch{2});
  for (int n = 1; n < kRows; n += 997)
    CHECK(version_of(*after, n) == (n % 10 == 0 ? "none" : "second "));
}

TEST_CASE("what a kill left of a file that was not taken over is removed by the next start") {
  TempFolder folder;
  {
    auto backend = rocksdb_backend(folder.path).value();
    REQUIRE(backend->write_rows(many("first ")));
    REQUIRE(backend->write({}, Epoch{1}));
    REQUIRE(backend->flush());
    CHECK(names_with(folder.path, "incoming-").empty());
  }
  const auto before = names_with(folder.path, ".sst");
  REQUIRE_FALSE(before.empty());
  const std::string whole = folder.path + "/" + before.front();
  // Half written; whole; and under RocksDB's own kind of name without being in its manifest.
  std::filesystem::copy(whole, folder.path + "/incoming-1.sst");
  std::filesystem::resize_file(folder.path + "/incoming-1.sst", 4'000);
  std::filesystem::create_hard_link(whole, folder.path + "/incoming-2.sst");
  std::filesystem::copy(whole, folder.path + "/900000.sst");
  {
    auto backend = rocksdb_backend(folder.path).value();
    CHECK(names_with(folder.path, "incoming-").empty());
    CHECK(backend->applied() == Epoch{1});
    CHECK(version_of(*backend, 1) == "first ");
    REQUIRE(backend->write_rows(many("second ")));  // its name is free again
    CHECK(version_of(*backend, 1) == "second ");
  }
  CHECK(rocksdb_backend(folder.path).value()->applied() == Epoch{1});
  CHECK(names_with(folder.path, "900000.sst").empty());
}

TEST_CASE("a copy holds the rows of files") {
  TempFolder folder, copies;
  auto backend = rocksdb_backend(folder.path).value();
  REQUIRE(backend->write_rows(many("first ")));
  REQUIRE(backend->write({}, Epoch{3}));
  const std::string copy = copies.path + "/copy";
  REQUIRE(backend->copy_to(copy));
  REQUIRE(backend->write_rows(many("second ")));
  auto copied = rocksdb_backend(copy).value();
  CHECK(copied->applied() == Epoch{3});
  CHECK(version_of(*copied, 1) == "first ");
  CHECK(rocksdb_backend_for_reading(copy).value()->applied() == Epoch{3});
}
