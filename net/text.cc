#include "net/text.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include <time.h>

namespace vitrine::net {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char l = lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

void append_clean(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c != '\r' && c != '\n' && c != '\0') out += c;
  }
}

// How many bytes follow this first byte of a UTF-8 character; -1 when none may start so.
int utf8_tail(unsigned char first) {
  if (first < 0x80) return 0;
  if (first >= 0xc2 && first <= 0xdf) return 1;
  if (first >= 0xe0 && first <= 0xef) return 2;
  if (first >= 0xf0 && first <= 0xf4) return 3;
  return -1;
}

const std::string& date_now() {
  thread_local std::int64_t made_at = -1;
  thread_local std::string text;
  timespec now{};
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  if (now.tv_sec != made_at) {
    made_at = now.tv_sec;
    text = http_date(made_at);
  }
  return text;
}

}  // namespace

bool same_text(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool has_token(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    const std::string_view item = list.substr(0, comma);
    if (same_text(trim(item.substr(0, item.find(';'))), token)) return true;
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  return false;
}

bool valid_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const int tail = utf8_tail(first);
    if (tail < 0 || text.size() - i <= static_cast<std::size_t>(tail)) return false;
    for (int k = 1; k <= tail; ++k) {
      if ((static_cast<unsigned char>(text[i + static_cast<std::size_t>(k)]) & 0xc0) != 0x80) {
        return false;
      }
    }
    if (tail >= 2) {  // no overlong forms, surrogates, or beyond U+10FFFF
      const auto second = static_cast<unsigned char>(text[i + 1]);
      if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f)) return false;
      if ((first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f)) return false;
    }
    i += static_cast<std::size_t>(tail) + 1;
  }
  return true;
}

bool percent_decode(std::string_view text, bool plus_is_space, std::string& out) {
  out.clear();
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (text.size() - i < 3) return false;
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high < 0 || low < 0) return false;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (c == '+' && plus_is_space) {
      c = ' ';
    }
    if (c == '\0') return false;
    out += c;
  }
  return valid_utf8(out);
}

bool parse_target(std::string_view target, std::string& path,
                  std::vector<std::pair<std::string, std::string>>& query) {
  query.clear();
  if (target == "*") {
    path = "/*";
    return true;
  }
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    target.remove_prefix(scheme.size());
    target.remove_prefix(std::min(target.find_first_of("/?"), target.size()));
  }
  target = target.substr(0, target.find('#'));
  const std::size_t mark = target.find('?');
  const std::string_view raw_path = target.substr(0, mark);
  if (!percent_decode(raw_path.empty() ? "/" : raw_path, false, path) || path[0] != '/') {
    return false;
  }
  if (mark == std::string_view::npos) return true;
  std::string_view rest = target.substr(mark + 1);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (pair.empty()) continue;
    const std::size_t equal = std::min(pair.find('='), pair.size());
    std::string name;
    std::string value;
    if (!percent_decode(pair.substr(0, equal), true, name)) return false;
    if (equal < pair.size() && !percent_decode(pair.substr(equal + 1), true, value)) return false;
    query.emplace_back(std::move(name), std::move(value));
  }
  return true;
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 100: return "Continue";
    case 101: return "Switching Protocols";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 402: return "Payment Required";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 422: return "Unprocessable Content";
    case 426: return "Upgrade Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    case 507: return "Insufficient Storage";
    default: return "Status";
  }
}

std::string http_date(std::int64_t unix_seconds) {
  static constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto seconds = static_cast<std::time_t>(unix_seconds);
  std::tm t{};
  gmtime_r(&seconds, &t);
  std::array<char, 64> text{};
  const int size = std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                                 kDays[static_cast<std::size_t>(t.tm_wday)], t.tm_mday,
                                 kMonths[static_cast<std::size_t>(t.tm_mon)], t.tm_year + 1900,
                                 t.tm_hour, t.tm_min, t.tm_sec);
  return {text.data(), static_cast<std::size_t>(size)};
}

Response problem(const Refusal& refusal) {
  std::string body = "{\"type\":\"/problems/";
  body.append(refusal.code).append("\",\"title\":\"").append(refusal.title);
  body.append("\",\"status\":").append(std::to_string(refusal.status));
  body.append(",\"code\":\"").append(refusal.code).append("\"}\n");
  Response response =
      Response::text(refusal.status, "application/problem+json", std::move(body));
  response.headers.push_back({"Cache-Control", "no-store"});
  if (refusal.status == 503 || refusal.status == 429) {
    response.headers.push_back({"Retry-After", "2"});
  }
  return response;
}

std::string response_head(const Response& response, Persist persist, bool endless) {
  const int status = response.status;
  std::string out;
  out.reserve(256);
  out.append("HTTP/1.1 ").append(std::to_string(status)).append(" ");
  out.append(reason_phrase(status)).append("\r\n");
  for (const Header& header : response.headers) {
    if (same_text(header.name, "content-length") || same_text(header.name, "connection") ||
        same_text(header.name, "transfer-encoding") || same_text(header.name, "date")) {
      continue;
    }
    append_clean(out, header.name);
    out += ": ";
    append_clean(out, header.value);
    out += "\r\n";
  }
  out.append("Date: ").append(date_now()).append("\r\n");
  if (!endless && status >= 200 && status != 204 && status != 304) {
    const std::size_t size = response.body ? response.body->size() : 0;
    out.append("Content-Length: ").append(std::to_string(size)).append("\r\n");
  }
  out.append(persist == Persist::KeepAlive ? "Connection: keep-alive\r\n\r\n"
                                           : "Connection: close\r\n\r\n");
  return out;
}

Response Response::text(int status, std::string content_type, std::string body) {
  Response response;
  response.status = status;
  response.headers.push_back({"Content-Type", std::move(content_type)});
  response.body = std::make_shared<const std::string>(std::move(body));
  return response;
}

std::string_view Request::header(std::string_view name) const {
  for (const Header& candidate : headers) {
    if (same_text(candidate.name, name)) return candidate.value;
  }
  return {};
}

const std::string* Request::query_value(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return &value;
  }
  return nullptr;
}

}  // namespace vitrine::net
