#include "streams/operators/window_core.h"

#include <utility>

#include "base/metrics.h"

namespace vitrine::nodes {

Window window_of(Time timestamp, Duration size) {
  const std::int64_t millis = millis_of(timestamp);
  const std::int64_t width = size.count();
  std::int64_t start = millis - millis % width;
  if (millis < 0 && start > millis) start -= width;
  return {time_of_millis(start), time_of_millis(start + width)};
}

void count_late(const std::string& state) {
  counter("vitrine_streams_late_records_total", "records that came after their window had closed",
          "state", state)
      .add();
}

void count_early(const std::string& state) {
  counter("vitrine_streams_suppress_early_total",
          "updates that went on early because a suppress had no place left", "state", state)
      .add();
}

WindowOptions WindowCore::counting(WindowOptions options, const Wiring& wiring) {
  if (options.late_topic) options.late_written = wiring.written(*options.late_topic);
  return options;
}

WindowCore::WindowCore(WindowOptions options, Wiring& wiring)
    : options_(counting(std::move(options), wiring)),
      time_(wiring.time()),
      closing_(options_.name, AlarmClock::Event, *this) {
  wiring.watch(closing_);
  if (options_.mode == EmitMode::Every) {
    ticks_ = std::make_unique<Ticks>(options_.name, options_.interval, wiring, *this);
  }
}

bool WindowCore::passed(Time close) const {
  const auto now = time_.now();
  return now && close <= *now;
}

}  // namespace vitrine::nodes
