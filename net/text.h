#pragma once
// Small pieces of HTTP text: tokens, targets, dates, response heads, and the answers net gives
// itself.
#include <cstdint>
#include <string>
#include <string_view>

#include "net/server.h"

namespace vitrine::net {

bool same_text(std::string_view a, std::string_view b);         // ASCII, without case
bool has_token(std::string_view list, std::string_view token);  // "a, b;q=1" has "b"; without case
std::string_view trim(std::string_view text);                   // spaces and tabs
bool valid_utf8(std::string_view text);

// False when an escape is broken or the result holds NUL or is no UTF-8.
bool percent_decode(std::string_view text, bool plus_is_space, std::string& out);

// Splits a request target (origin or absolute form, or "*") into decoded path and query.
bool parse_target(std::string_view target, std::string& path,
                  std::vector<std::pair<std::string, std::string>>& query);

std::string_view reason_phrase(int status);
std::string http_date(std::int64_t unix_seconds);

// What net refuses by itself. Answered with a small problem+json body that names only the code.
struct Refusal {
  int status = 400;
  std::string_view code = "bad-request";
  std::string_view title = "The request is not valid HTTP.";
};
Response problem(const Refusal& refusal);

enum class Persist { KeepAlive, Close };
// Status line, the response's headers, Date, Connection and (unless 1xx, 204 or endless)
// Content-Length. Line breaks inside a header are removed: nobody can smuggle a second header
// through a value.
std::string response_head(const Response& response, Persist persist, bool endless);

}  // namespace vitrine::net
