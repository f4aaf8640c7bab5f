#pragma once
// What can go wrong, as a value.
//
// Result<T> is T or an Error. An Error says what was attempted, on what, why it failed and what to
// do next, in one sentence that a person on call can act on. Broken invariants are not Errors:
// VT_CHECK ends the process, and the log recovers us.
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace vitrine {

// The class of an error, for code that must choose an answer. The text is for people.
enum class Code {
  Invalid,      // the caller gave something unusable
  NotFound,     // the thing named is not there
  Conflict,     // it is there and in the way
  OutOfRange,   // a position or size outside what exists
  Corrupt,      // bytes do not match their checksum or format
  StorageFull,  // no space left; accepting stops, reading goes on
  Overloaded,   // a bound was reached; try later
  Unavailable,  // the other side is away, or we are stopping
  Unsupported,  // known, and not offered here
  Io,           // the operating system refused
};

std::string_view name_of(Code code);

struct Error {
  Code code = Code::Io;
  std::string message;
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(Code code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}

// Prints the place and the text to stderr and ends the process. Called by VT_CHECK only.
[[noreturn]] void check_failed(const char* file, int line, const char* what,
                               std::string_view detail);

}  // namespace vitrine

#define VT_CONCAT_INNER(a, b) a##b
#define VT_CONCAT(a, b) VT_CONCAT_INNER(a, b)

// VT_TRY(auto x, f()): x is the value of f(), or this function returns f()'s Error.
#define VT_TRY(declaration, expression)                                                            \
  auto VT_CONCAT(vt_result_, __LINE__) = (expression);                                             \
  if (!VT_CONCAT(vt_result_, __LINE__))                                                            \
    return ::tl::unexpected<::vitrine::Error>(std::move(VT_CONCAT(vt_result_, __LINE__)).error()); \
  declaration = std::move(*VT_CONCAT(vt_result_, __LINE__))

// VT_TRY_VOID(f()): goes on, or returns f()'s Error.
#define VT_TRY_VOID(expression)                                                \
  do {                                                                         \
    if (auto vt_result = (expression); !vt_result)                             \
      return ::tl::unexpected<::vitrine::Error>(std::move(vt_result).error()); \
  } while (false)

// An invariant of ours. Stays on in release builds.
#define VT_CHECK(condition) \
  ((condition) ? (void)0 : ::vitrine::check_failed(__FILE__, __LINE__, #condition, ""))
#define VT_CHECK_MSG(condition, detail) \
  ((condition) ? (void)0 : ::vitrine::check_failed(__FILE__, __LINE__, #condition, (detail)))
