#pragma once
// How long a topic's records are kept. Time is the server time of the commit, not the record's own
// timestamp, so that old events that are read in late live as long as others.
#include <chrono>

#include "base/time.h"

namespace vitrine {

struct TopicKeep {
  // Older records are gone: unreadable within a second, off the disk within retention +
  // JournalOptions::segment_time. At least a minute; 0: for ever.
  Duration retention{0};
  // The newest record of each key is enough; older ones disappear in the background, a while after
  // they were replaced. An empty value removes its key.
  bool compact = false;
  Duration tombstones = std::chrono::hours{24};  // compact: how long an empty value is kept
  friend bool operator==(const TopicKeep&, const TopicKeep&) = default;
};

}  // namespace vitrine
