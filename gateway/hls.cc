#include "gateway/hls.h"

#include <fmt/format.h>

#include <simdjson.h>

#include <algorithm>

namespace vitrine::gateway {

std::string rfc3339(Time time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

Result<std::vector<Segment>> parse_segments(std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  simdjson::dom::array entries;
  if (parser.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS ||
      root["segments"].get(entries) != simdjson::SUCCESS) {
    return fail(Code::Invalid, "segment list: it is not {\"segments\": [...]}");
  }
  std::vector<Segment> segments;
  for (const auto entry : entries) {
    std::string_view file;
    std::int64_t duration_ms = 0;
    if (entry["file"].get(file) != simdjson::SUCCESS ||
        entry["duration_ms"].get(duration_ms) != simdjson::SUCCESS || duration_ms <= 0 ||
        file.empty() || file.find('/') != std::string_view::npos) {
      return fail(Code::Invalid, "segment list: an entry has no file name or no length");
    }
    segments.push_back({std::string(file), duration_ms});
  }
  if (segments.empty()) return fail(Code::Invalid, "segment list: it names no segment");
  return segments;
}

std::string live_playlist(const std::vector<Segment>& loop, Time since, Time now,
                          std::size_t window) {
  VT_CHECK(!loop.empty());
  std::int64_t loop_ms = 0;
  std::int64_t longest_ms = 0;
  for (const auto& segment : loop) {
    loop_ms += segment.duration_ms;
    longest_ms = std::max(longest_ms, segment.duration_ms);
  }
  const std::int64_t begin_ms = millis_of(since) - loop_ms;
  const std::int64_t age_ms = std::max<std::int64_t>(loop_ms, millis_of(now) - begin_ms);
  const std::int64_t rounds = age_ms / loop_ms;
  const auto count = static_cast<std::int64_t>(loop.size());
  // `index` is the segment being "recorded" at `now`; the ones before it are complete.
  std::int64_t index = rounds * count;
  std::int64_t begins_ms = rounds * loop_ms;
  for (const auto& segment : loop) {
    if (begins_ms + segment.duration_ms > age_ms) break;
    begins_ms += segment.duration_ms;
    ++index;
  }
  const std::int64_t first = std::max<std::int64_t>(0, index - static_cast<std::int64_t>(window));
  for (std::int64_t i = index; i > first; --i)
    begins_ms -= loop[static_cast<std::size_t>((i - 1) % count)].duration_ms;

  // Every loop's first segment follows a jump of the clip's own clock. Jumps before the window: one
  // for each earlier loop begin, so that players can match segments over reloads.
  const std::int64_t jumps = first == 0 ? 0 : (first - 1) / count + 1;
  std::string out = fmt::format(
      "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-TARGETDURATION:{}\n"
      "#EXT-X-MEDIA-SEQUENCE:{}\n#EXT-X-DISCONTINUITY-SEQUENCE:{}\n",
      (longest_ms + 999) / 1000, first, jumps);
  for (std::int64_t i = first; i < index; ++i) {
    const Segment& segment = loop[static_cast<std::size_t>(i % count)];
    if (i % count == 0) out += "#EXT-X-DISCONTINUITY\n";
    out += fmt::format("#EXT-X-PROGRAM-DATE-TIME:{}\n#EXTINF:{}.{:03},\n{}\n",
                       rfc3339(time_of_millis(begin_ms + begins_ms)), segment.duration_ms / 1000,
                       segment.duration_ms % 1000, segment.name);
    begins_ms += segment.duration_ms;
  }
  return out;
}

}  // namespace vitrine::gateway
