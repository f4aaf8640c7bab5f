#include "streams/operators/history_node.h"

namespace vitrine::nodes {

static constexpr std::uint64_t kEpoch = 1ULL << 63U;  // so that times before it come first

ScopedRow version_row(BytesView key, Time since) {
  ScopedRow row{Bytes(key), {}};
  detail::put_big_endian(row.rest, static_cast<std::uint64_t>(millis_of(since)) ^ kEpoch);
  return row;
}

Time since_of(const ScopedRow& row) {
  std::uint64_t millis = 0;
  VT_CHECK(detail::get_big_endian(row.rest, millis));
  return time_of_millis(static_cast<std::int64_t>(millis ^ kEpoch));
}

void throw_forgotten(const std::string& history, Time asked, Duration keep) {
  throw std::runtime_error("what \"" + history + "\" held at " +
                           std::to_string(millis_of(asked)) +
                           " ms is not known any more: it keeps the last " +
                           std::to_string(keep.count()) +
                           " ms of stream time; keep more, or send such records elsewhere before");
}

}  // namespace vitrine::nodes
