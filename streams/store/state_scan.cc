#include "streams/store/state_scan.h"

#include <algorithm>

#include "base/hash.h"
#include "streams/store/cached_store.h"
#include "streams/store/store.h"

namespace vitrine {
namespace {

// Removed keys that the backend still has take up room among the newer rows and none on the page.
constexpr std::size_t kRemovedMax = 4'096;

class CopiedRows final : public FrozenRows {
 public:
  explicit CopiedRows(const StateBackend& backend) {
    backend.scan({}, [&](BytesView key, BytesView value) { rows_.emplace(key, value); });
  }
  void scan(BytesView prefix, BytesView from, const Visit& visit) const override {
    for (auto at = rows_.lower_bound(Bytes(prefix) + Bytes(from));
         at != rows_.end() && at->first.starts_with(prefix); ++at) {
      if (!visit(BytesView(at->first).substr(prefix.size()), at->second)) return;
    }
  }

 private:
  std::map<Bytes, Bytes, std::less<>> rows_;
};

}  // namespace

std::unique_ptr<FrozenRows> StateBackend::freeze() const {
  return std::make_unique<CopiedRows>(*this);
}

StateScan StateScan::of_prefix(std::string store, BytesView prefix) {
  StateScan scan{std::move(store), Bytes(prefix), {}};
  // The first key after all of them: the prefix, its last byte that is not 0xff raised by one.
  Bytes after(prefix);
  while (!after.empty() && after.back() == '\xff') after.pop_back();
  if (!after.empty()) {
    after.back() = static_cast<char>(static_cast<unsigned char>(after.back()) + 1);
    scan.to = std::move(after);
  }
  return scan;
}

SmallestRows::SmallestRows(const StateScan& scan, std::size_t rows_max)
    : from_(scan.from),
      to_(scan.to),
      rows_max_(std::max<std::size_t>(1, rows_max)),
      bytes_max_(scan.bytes_max) {}

bool SmallestRows::wants(BytesView key) const {
  return key >= from_ && (!to_ || key < *to_) && (!cut_ || key < *cut_);
}

void SmallestRows::add(BytesView key, Value value) {
  const auto size_of = [](BytesView of, const Value& with) {
    return of.size() + (with ? with->size() : 0);
  };
  if (!wants(key) || rows_.contains(key)) return;
  bytes_ += size_of(key, value);
  rows_.emplace(key, std::move(value));
  while (rows_.size() > rows_max_ || (bytes_ > bytes_max_ && rows_.size() > 1)) {
    const auto last = std::prev(rows_.end());
    bytes_ -= size_of(last->first, last->second);
    cut_ = last->first;
    rows_.erase(last);
  }
}

void SmallestRows::cut_at(const Bytes& key) {
  if (cut_ && *cut_ <= key) return;
  cut_ = key;
  rows_.erase(rows_.lower_bound(key), rows_.end());
}

Result<ScanPart> take_part(const StoreSet& stores, const StateScan& scan) {
  const AnyStore* store = stores.find(scan.store);
  if (store == nullptr)
    return fail(Code::NotFound, "scan state: this app keeps no state named \"" + scan.store + "\"");
  ScanPart part{SmallestRows(scan, scan.rows_max + kRemovedMax), nullptr};
  const ShardPlace& place = stores.place();
  if (!place.has_all_of(scan.store)) {
    part.place = {place.number, place.count, {}};
    part.home = static_cast<const CachedStore*>(store)->home();
  } else if (place.number > 0) {
    return part;  // a copy: the first shard tells it
  }
  part.settled = store->newer_rows(part.newer);
  if (!stores.backend().empty()) part.below = stores.backend().freeze();
  return part;
}

StatePage merged(const StateScan& scan, std::span<const ScanPart> parts) {
  SmallestRows page(scan, scan.rows_max);
  const auto known = [&](BytesView key) {
    return std::any_of(parts.begin(), parts.end(),
                       [&](const ScanPart& part) { return part.newer.holds(key); });
  };
  for (const ScanPart& part : parts) {
    if (part.newer.cut()) page.cut_at(*part.newer.cut());
  }
  for (const ScanPart& part : parts) {
    for (const auto& [key, value] : part.newer.rows()) {
      if (value) page.add(key, value);
    }
  }
  for (const ScanPart& part : parts) {
    for (std::uint32_t vp = 0; vp < kVirtualPartitions && part.below; ++vp) {
      if (!part.has_partition(vp)) continue;
      part.below->scan(backend_prefix(vp, scan.store), scan.from,
                       [&](BytesView key, BytesView value) {
                         if (!page.wants(key)) return false;
                         if (part.ours(key) && !known(key)) page.add(key, Bytes(value));
                         return true;
                       });
    }
  }
  StatePage out{{}, page.cut()};
  for (const auto& [key, value] : page.rows()) out.rows.emplace_back(key, *value);
  return out;
}

Result<StatePage> StateReader::state_scan(const StateScan& scan) const {
  return fail(Code::Unsupported, "scan state " + scan.store + ": not offered here");
}

}  // namespace vitrine
