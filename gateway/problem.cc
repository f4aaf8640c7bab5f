#include "gateway/problem.h"

#include <array>

#include "base/result.h"
#include "gateway/json_text.h"

namespace vitrine::gateway {
namespace {

using enum ProblemType;

constexpr std::array kProblems = {
    ProblemFacts{ShowState, "show-state", 409, "The show is not in a state that allows this"},
    ProblemFacts{PinLimit, "pin-limit", 409, "Three products are pinned already"},
    ProblemFacts{StockUnavailable, "stock-unavailable", 409, "Not enough left"},
    ProblemFacts{ReservationExpired, "reservation-expired", 410, "The reservation is over"},
    ProblemFacts{PriceChanged, "price-changed", 409, "The price has changed"},
    ProblemFacts{IdempotencyConflict, "idempotency-conflict", 422,
                 "This Idempotency-Key was used with another body"},
    ProblemFacts{InProgress, "in-progress", 409, "The first request with this key is not done yet"},
    ProblemFacts{PaymentDeclined, "payment-declined", 402, "The payment was declined"},
    ProblemFacts{Permission, "permission", 403, "Not allowed with this token"},
    ProblemFacts{Banned, "banned", 403, "Banned from this show"},
    ProblemFacts{PollClosed, "poll-closed", 409, "The poll is closed"},
    ProblemFacts{Overloaded, "overloaded", 503, "Too busy right now"},
    ProblemFacts{Schema, "schema", 422, "The body does not fit the schema"},
    ProblemFacts{Flood, "flood", 429, "Too many messages"},
    ProblemFacts{RateLimited, "rate-limited", 429, "Too many requests"},
    ProblemFacts{NotAcceptable, "not-acceptable", 406, "Only JSON is offered here"},
    ProblemFacts{Timeout, "timeout", 408, "The request took too long to arrive"},
    ProblemFacts{UriTooLong, "uri-too-long", 414, "The address is too long"},
    ProblemFacts{HeaderTooLarge, "header-too-large", 431, "The headers are too large"},
    ProblemFacts{Malformed, "malformed", 400, "The request cannot be read"},
    ProblemFacts{IdempotencyKeyMissing, "idempotency-key-missing", 400,
                 "This call needs an Idempotency-Key of 1 to 255 characters"},
    ProblemFacts{Unauthenticated, "unauthenticated", 401, "A valid token is needed"},
    ProblemFacts{NotFound, "not-found", 404, "There is nothing here"},
    ProblemFacts{Method, "method", 405, "This method is not offered here"},
    ProblemFacts{TooLarge, "too-large", 413, "The body is too large"},
    ProblemFacts{MediaType, "media-type", 415, "Bodies are application/json"},
    ProblemFacts{CardNumber, "card-number", 422, "A card number does not belong here"},
    ProblemFacts{StorageFull, "storage-full", 507, "The server's disk is full"},
    ProblemFacts{Precondition, "precondition", 412, "It has changed since you read it"},
    ProblemFacts{ModelState, "model-state", 409, "The model's versions do not allow this"},
    ProblemFacts{Unproven, "unproven", 409, "The model's replay proof is missing or fails"},
};

}  // namespace

const ProblemFacts& facts_of(ProblemType type) {
  for (const auto& facts : kProblems) {
    if (facts.type == type) return facts;
  }
  VT_CHECK_MSG(false, "a problem type without facts");
  return kProblems.front();
}

std::span<const ProblemFacts> all_problems() { return kProblems; }

std::optional<ProblemType> problem_named(std::string_view code) {
  for (const auto& facts : kProblems) {
    if (facts.code == code) return facts.type;
  }
  return std::nullopt;
}

std::string problem_json(const Problem& problem, std::string_view instance,
                         std::string_view trace_id) {
  const ProblemFacts& facts = facts_of(problem.type);
  JsonObject out;
  out.text("type", "/problems/" + std::string(facts.code)).text("title", facts.title);
  out.number("status", facts.status).text("detail", problem.detail).text("code", facts.code);
  out.text("instance", instance).text("trace_id", trace_id);
  if (problem.retry_after_s > 0) out.number("retry_after", problem.retry_after_s);
  if (!problem.errors.empty()) {
    JsonArray errors;
    for (const auto& error : problem.errors) {
      errors.raw(JsonObject{}.text("pointer", error.pointer).text("detail", error.detail).str());
    }
    out.raw("errors", errors.str());
  }
  std::string text = out.str();
  if (!problem.members.empty()) text.insert(text.size() - 1, "," + problem.members);
  return text;
}

}  // namespace vitrine::gateway
