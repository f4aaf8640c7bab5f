#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "sim/test_folder.h"
#include "streams/store/typed_store.h"

using namespace vitrine;
using sim::TempFolder;

namespace {

struct Change {
  Bytes key;
  Bytes value;
  bool removed;
  bool operator==(const Change&) const = default;
};

std::vector<Change> drained(StoreSet& stores, std::uint64_t epoch) {
  std::vector<Change> out;
  stores.drain(Epoch{epoch}, [&](const std::string&, BytesView key, BytesView value, bool removed) {
    out.push_back({Bytes(key), Bytes(value), removed});
  });
  return out;
}

void checkpoint(StoreSet& stores, std::uint64_t epoch) {
  stores.begin_checkpoint(Epoch{epoch});
  while (!stores.checkpoint_slice(2).value()) {
  }
}

}  // namespace

TEST_CASE("a store finds what was put, changed and erased") {
  auto backend = memory_backend();
  StoreSet stores{*backend, 1U << 20U};
  auto& counts = stores.keyed<std::string, std::int64_t>("counts");

  stores.begin_record();
  ++counts.upsert("a");
  counts.upsert("b", 40) += 2;
  counts.put("c", 7);
  counts.erase("c");
  counts.erase("never there");

  CHECK(*counts.find("a") == 1);
  CHECK(*counts.find("b") == 42);
  CHECK(counts.find("c") == nullptr);
  CHECK(&stores.keyed<std::string, std::int64_t>("counts") == &counts);
}

TEST_CASE("deltas are absolute values in the order of first change, once a key and epoch") {
  auto backend = memory_backend();
  StoreSet stores{*backend, 1U << 20U};
  auto& names = stores.keyed<std::uint64_t, std::string>("names");
  stores.begin_record();
  names.put(2, "two");
  names.put(1, "one");
  stores.begin_record();
  names.put(2, "TWO");
  names.erase(1);

  const auto deltas = drained(stores, 1);

  REQUIRE(deltas.size() == 2);
  CHECK(deltas[0] == Change{encoded(std::uint64_t{2}), "TWO", false});
  CHECK(deltas[1] == Change{encoded(std::uint64_t{1}), "", true});
  CHECK(drained(stores, 2).empty());
}

TEST_CASE("an undone record leaves no trace in values or deltas") {
  auto backend = memory_backend();
  StoreSet stores{*backend, 1U << 20U};
  auto& counts = stores.keyed<std::string, std::int64_t>("counts");
  stores.begin_record();
  counts.put("kept", 1);

  stores.begin_record();
  counts.upsert("kept") = 99;
  counts.erase("kept");
  counts.put("new", 5);
  stores.undo_record();

  CHECK(*counts.find("kept") == 1);
  CHECK(counts.find("new") == nullptr);
  CHECK(drained(stores, 1) == std::vector<Change>{{"kept", encoded(std::int64_t{1}), false}});
}

TEST_CASE("only committed entries are evicted, and come back from the backend") {
  auto backend = memory_backend();
  StoreSet stores{*backend, 4'000};
  auto& values = stores.keyed<std::uint64_t, std::string>("values");
  for (std::uint64_t i = 0; i < 200; ++i) {
    stores.begin_record();
    values.put(i, "value " + std::to_string(i));
  }
  stores.begin_record();
  CHECK(stores.evictions() == 0);  // nothing is committed yet
  CHECK(stores.bytes() > 4'000);

  drained(stores, 1);
  stores.begin_record();
  CHECK(stores.evictions() == 0);
  stores.committed(Epoch{1});
  stores.begin_record();

  CHECK(stores.evictions() > 150);
  CHECK(stores.bytes() <= 4'000);
  CHECK(backend->applied() == Epoch{0});  // evictions claim nothing
  for (std::uint64_t i = 0; i < 200; ++i) {
    const auto* found = values.find(i);
    REQUIRE(found != nullptr);
    CHECK(*found == "value " + std::to_string(i));
  }
}

TEST_CASE("what is on its way to disk does not reach the backend before it is committed") {
  auto backend = memory_backend();
  StoreSet stores{*backend, 4'000};
  auto& values = stores.keyed<std::uint64_t, std::string>("values");
  const auto put_all = [&](const std::string& value) {
    for (std::uint64_t i = 0; i < 200; ++i) values.put(i, value);
  };
  const auto in_backend = [&] {
    std::size_t count = 0;
    backend->scan({}, [&](BytesView, BytesView) { ++count; });
    return count;
  };
  put_all("first");
  drained(stores, 1);
  put_all("second");
  drained(stores, 2);
  stores.committed(Epoch{1});
  stores.begin_record();
  CHECK(in_backend() == 0);
  stores.committed(Epoch{2});
  stores.begin_record();
  CHECK(in_backend() > 0);
}

TEST_CASE("a checkpoint and the deltas after it restore the state on RocksDB") {
  TempFolder folder;
  {
    auto backend = rocksdb_backend(folder.path).value();
    StoreSet stores{*backend, 1U << 20U};
    auto& counts = stores.keyed<std::string, std::int64_t>("counts");
    for (int i = 0; i < 9; ++i) counts.put("key " + std::to_string(i), i);
    drained(stores, 4);
    stores.committed(Epoch{4});
    checkpoint(stores, 4);
    REQUIRE(backend->flush());
    CHECK(backend->applied() == Epoch{4});
  }
  auto backend = rocksdb_backend(folder.path).value();
  CHECK(backend->applied() == Epoch{4});
  StoreSet stores{*backend, 1U << 20U};
  auto& counts = stores.keyed<std::string, std::int64_t>("counts");
  CHECK(stores.restore("counts", "key 3", encoded(std::int64_t{33}), false));
  CHECK(stores.restore("counts", "key 4", {}, true));
  CHECK_FALSE(stores.restore("gone", "key", {}, true));

  CHECK(*counts.find("key 2") == 2);
  CHECK(*counts.find("key 3") == 33);
  CHECK(counts.find("key 4") == nullptr);
  std::vector<std::string> keys;
  counts.for_each([&](std::string_view key, std::int64_t) { keys.emplace_back(key); });
  CHECK(keys == std::vector<std::string>{"key 0", "key 1", "key 2", "key 3", "key 5", "key 6",
                                         "key 7", "key 8"});
}

TEST_CASE("what was written after the last flush may be lost, but never half") {
  TempFolder folder;
  {
    auto backend = rocksdb_backend(folder.path).value();
    REQUIRE(backend->write({{"\x01key", "old", false}}, Epoch{1}));
    REQUIRE(backend->flush());
    REQUIRE(backend->write({{"\x01key", "new", false}}, Epoch{2}));
  }
  auto backend = rocksdb_backend(folder.path).value();
  Bytes value;
  REQUIRE(backend->get("\x01key", value));
  CHECK(value == (backend->applied() == Epoch{2} ? "new" : "old"));
}

TEST_CASE("what changes while a slice is being written stays newer than the backend") {
  auto backend = memory_backend();
  StoreSet stores{*backend, 1};  // nothing may stay, and yet nothing is lost
  auto& counts = stores.keyed<std::string, std::int64_t>("counts");
  stores.begin_record();
  counts.put("still", 1);
  counts.put("moving", 1);
  drained(stores, 1);
  stores.committed(Epoch{1});

  stores.begin_checkpoint(Epoch{1});
  stores.gather_slice(10, true);
  stores.begin_record();
  counts.put("moving", 2);
  drained(stores, 2);
  stores.committed(Epoch{2});
  counts.put("other", 3);
  drained(stores, 3);
  stores.committed(Epoch{3});
  stores.begin_record();  // "moving" must stay, or the slice would then write its former value
  CHECK(stores.evictions() == 1);
  CHECK(stores.write_slice());
  CHECK_FALSE(stores.end_slice({}).value());
  stores.begin_record();
  CHECK(stores.evictions() == 3);
  CHECK(*counts.find("still") == 1);
  CHECK(*counts.find("moving") == 2);

  StoreSet again{*backend, 1U << 20U};
  auto& kept = again.keyed<std::string, std::int64_t>("counts");
  CHECK(*kept.find("moving") == 2);
}

TEST_CASE("a checkpoint passes over what is on its way to disk, and takes it when it is there") {
  auto backend = memory_backend();
  StoreSet stores{*backend, 1U << 20U};
  auto& counts = stores.keyed<std::string, std::int64_t>("counts");
  stores.begin_record();
  counts.put("there", 1);
  counts.put("moving", 1);
  drained(stores, 1);
  stores.committed(Epoch{1});
  counts.put("moving", 2);
  drained(stores, 2);  // on its way
  stores.begin_record();
  counts.put("being built", 3);

  using Gathered = StoreSet::Gathered;
  stores.begin_checkpoint(Epoch{1});
  CHECK(stores.gather_slice(10, false) == Gathered::Unsettled);
  CHECK(stores.wants_settled());
  stores.committed(Epoch{2});
  drained(stores, 3);
  stores.committed(Epoch{3});
  CHECK(stores.gather_slice(10, true) == Gathered::Full);
  CHECK_FALSE(stores.wants_settled());
  CHECK(stores.write_slice());
  CHECK_FALSE(stores.end_slice({}, 1).value());
  CHECK(stores.ending());
  CHECK_FALSE(stores.end_slice({}).value());
  CHECK_FALSE(stores.ending());
  CHECK(stores.gather_slice(10, true) == Gathered::Nothing);
  CHECK(backend->applied() == Epoch{0});  // not before the last row is there
  CHECK(stores.end_slice(stores.write_slice()).value());
  CHECK(backend->applied() == Epoch{1});
  StoreSet again{*backend, 1U << 20U};
  CHECK(*again.keyed<std::string, std::int64_t>("counts").find("moving") == 2);
}

TEST_CASE("a slice that could not be written is gathered again") {
  auto backend = memory_backend();
  StoreSet stores{*backend, 1U << 20U};
  auto& counts = stores.keyed<std::string, std::int64_t>("counts");
  stores.begin_record();
  counts.put("a", 1);
  drained(stores, 1);
  stores.committed(Epoch{1});

  stores.begin_checkpoint(Epoch{1});
  stores.gather_slice(10, true);
  CHECK_FALSE(stores.end_slice(fail(Code::StorageFull, "write: no space left")));
  while (!stores.checkpoint_slice(10).value()) {
  }
  CHECK(backend->applied() == Epoch{1});
  StoreSet again{*backend, 1U << 20U};
  CHECK(*again.keyed<std::string, std::int64_t>("counts").find("a") == 1);
}

TEST_CASE("keys that were expected are found as ever, there or not") {
  auto backend = memory_backend();
  StoreSet stores{*backend, 1U << 20U};
  auto& counts = stores.keyed<std::string, std::int64_t>("counts");
  stores.begin_record();
  for (int i = 0; i < 20'000; ++i) {
    counts.expect(std::to_string(i + 7));
    ++counts.upsert(std::to_string(i));
  }
  for (int i = 0; i < 20'000; ++i) CHECK(*counts.find(std::to_string(i)) == 1);
  CHECK_FALSE(counts.contains("20000"));
}

TEST_CASE("values keep their alignment in a store") {
  struct alignas(16) Pair {
    std::uint64_t low = 0, high = 0;
    auto fields() { return std::tie(low, high); }
  };
  auto backend = memory_backend();
  StoreSet stores{*backend, 1U << 20U};
  auto& pairs = stores.keyed<std::string, Pair>("pairs");
  auto& flags = stores.keyed<std::string, bool>("flags");
  stores.begin_record();
  for (int i = 0; i < 3'000; ++i) {
    const std::string key = std::to_string(i);
    CHECK(reinterpret_cast<std::uintptr_t>(&pairs.upsert(key)) % 16 == 0);
    flags.put(key, i % 2 == 0);
  }
  for (int i = 0; i < 3'000; ++i) CHECK(*flags.find(std::to_string(i)) == (i % 2 == 0));
}
