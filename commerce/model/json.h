#pragma once
// Messages as JSON, by their descriptors: docs/api.md says how it looks. Nothing here knows a
// single message by name.
//
// Writing: snake_case names, integers as numbers, enums by lower-case name (an UNSPECIFIED one is
// left out), bytes left out, absent sub-messages left out, numbers, texts and lists always written
// so that clients need not guess.
//
// Reading is strict. Malformed (400): not JSON, not UTF-8, a duplicate key, a NUL in a text,
// nesting over 64, a number beyond 64 bits. Schema (422): an unknown field, a wrong type, or a
// field option violated; all violations up to 20 are told, each with its JSON pointer. The caller
// bounds the size of the text.
//
// Threads: any. Cost: a parse of the text and a walk; no cached state besides a per-thread parser.
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace google::protobuf {
class Message;
}

namespace vitrine::model {

struct JsonOptions {
  bool omit_personal = false;  // leave out fields of class PERSON and CONTACT: for public channels
  std::span<const std::string_view> keep =
      {};  // names written nevertheless, e.g. "nickname" in a chat
};

std::string to_json(const google::protobuf::Message& message, const JsonOptions& options = {});

// `text` as a JSON string with its quotes.
std::string json_text(std::string_view text);

struct Violation {
  std::string pointer;  // RFC 6901, "/lines/0/sku"; "" is the whole body
  std::string detail;
  friend bool operator==(const Violation&, const Violation&) = default;
};

struct JsonProblem {
  int status = 400;                // 400 malformed, 422 schema
  std::string code = "malformed";  // a problem type of docs/api.md
  std::string detail;
  std::vector<Violation> errors;  // at most kViolationsMax; empty when malformed
};

inline constexpr std::size_t kViolationsMax = 20;
inline constexpr std::size_t kJsonDepthMax = 64;

// Fills `out` (cleared first). On a problem its content is unspecified.
tl::expected<void, JsonProblem> from_json(std::string_view text, google::protobuf::Message& out);

}  // namespace vitrine::model
