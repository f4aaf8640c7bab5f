#include "streams/store/state_scan.h"

#include <doctest/doctest.h>

#include <array>

#include "streams/store/typed_store.h"

using namespace vitrine;

namespace {

using Rows = std::vector<std::pair<Bytes, Bytes>>;
using Texts = Store<std::string, std::string>;

void commit(StoreSet& stores, std::uint64_t epoch) {
  stores.drain(Epoch{epoch}, [](const std::string&, BytesView, BytesView, bool) {});
  stores.committed(Epoch{epoch});
}

void flush(StoreSet& stores, std::uint64_t epoch) {
  commit(stores, epoch);
  stores.begin_checkpoint(Epoch{epoch});
  while (!stores.checkpoint_slice(100).value()) {
  }
}

void put(StoreSet& stores, Texts& store, const std::string& key, const std::string& value) {
  stores.begin_record();
  store.put(key, value);
}

StatePage page_of(const StoreSet& stores, const StateScan& scan) {
  std::array<ScanPart, 1> parts{take_part(stores, scan).value()};
  return merged(scan, parts);
}

struct Fixture {
  std::unique_ptr<StateBackend> backend = memory_backend();
  StoreSet stores{*backend, 1U << 20U};
  Texts& store = stores.keyed<std::string, std::string>("texts");
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a range has the newest rows of cache and backend, in order of keys") {
  for (const char* key : {"d", "a", "c", "b", "e"}) put(stores, store, key, "old");
  flush(stores, 1);
  put(stores, store, "b", "new");
  put(stores, store, "bb", "new");
  stores.begin_record();
  store.erase("c");
  commit(stores, 2);

  CHECK(page_of(stores, {"texts", "b", "e"}).rows ==
        Rows{{"b", "new"}, {"bb", "new"}, {"d", "old"}});
  CHECK_FALSE(page_of(stores, {"texts", "b", "e"}).next.has_value());
  CHECK(page_of(stores, {"texts", "x", {}}).rows.empty());
  CHECK(page_of(stores, StateScan::of_prefix("texts", "b")).rows.size() == 2);
  CHECK(take_part(stores, {"text", {}, {}}).error().code == Code::NotFound);
}

TEST_CASE_FIXTURE(Fixture, "a page ends at its bounds and says where to go on") {
  for (const char* key : {"a", "b", "c", "d"}) put(stores, store, key, std::string(100, 'x'));
  flush(stores, 1);
  auto page = page_of(stores, {"texts", {}, {}, 3});
  CHECK(page.rows.size() == 3);
  CHECK(page.next == "d");
  page = page_of(stores, {"texts", {}, {}, 100, 250});
  CHECK(page.rows.size() == 2);
  CHECK(page.next == "c");
  CHECK(page_of(stores, {"texts", *page.next, {}, 100, 1}).rows.size() == 1);  // always one
}

TEST_CASE_FIXTURE(Fixture, "a part says when a change in its range is not known to be committed") {
  put(stores, store, "a", "1");
  commit(stores, 1);
  put(stores, store, "b", "2");
  CHECK_FALSE(take_part(stores, {"texts", {}, {}})->settled);
  CHECK(take_part(stores, {"texts", {}, "b"})->settled);
  stores.drain(Epoch{2}, [](const std::string&, BytesView, BytesView, bool) {});
  CHECK_FALSE(take_part(stores, {"texts", {}, {}})->settled);
  stores.committed(Epoch{2});
  CHECK(take_part(stores, {"texts", {}, {}})->settled);
}

TEST_CASE_FIXTURE(Fixture, "what is written after a part was taken is not on its page") {
  put(stores, store, "a", "1");
  flush(stores, 1);
  const StateScan scan{"texts", {}, {}};
  std::array<ScanPart, 1> parts{take_part(stores, scan).value()};
  put(stores, store, "a", "2");
  put(stores, store, "b", "2");
  flush(stores, 2);
  CHECK(merged(scan, parts).rows == Rows{{"a", "1"}});
}

TEST_CASE_FIXTURE(Fixture, "parts of several shards over one backend are one page") {
  StoreSet others{*backend, 1U << 20U};
  auto& other = others.keyed<std::string, std::string>("texts");
  put(stores, store, "a", "old");
  flush(stores, 1);
  put(others, other, "b", "old");
  flush(others, 2);
  put(stores, store, "a", "new");  // the first shard's key; the second one sees the backend's
  commit(stores, 3);
  others.begin_record();
  other.erase("b");
  put(others, other, "c", "new");
  commit(others, 3);

  const StateScan scan{"texts", {}, {}};
  std::vector<ScanPart> parts;
  for (const StoreSet* each : {&stores, &others}) parts.push_back(take_part(*each, scan).value());
  CHECK(merged(scan, parts).rows == Rows{{"a", "new"}, {"c", "new"}});
}

TEST_CASE("what one shard saw of another's rows below does not hide what that one says itself") {
  const auto backend = memory_backend();
  StoreSet first{*backend, 1U << 20U, {0, 2, {"own"}}};
  StoreSet second{*backend, 1U << 20U, {1, 2, {"own"}}};
  auto& texts = second.keyed<std::string, std::string>("texts");
  first.keyed<std::string, std::string>("texts");
  std::vector<std::string> keys;  // of the second shard
  for (char name = 'a'; keys.size() < 2; ++name) {
    if (second.place().owns(virtual_partition(Bytes(1, name)))) keys.emplace_back(1, name);
  }
  for (const std::string& key : keys) put(second, texts, key, "old");
  flush(second, 1);

  const StateScan scan{"texts", {}, {}};
  std::vector<ScanPart> parts;
  parts.push_back(take_part(first, scan).value());
  put(second, texts, keys[0], "new");
  second.begin_record();
  texts.erase(keys[1]);
  flush(second, 2);
  parts.push_back(take_part(second, scan).value());
  CHECK(merged(scan, parts).rows == Rows{{keys[0], "new"}});

  // Of what every shard has for itself the first one's is told, as state_get does.
  put(first, first.keyed<std::string, std::string>("own"), "k", "first");
  put(second, second.keyed<std::string, std::string>("own"), "k", "second");
  put(second, second.keyed<std::string, std::string>("own"), "l", "second");
  const StateScan own{"own", {}, {}};
  std::vector<ScanPart> both;
  for (const StoreSet* each : {&second, &first}) both.push_back(take_part(*each, own).value());
  CHECK(merged(own, both).rows == Rows{{"k", "first"}});
}
