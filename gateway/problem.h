#pragma once
// Every "no" of the API: the closed list of problem types (docs/api.md) and their RFC 9457 bodies.
//
// A body never holds a stack, a path, a query or a secret. trace_id finds the request in the
// server's log.
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vitrine::gateway {

enum class ProblemType {
  ShowState,
  PinLimit,
  StockUnavailable,
  ReservationExpired,
  PriceChanged,
  IdempotencyConflict,
  InProgress,
  PaymentDeclined,
  Permission,
  Banned,
  PollClosed,
  Overloaded,
  Schema,
  Flood,
  RateLimited,
  NotAcceptable,
  Timeout,
  UriTooLong,
  HeaderTooLarge,
  Malformed,
  IdempotencyKeyMissing,
  Unauthenticated,
  NotFound,
  Method,
  TooLarge,
  MediaType,
  CardNumber,
  StorageFull,
  Precondition,
  ModelState,
  Unproven,
};

struct ProblemFacts {
  ProblemType type;
  std::string_view code;  // the last part of its type URI
  int status;
  std::string_view title;
};

const ProblemFacts& facts_of(ProblemType type);
std::span<const ProblemFacts> all_problems();
// A refusal's code as the rooms write it ("stock-unavailable"); nothing when it is none of ours.
std::optional<ProblemType> problem_named(std::string_view code);

struct FieldError {
  std::string pointer;  // JSON pointer into the body, or "?name" for a query parameter
  std::string detail;
};

struct Problem {
  ProblemType type;
  std::string detail;
  int retry_after_s = 0;  // 0 = absent; also sent as Retry-After
  std::vector<FieldError> errors = {};
  std::string members = {};  // further members as `"key":value,…`, already JSON
};

std::string problem_json(const Problem& problem, std::string_view instance,
                         std::string_view trace_id);

}  // namespace vitrine::gateway
