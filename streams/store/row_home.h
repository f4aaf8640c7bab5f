#pragma once
// Which shard a row of state belongs to. Several shards of one App share the backend and the
// journal: a row is addressed by its store and key alone, so that it finds its shard whatever their
// number is, and a change of that number moves nothing.
//
// A row lives in a virtual partition, that of the record's key it was made for; shard = virtual
// partition mod number of shards, as for records. Stores that belong to a shard itself (stream
// time, broadcast tables, the engine's own) have a copy each: shard k writes "<name>@k", shard 0
// just "<name>", as a lone shard does.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"

namespace vitrine {

enum class RowHome {
  Key,    // by the row's key, which is the record's key (or says its home: Serde<K>::home)
  Scope,  // the row's key begins with the record's key, its length before it (put_bytes)
};

using HomeOf = std::uint32_t (*)(BytesView key);  // the virtual partition of a row

inline std::uint32_t home_of_scope(BytesView row) {
  ByteReader in(row);
  const BytesView scope = in.bytes();
  return virtual_partition(in.ok() ? scope : row);
}

struct ShardPlace {
  std::uint32_t number = 0;
  std::uint32_t count = 1;              // a power of two
  std::vector<std::string> own_stores;  // of which every shard has a copy
  bool units = false;  // on a UnitBroker: partitions are read apart, shards hear by topics only

  bool has_all_of(const std::string& store) const {
    return count == 1 || std::find(own_stores.begin(), own_stores.end(), store) != own_stores.end();
  }
  bool owns(std::uint32_t partition) const { return (partition & (count - 1)) == number; }
  std::string written_name(const std::string& store) const {
    if (number == 0 || !has_all_of(store)) return store;
    return store + "@" + std::to_string(number);
  }
};

}  // namespace vitrine
