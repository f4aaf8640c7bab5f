#include "vitrine/state_files.h"

#include <array>
#include <map>

#include "streams/log/journal.h"
#include "streams/runtime/identities.h"
#include "streams/store/state_types.h"
#include "streams/store/store.h"

namespace vitrine {
namespace {

using Tail = std::map<Bytes, std::optional<Bytes>>;

// The last value of each key of the range that changed after `applied`.
Result<Tail> read_tail(const Journal& journal, Epoch applied, const StateScan& scan) {
  Tail tail;
  VT_TRY_VOID(
      journal.replay(applied, [&](Epoch, BytesView, std::span<const Delta> deltas) -> Result<void> {
        for (const Delta& one : deltas) {
          if (one.store != scan.store || one.key < scan.from || (scan.to && one.key >= *scan.to))
            continue;
          tail[Bytes(one.key)] = one.removed ? std::nullopt : std::optional<Bytes>(one.value);
        }
        return {};
      }));
  return tail;
}

}  // namespace

Result<StatePage> StateFiles::scan_once(const StateScan& scan) const {
  const std::string state = folder_ + "/state";
  std::unique_ptr<StateBackend> backend;
  if (disk_.exists(state + "/CURRENT")) {
    VT_TRY(backend, rocksdb_backend_for_reading(state));
  } else {
    backend = memory_backend();
  }
  VT_TRY(const auto journal, Journal::open_read_only(disk_, folder_ + "/journal"));
  VT_TRY(auto tail, read_tail(*journal, backend->applied(), scan));
  if (journal->retired() > backend->applied()) {
    return fail(Code::Unavailable,
                "read state in " + folder_ + ": its engine moved on meanwhile, or the state folder "
                                             "was lost; try again, or open it with its program");
  }
  std::array<ScanPart, 1> parts{ScanPart{SmallestRows(scan, tail.size()), nullptr}};
  for (auto& [key, value] : tail) parts[0].newer.add(key, std::move(value));
  parts[0].below = backend->freeze();
  return merged(scan, parts);
}

Result<void> StateFiles::must_have(const std::string& store) const {
  std::string names;
  for (const std::string& line : state_types()) {
    if (state_name_of(line) == store) return {};
    names += (names.empty() ? "" : ", ") + state_name_of(line);
  }
  return fail(Code::NotFound, "read state \"" + store + "\" in " + folder_ + ": there is none" +
                                  (names.empty() ? std::string() : "; it has " + names));
}

Result<StatePage> StateFiles::state_scan(const StateScan& scan) const {
  VT_TRY_VOID(must_have(scan.store));
  // A running engine replaces files while we open them.
  constexpr int kTries = 4;
  auto page = scan_once(scan);
  for (int i = 1; i < kTries && !page && page.error().code != Code::Corrupt; ++i)
    page = scan_once(scan);
  return page;
}

std::optional<Bytes> StateFiles::state_get(const std::string& store, BytesView key) const {
  auto page = state_scan({store, Bytes(key), Bytes(key) + '\0', 1});
  if (!page || page->rows.empty()) return std::nullopt;
  return std::move(page->rows.front().second);
}

std::vector<std::string> StateFiles::state_types() const {
  const auto known = read_identities(disk_, folder_ + "/identities");
  std::vector<std::string> out;
  if (!known) return out;
  for (const auto& [name, lines] : *known) out.push_back(lines.back());
  return out;
}

}  // namespace vitrine
