#include "app/time_text.h"

#include <charconv>
#include <cstdio>

namespace vitrine {
namespace {

using std::chrono::duration_cast;

std::optional<Time> time_from(const std::string& text) {
  int year = 0, used = 0;
  unsigned month = 0, day = 0;
  if (std::sscanf(text.c_str(), "%4d-%2u-%2u%n", &year, &month, &day, &used) != 3) return {};
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month},
                                         std::chrono::day{day}};
  if (!date.ok()) return {};
  const Time midnight = std::chrono::time_point_cast<Duration>(std::chrono::sys_days{date});
  std::string rest = text.substr(static_cast<std::size_t>(used));
  if (rest.empty()) return midnight;
  if (rest.front() != 'T' || rest.back() != 'Z') return {};
  rest = rest.substr(1, rest.size() - 2);
  unsigned hours = 0, minutes = 0;
  double seconds = 0;
  int end = 0;
  if (std::sscanf(rest.c_str(), "%2u:%2u%n", &hours, &minutes, &end) != 2) return {};
  if (rest[static_cast<std::size_t>(end)] == ':') {
    int more = 0;
    if (std::sscanf(rest.c_str() + end, ":%6lf%n", &seconds, &more) != 1) return {};
    end += more;
  }
  if (static_cast<std::size_t>(end) != rest.size()) return {};
  if (hours > 23 || minutes > 59 || seconds < 0 || seconds >= 61) return {};
  return midnight + std::chrono::hours{hours} + std::chrono::minutes{minutes} +
         Duration{static_cast<std::int64_t>(seconds * 1e3 + 0.5)};
}

}  // namespace

std::string time_text(Time time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss<Duration> clock{time - day};
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", int(date.year()),
                unsigned(date.month()), unsigned(date.day()), int(clock.hours().count()),
                int(clock.minutes().count()), int(clock.seconds().count()),
                int(clock.subseconds().count()));
  return text;
}

Result<AsOf> as_of_from(const std::string& text) {
  std::uint64_t position = 0;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, position);
  if (error == std::errc{} && at == end && position > 0) return AsOf::position(Position{position});
  if (const auto time = time_from(text)) return AsOf::time(*time);
  return fail(Code::Invalid, "--as-of " + text +
                                 ": give a position (1234) or a time in UTC "
                                 "(2026-01-31, 2026-01-31T12:00:00Z)");
}

}  // namespace vitrine
