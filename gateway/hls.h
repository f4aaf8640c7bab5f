#pragma once
// A recorded clip as an endless live stream: the playlist is a pure function of server time and the
// segment list.
//
// The clip has been looping since the show was created: whoever asks at the same moment sees the
// same picture, also after a restart. Sequence numbers count from there too; hls.js walks an array
// as long as the number of loops at each reload, on the page's thread. Every segment carries
// EXT-X-PROGRAM-DATE-TIME, so that pins can be shown by the picture's clock.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace vitrine::gateway {

struct Segment {
  std::string name;              // "seg_000.ts", beside the playlist
  std::int64_t duration_ms = 0;  // > 0
};

// Reads {"segments": [{"file": "seg_000.ts", "duration_ms": 2000}, ...]}. Invalid when it names
// none, or a path.
Result<std::vector<Segment>> parse_segments(std::string_view json);

// The newest `window` segments that are complete at `now`, of a loop that runs since one loop
// before `since`: there is a window of pictures from the first moment on.
std::string live_playlist(const std::vector<Segment>& loop, Time since, Time now,
                          std::size_t window = 6);

std::string rfc3339(Time time);  // 2026-01-31T12:00:00.000Z

}  // namespace vitrine::gateway
