#include "streams/operators/join_buffer.h"

#include <utility>

#include "streams/operators/window_core.h"

namespace vitrine::nodes {
namespace {

constexpr std::uint64_t kSign = 1ULL << 63U;  // so that times before the epoch come first

Bytes rest_of(Side side, Time at, Position position, std::uint64_t number) {
  Bytes out;
  put_u8(out, static_cast<std::uint8_t>(side));
  detail::put_big_endian(out, static_cast<std::uint64_t>(millis_of(at)) ^ kSign);
  detail::put_big_endian(out, position.value());
  detail::put_big_endian(out, number);
  return out;
}

Side side_of(BytesView rest) { return static_cast<Side>(rest[0]); }

Time time_of(BytesView rest) {
  std::uint64_t millis = 0;
  VT_CHECK(detail::get_big_endian(rest.substr(1, 8), millis));
  return time_of_millis(static_cast<std::int64_t>(millis ^ kSign));
}

}  // namespace

StateSpec JoinBuffer::spec(const std::string& name, std::string_view left,
                           std::string_view right) {
  return {name, Serde<ScopedRow>::name,
          std::string(Serde<KeptRecord>::name) + "(" + std::string(left) + ", " +
              std::string(right) + ")"};
}

JoinBuffer::JoinBuffer(JoinOptions options, Wiring& wiring)
    : options_(std::move(options)),
      time_(wiring.time()),
      store_(wiring.stores().keyed<ScopedRow, KeptRecord>(options_.name)),
      expiring_(options_.name, AlarmClock::Event, *this) {
  wiring.watch(expiring_);
  wiring.watch(rows_);
}

// One millisecond more: what comes at the very end of the interval still meets it.
Time JoinBuffer::expires(Side side, Time at) const {
  return at + (side == Side::Left ? options_.after : options_.before) + options_.grace +
         Duration{1};
}

bool JoinBuffer::told_alone(Side side) const {
  return side == Side::Left ? options_.left_alone : options_.right_alone;
}

bool JoinBuffer::late(Side side, Time at) const {
  const auto now = time_.now();
  if (!now || expires(side, at) > *now) return false;
  count_late(options_.name);
  return true;
}

bool JoinBuffer::meet(Side side, BytesView key, Time at, const Visit& visit) {
  const Side their = other(side);
  const Time first = at - (side == Side::Left ? options_.before : options_.after);
  const Time last = at + (side == Side::Left ? options_.after : options_.before);
  const auto row_at = [&](Time moment) {
    return encoded(ScopedRow{Bytes(key), rest_of(their, moment, Position{}, 0)});
  };
  const Bytes from = row_at(first);
  const Bytes to = row_at(last + Duration{1});
  bool any = false;
  for (const Bytes* row = rows_.at_or_after(from); row != nullptr && *row < to;) {
    ScopedRow place;
    VT_CHECK(Serde<ScopedRow>::decode(*row, place));
    const KeptRecord* kept = store_.find(place);
    VT_CHECK(kept != nullptr);
    if (!kept->matched && told_alone(their)) {
      KeptRecord& met = store_.upsert(place);
      met.matched = true;
      kept = &met;
    }
    visit(kept->value, time_of(place.rest));
    any = true;
    row = rows_.at_or_after(*row + '\0');
  }
  return any;
}

void JoinBuffer::keep(Side side, BytesView key, BytesView value, const Moment& moment,
                      bool matched) {
  const Time at = moment.timestamp;
  ScopedRow row{Bytes(key), {}};
  Bytes bytes;
  std::uint64_t number = 0;  // several values of one record
  do {
    row.rest = rest_of(side, at, moment.position, number++);
    bytes = encoded(row);
  } while (rows_.contains(bytes));
  store_.put(row, {Bytes(value), matched});
  rows_.add(std::move(bytes));
  expiring_.add({expires(side, at), row.scope, row.rest});
}

Bytes JoinBuffer::forget(const Alarm& alarm) {
  const ScopedRow row{alarm.key, alarm.tag};
  const KeptRecord* kept = store_.find(row);
  Bytes value = kept == nullptr ? Bytes{} : kept->value;
  store_.erase(row);
  rows_.remove(encoded(row));
  expiring_.remove(alarm);
  return value;
}

void JoinBuffer::fire(AlarmClock, const Alarm& alarm, const Moment& moment) {
  const KeptRecord* kept = store_.find({alarm.key, alarm.tag});
  const Side side = side_of(alarm.tag);
  const bool tell = kept != nullptr && !kept->matched && told_alone(side);
  const Bytes value = forget(alarm);
  if (tell) alone(side, alarm.key, value, moment);
}

Bytes JoinBuffer::discard(AlarmClock, const Alarm& alarm) { return forget(alarm); }

void JoinBuffer::restored() {
  rows_.clear();
  store_.for_each([&](const ScopedRow& row, const KeptRecord&) {
    rows_.add(encoded(row));
    expiring_.add({expires(side_of(row.rest), time_of(row.rest)), row.scope, row.rest});
  });
}

}  // namespace vitrine::nodes
