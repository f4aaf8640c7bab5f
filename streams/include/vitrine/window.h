#pragma once
// Windows: what they are called, when they emit, and the keys they come out with.
#include <algorithm>
#include <compare>
#include <string>

#include "base/hash.h"
#include "base/time.h"
#include "vitrine/serde.h"

namespace vitrine {

// From `start` up to, not including, `end`.
struct Window {
  Time start{};
  Time end{};
  friend auto operator<=>(const Window&, const Window&) = default;
};

// A window by its distance from the epoch, for tests: window(0s, 10s).
constexpr Window window(Duration start, Duration end) { return {at(start), at(end)}; }

template <class K>
struct Windowed {
  K key{};
  Window window;
  friend auto operator<=>(const Windowed&, const Windowed&) = default;
};

namespace detail {
inline constexpr std::string_view kWindowed = "windowed(";
}

// Start, end (8 bytes each, in byte order of time), then the key: a scan meets windows in order of
// time.
template <Serdeable K>
struct Serde<Windowed<K>> : detail::FixedSerde<Windowed<K>> {
  static void encode(const Windowed<K>& value, Bytes& out) {
    Serde<Time>::encode(value.window.start, out);
    Serde<Time>::encode(value.window.end, out);
    Serde<K>::encode(value.key, out);
  }
  static bool decode(BytesView bytes, Windowed<K>& out) {
    typename Serde<K>::View key{};
    if (bytes.size() < 16 || !Serde<Time>::decode(bytes.substr(0, 8), out.window.start) ||
        !Serde<Time>::decode(bytes.substr(8, 8), out.window.end) ||
        !Serde<K>::decode(bytes.substr(16), key)) {
      return false;
    }
    return out.key = Serde<K>::own(key), true;
  }
  // State of windows lives where the windowed key does; a topic of windows goes by the whole key.
  static std::uint32_t home_below_windows(BytesView bytes) {
    return virtual_partition(bytes.substr(std::min<std::size_t>(16, bytes.size())));
  }
  static constexpr std::string_view name =
      detail::Joined<detail::kWindowed, Serde<K>::name, detail::kClose>::value;
};

// Windows of one size, side by side, from the epoch on. A record may be `grace` late, measured in
// stream time.
struct Tumbling {
  Duration size{};
  Duration grace{0};
};

// Windows of one size, of which one begins every `advance`, from the epoch on: a record is in
// size / advance of them. A record changes one slice (of the length both are multiples of); windows
// are put together from slices when they are emitted, so a record's cost does not grow with the
// overlap. `advance` is at most `size`, and a window has at most 10,000 slices.
struct Hopping {
  Duration size{};
  Duration advance{};
  Duration grace{0};
};

// As long as the records of a key follow each other in less than `gap`: from the first record up to
// the last one and the gap. A record between two sessions that touches both makes them one.
struct Session {
  Duration gap{};
  Duration grace{0};
};

// For each moment at which a key has records, the `size` up to that moment, itself included: what
// each record's last ten minutes hold. (Not a window for each distance of two records, as others
// have it: each record has one, and it says what was known up to the record.) Records of one
// millisecond share their window. A record that comes late changes the windows of those less than
// `size` after it, too; it is late when its own window has closed.
struct Sliding {
  Duration size{};
  Duration grace{0};
};

// When a window's value goes down the stream.
struct OnClose {};     // once, when stream time has passed its end and the grace
struct EachUpdate {};  // with every record that changes it
// When stream time passes a multiple of `interval`, if it has changed since it was last emitted;
// and on closing, if it has changed since.
struct Every {
  Duration interval{};
};
inline constexpr OnClose on_close{};
inline constexpr EachUpdate each_update{};
constexpr Every every(Duration interval) { return {interval}; }

// Said in place of a topic for late records: they are counted in vitrine_streams_late_records_total
// and dropped.
struct DropLate {};
inline constexpr DropLate drop_late{};

}  // namespace vitrine
