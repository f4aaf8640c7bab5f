#pragma once
// What every window node has, whatever its types: stream time, the alarms that close it, its ticks,
// and where late records go.
#include <memory>
#include <string>

#include "streams/operators/bytes_nodes.h"
#include "streams/operators/ticks.h"
#include "streams/operators/window_options.h"
#include "streams/topology/alarms.h"
#include "streams/topology/graph.h"
#include "vitrine/window.h"

namespace vitrine::nodes {

// The window a moment falls into; right before the epoch too.
Window window_of(Time timestamp, Duration size);
// vitrine_streams_late_records_total{state="name"}.
void count_late(const std::string& state);
// vitrine_streams_suppress_early_total{state="name"}.
void count_early(const std::string& state);

class WindowCore : public AlarmOwner, public TickTeller {
 protected:
  WindowCore(WindowOptions options, Wiring& wiring);
  static WindowOptions counting(WindowOptions options, const Wiring& wiring);

  // A window that closes then is closed: stream time has reached the moment.
  bool passed(Time close) const;
  bool each_update() const { return options_.mode == EmitMode::EachUpdate; }

  const WindowOptions options_;
  StreamTime& time_;
  Alarms closing_;
  std::unique_ptr<Ticks> ticks_;  // of EmitMode::Every only
};

// Records that came too late: counted, and sent to their topic when there is one.
template <class K, class V>
class LateRecords {
 public:
  void take(const WindowOptions& options, const View<K>& key, const View<V>& value,
            const Moment& moment) {
    count_late(options.name);
    if (!options.late_topic) return;
    ++*options.late_written;
    encoder_.emit(*options.late_topic, key, value, moment);
  }

 private:
  Encoder<K, V> encoder_;
};

}  // namespace vitrine::nodes
