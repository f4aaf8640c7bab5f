#pragma once
// StateView: what a running App knows, by name and type, from any thread.
//
//   VT_TRY(auto stock, StateView<std::string, Stock>::of(*engine, "stock"));
//   std::optional<Stock> now = stock.get("sku-1");
//   VT_TRY(auto page, stock.range("sku-1", "sku-5", 100));       // page.rows, page.next
//
// Tables, aggregates, windows, sessions and a processor's own states are all stores: `describe()`
// lists them with their types, which of() checks. A window's key is Windowed<K>; windows(from, to)
// gives them in order of time. The same works on a TestDriver.
//
// What is told is durable: a value changed by an epoch that is on its way to disk is told when that
// epoch is there. A page of rows is as of one commit, also of several shards; the next page may be
// as of a later one. get() costs the shard one look-up. A range costs it one pass over the store's
// cached entries, and the caller 1,024 places on disk (streams/store/state_scan.h): it is for
// people, pages and exports, not for every request.
//
// Order is that of the encoded keys: strings and times by their bytes; non-negative integers by
// value (negative ones come after them); structs by the encodings of their fields.
#include <algorithm>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "streams/store/state_scan.h"
#include "vitrine/serde.h"
#include "vitrine/window.h"

namespace vitrine {

template <class K, class V>
struct StateRows {
  std::vector<std::pair<K, V>> rows;
  std::optional<K> next;  // more is there: go on from here
};

namespace detail {
// Conflict when the store has other types, NotFound when there is none.
Result<void> check_state_types(const StateReader& reader, const std::string& name,
                               std::string_view key, std::string_view value);
Error undecodable_row(const std::string& name, std::string_view key, std::string_view value);
template <class K>
inline constexpr bool kIsWindowed = false;
template <class K>
inline constexpr bool kIsWindowed<Windowed<K>> = true;
}  // namespace detail

template <class K, class V>
class StateView {
  static_assert(Serdeable<K> && Serdeable<V>, "vitrine: StateView<K, V>: both types need a Serde");

 public:
  using Rows = StateRows<K, V>;

  // The reader must outlive the view.
  static Result<StateView> of(const StateReader& reader, std::string name) {
    VT_TRY_VOID(detail::check_state_types(reader, name, Serde<K>::name, Serde<V>::name));
    return StateView{reader, std::move(name)};
  }

  std::optional<V> get(const View<K>& key) const {
    Bytes bytes;
    Serde<K>::encode(key, bytes);
    const auto value = reader_->state_get(name_, bytes);
    return value ? decoded<V>(*value) : std::nullopt;
  }

  // At most `limit` rows with from <= key < to, and at most about `bytes_max`.
  Result<Rows> range(const View<K>& from, const View<K>& to, std::size_t limit = 1'000) const {
    Bytes end;
    Serde<K>::encode(to, end);
    return scan(bytes_of(from), std::move(end), limit);
  }
  Result<Rows> from(const View<K>& from, std::size_t limit = 1'000) const {
    return scan(bytes_of(from), {}, limit);
  }
  Result<Rows> all(std::size_t limit = 1'000) const { return scan({}, {}, limit); }
  // Keys that begin so.
  Result<Rows> prefix(std::string_view begin, std::size_t limit = 1'000) const
    requires std::same_as<K, std::string>
  {
    auto bounds = StateScan::of_prefix(name_, begin);
    return scan(std::move(bounds.from), std::move(bounds.to), limit);
  }
  // Windows of all keys that start in [from, to), in order of their start.
  Result<Rows> windows(Time from, Time to, std::size_t limit = 1'000) const
    requires detail::kIsWindowed<K>
  {
    return scan(encoded(from), encoded(to), limit);
  }

 private:
  static constexpr ByteCount kBytesMax = 4U << 20U;
  StateView(const StateReader& reader, std::string name)
      : reader_(&reader), name_(std::move(name)) {}

  static Bytes bytes_of(const View<K>& key) {
    Bytes out;
    Serde<K>::encode(key, out);
    return out;
  }

  Result<Rows> scan(Bytes from, std::optional<Bytes> to, std::size_t limit) const {
    Rows out;
    StateScan ask{name_, std::move(from), std::move(to), limit, kBytesMax};
    while (true) {
      VT_TRY(auto page, reader_->state_scan(ask));
      for (const auto& [key, value] : page.rows) {
        auto k = decoded<K>(key);
        auto v = decoded<V>(value);
        if (!k || !v)
          return tl::unexpected<Error>(
              detail::undecodable_row(name_, Serde<K>::name, Serde<V>::name));
        out.rows.emplace_back(std::move(*k), std::move(*v));
        ask.bytes_max -= std::min(ask.bytes_max, key.size() + value.size());
      }
      if (!page.next) return out;
      ask.from = std::move(*page.next);
      ask.rows_max = limit - std::min(limit, out.rows.size());
      if (ask.rows_max > 0 && ask.bytes_max > 0) continue;
      out.next = decoded<K>(ask.from);
      return out;
    }
  }

  const StateReader* reader_;
  std::string name_;
};

}  // namespace vitrine
