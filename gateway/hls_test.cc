#include "gateway/hls.h"

#include <doctest/doctest.h>

using namespace vitrine;
using namespace vitrine::gateway;

namespace {

const std::vector<Segment> kLoop = {{"a.ts", 2000}, {"b.ts", 2000}, {"c.ts", 1500}};

constexpr Time kSince = time_of_millis(5'500);  // the loop runs since 1970

std::size_t count(const std::string& text, std::string_view what) {
  std::size_t found = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
  return found;
}

bool has(const std::string& text, std::string_view what) {
  return text.find(what) != std::string::npos;
}

}  // namespace

TEST_CASE("a show's numbers begin with the show, and its first moment has pictures") {
  const Time since = time_of_millis(1'795'000'000'000);
  const std::string first = live_playlist(kLoop, since, since);
  CHECK(has(first, "MEDIA-SEQUENCE:0\n#EXT-X-DISCONTINUITY-SEQUENCE:0\n"));
  CHECK(count(first, "#EXTINF") == 3);
  CHECK(live_playlist(kLoop, since, since - Duration{5'000}) == first);  // a clock set back
  const std::string later = live_playlist(kLoop, since, since + Duration{55'000}, 3);
  CHECK(has(later, "MEDIA-SEQUENCE:30\n#EXT-X-DISCONTINUITY-SEQUENCE:10\n"));
}

TEST_CASE("the window holds the newest complete segments, each with its time") {
  // 5,500 ms a loop: at 11,000 + 4,100 ms the third loop's a and b are complete.
  const std::string text = live_playlist(kLoop, kSince, time_of_millis(15'100), 3);
  CHECK(has(text, "#EXT-X-MEDIA-SEQUENCE:5\n"));
  CHECK(count(text, "#EXTINF") == 3);
  CHECK(has(
      text,
      "PROGRAM-DATE-TIME:1970-01-01T00:00:09.500Z\n#EXTINF:1.500,\nc.ts\n#EXT-X-DISCONTINUITY\n"));
  CHECK(has(text, "PROGRAM-DATE-TIME:1970-01-01T00:00:11.000Z\n#EXTINF:2.000,\na.ts\n"));
  CHECK(has(text, "PROGRAM-DATE-TIME:1970-01-01T00:00:13.000Z\n#EXTINF:2.000,\nb.ts\n"));
}

TEST_CASE("a segment appears at the moment it is complete, and the sequence grows by one") {
  CHECK(has(live_playlist(kLoop, kSince, time_of_millis(14'999), 3), "MEDIA-SEQUENCE:4\n"));
  CHECK(has(live_playlist(kLoop, kSince, time_of_millis(15'000), 3), "MEDIA-SEQUENCE:5\n"));
}

TEST_CASE("the discontinuity sequence counts the loop points that left the window") {
  // First in the window is number 4 (b): the loop points at 0 and 3 are gone.
  CHECK(has(live_playlist(kLoop, kSince, time_of_millis(14'999), 3), "DISCONTINUITY-SEQUENCE:2\n"));
  // First is number 6 (a): its own mark is in the window.
  const auto text = live_playlist(kLoop, kSince, time_of_millis(16'500), 3);
  CHECK(has(text, "MEDIA-SEQUENCE:6\n#EXT-X-DISCONTINUITY-SEQUENCE:2\n#EXT-X-DISCONTINUITY\n"));
}

TEST_CASE("times stay true far from 1970") {
  const Time now = time_of_millis(1'790'000'000'123);
  const std::string text = live_playlist(kLoop, kSince, now, 6);
  CHECK(count(text, "PROGRAM-DATE-TIME") == 6);
  const auto at = text.rfind("PROGRAM-DATE-TIME:");
  const std::string last = text.substr(at + 18, 24);
  // The newest segment ends at most one segment ago.
  CHECK(last > rfc3339(now - Duration{4'001}));
  CHECK(last <= rfc3339(now - Duration{1'500}));
}

TEST_CASE("a segment list is read, and one that names a path is refused") {
  const auto good = parse_segments(R"({"segments":[{"file":"seg_000.ts","duration_ms":2000}]})");
  REQUIRE(good);
  CHECK(good->at(0).name == "seg_000.ts");
  CHECK_FALSE(parse_segments(R"({"segments":[{"file":"../key","duration_ms":2000}]})"));
  CHECK_FALSE(parse_segments(R"({"segments":[{"file":"a.ts","duration_ms":0}]})"));
  CHECK_FALSE(parse_segments(R"({"segments":[]})"));
  CHECK_FALSE(parse_segments("nonsense"));
}
