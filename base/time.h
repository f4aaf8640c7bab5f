#pragma once
// Time is milliseconds since 1970-01-01 UTC, as in Kafka's records. Domain code never asks for it:
// it arrives in the record.
#include <chrono>
#include <cstdint>

namespace vitrine {

using Duration = std::chrono::milliseconds;
using Time = std::chrono::sys_time<Duration>;

constexpr Time time_of_millis(std::int64_t millis) { return Time{Duration{millis}}; }
constexpr std::int64_t millis_of(Time time) { return time.time_since_epoch().count(); }

namespace literals {
using namespace std::chrono_literals;  // 5s, 250ms, 30min: NOLINT(google-build-using-namespace)
}

// A moment of test time, `offset` after the epoch: at(2s).
constexpr Time at(Duration offset) { return Time{offset}; }

}  // namespace vitrine
