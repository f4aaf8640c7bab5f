#pragma once
// Structured logging: one JSON object a line on stderr:
// {"time":…,"level":…,"event":…,"key":"value",…}.
//
// An error is logged once, by whoever can act on it. Values never hold secrets, message texts,
// names or card numbers. Threads: any. Cost: a few microseconds; not for per-record paths.
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace vitrine {

enum class LogLevel { Debug, Info, Warn, Error, Off };

struct LogField {
  std::string_view key;
  std::variant<std::string_view, std::int64_t, double> value;
  LogField(std::string_view k, std::string_view v) : key(k), value(v) {}
  LogField(std::string_view k, const std::string& v) : key(k), value(std::string_view(v)) {}
  LogField(std::string_view k, const char* v) : key(k), value(std::string_view(v)) {}
  LogField(std::string_view k, double v) : key(k), value(v) {}
  template <class I>
    requires std::is_integral_v<I>
  LogField(std::string_view k, I v) : key(k), value(static_cast<std::int64_t>(v)) {}
};

void set_log_level(LogLevel level);  // default Info
void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

}  // namespace vitrine
