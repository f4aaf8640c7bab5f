#pragma once
// Rows of a store in the order of their encoded keys, a page at a time, read beside the task.
//
// A page is made in two steps. take_part() runs between two records, on the thread of the task: it
// passes once over the store's cached entries (about 10 ns each) and copies those that the backend
// does not hold yet, within the page's bounds. merged() runs anywhere: it reads the backend as it
// stood then. Keys begin with their virtual partition there, so a page asks the backend 1,024
// times, 10 to 20 ms on RocksDB. Prefer few large pages to many small ones; one key is state_get's.
//
// Several shards give a part each: their rows are merged by key, whether they share a backend or
// have their own.
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "streams/store/store.h"

namespace vitrine {

// Keys from `from` on and before `to`, as bytes.
struct StateScan {
  std::string store;
  Bytes from;
  std::optional<Bytes> to;  // none: to the end
  std::size_t rows_max = 1'000;
  ByteCount bytes_max = 1U << 20U;  // of keys and values; one row is told whatever its size

  // The rows whose key begins with `prefix`.
  static StateScan of_prefix(std::string store, BytesView prefix);
};

// Rows as of one moment. There may be fewer than rows_max, also none, and more to come: go on with
// `from = *next` until there is no next.
struct StatePage {
  std::vector<std::pair<Bytes, Bytes>> rows;  // key, value
  std::optional<Bytes> next;
};

// The smallest keys of those that were added, within bounds. Where it was cut, nothing is known.
class SmallestRows {
 public:
  using Value = std::optional<Bytes>;  // none: the key has no value
  SmallestRows(const StateScan& scan, std::size_t rows_max);

  bool wants(BytesView key) const;  // false for ever once it is false for a smaller key
  void add(BytesView key, Value value);
  void cut_at(const Bytes& key);  // from here on nothing is known
  const std::optional<Bytes>& cut() const { return cut_; }
  bool holds(BytesView key) const { return rows_.contains(key); }
  const std::map<Bytes, Value, std::less<>>& rows() const { return rows_; }

 private:
  Bytes from_;
  std::optional<Bytes> to_;
  std::size_t rows_max_;
  ByteCount bytes_max_;
  ByteCount bytes_ = 0;
  std::optional<Bytes> cut_;
  std::map<Bytes, Value, std::less<>> rows_;
};

// What one task has to say.
struct ScanPart {
  SmallestRows newer;                 // than the backend
  std::unique_ptr<FrozenRows> below;  // null: the backend is empty
  bool settled = true;                // every change among them is known to be committed
  // Several shards may share what is below, and each has looked at another time: of its rows only
  // the shard's own count.
  ShardPlace place = {};
  HomeOf home = virtual_partition;
  bool ours(BytesView key) const { return place.owns(home(key)); }
  bool has_partition(std::uint32_t vp) const {
    return home != HomeOf{virtual_partition} || place.owns(vp);
  }
};

// NotFound when there is no such store.
Result<ScanPart> take_part(const StoreSet& stores, const StateScan& scan);
StatePage merged(const StateScan& scan, std::span<const ScanPart> parts);

// Where state is asked for: an Engine or a TestDriver. StateView (vitrine/state_view.h) is the
// typed way in.
class StateReader {
 public:
  virtual ~StateReader() = default;
  // The committed value of one key of a named store, encoded.
  virtual std::optional<Bytes> state_get(const std::string& store, BytesView key) const = 0;
  virtual Result<StatePage> state_scan(const StateScan& scan) const;
  // "name|key|value" of each store, sorted.
  virtual std::vector<std::string> state_types() const { return {}; }
};

}  // namespace vitrine
