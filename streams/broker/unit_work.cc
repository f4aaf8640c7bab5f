#include "streams/broker/unit_work.h"

#include "base/hash.h"

namespace vitrine {

// The same bytes as backend_prefix() and the key; store.h.
void WorkRows::add(std::uint32_t home, BytesView store, BytesView key, BytesView value,
                   bool removed) {
  places_.push_back({bytes_.size(), static_cast<std::uint32_t>(3 + store.size() + key.size()),
                     static_cast<std::uint32_t>(value.size()), static_cast<std::uint16_t>(home),
                     removed});
  bytes_.push_back(static_cast<char>(home >> 8U));
  bytes_.push_back(static_cast<char>(home & 0xffU));
  bytes_.append(store);
  bytes_.push_back('\0');
  bytes_.append(key).append(value);
}

bool read_row(BytesView row, std::uint32_t& home, BytesView& store, BytesView& key) {
  if (row.size() < 3) return false;
  home = (static_cast<unsigned char>(row[0]) << 8U) | static_cast<unsigned char>(row[1]);
  const auto end = row.find('\0', 2);
  if (end == BytesView::npos || home >= kVirtualPartitions) return false;
  store = row.substr(2, end - 2);
  key = row.substr(end + 1);
  return true;
}

Result<void> need_row(const char* doing, BytesView row, BytesView& store, BytesView& key) {
  std::uint32_t home = 0;
  if (read_row(row, home, store, key)) return {};
  return fail(Code::Corrupt,
              std::string(doing) + ": a row of " + std::to_string(row.size()) +
                  " bytes names no store; was something else written to the changelog?");
}

}  // namespace vitrine
