#include "streams/operators/window_node.h"

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

}  // namespace vitrine::nodes
