#include "base/log.h"

#include <unistd.h>

#include <atomic>
#include <cmath>
#include <cstdio>
#include <ctime>

namespace vitrine {
namespace {

std::atomic<LogLevel> g_level{LogLevel::Info};

std::string_view name_of_level(LogLevel level) {
  switch (level) {
    case LogLevel::Debug: return "debug";
    case LogLevel::Info: return "info";
    case LogLevel::Warn: return "warn";
    case LogLevel::Error:
    case LogLevel::Off: break;
  }
  return "error";
}

void put_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", byte);
      out += escape;
    } else {
      out += c;
    }
  }
  out += '"';
}

void put_value(std::string& out, const LogField& field) {
  if (const auto* text = std::get_if<std::string_view>(&field.value)) {
    put_json_string(out, *text);
  } else if (const auto* whole = std::get_if<std::int64_t>(&field.value)) {
    out += std::to_string(*whole);
  } else {
    const double number = std::get<double>(field.value);
    char buffer[40];
    std::snprintf(buffer, sizeof buffer, "%.9g", number);
    out += std::isfinite(number) ? buffer : "null";
  }
}

void put_now(std::string& out) {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  tm parts{};
  gmtime_r(&now.tv_sec, &parts);
  char day[32];
  std::strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &parts);
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%s.%03ldZ", day, now.tv_nsec / 1'000'000);
  out += buffer;
}

}  // namespace

void set_log_level(LogLevel level) { g_level.store(level, std::memory_order_relaxed); }

void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  if (level < g_level.load(std::memory_order_relaxed)) return;
  std::string line = "{\"time\":\"";
  put_now(line);
  line += "\",\"level\":\"";
  line += name_of_level(level);
  line += "\",\"event\":";
  put_json_string(line, event);
  for (const LogField& field : fields) {
    line += ',';
    put_json_string(line, field.key);
    line += ':';
    put_value(line, field);
  }
  line += "}\n";
  // One write a line, so that lines of several threads and processes do not mix. Nobody could act
  // on its failure.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace vitrine
