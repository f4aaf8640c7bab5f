// Which problems an operation may answer with.
#include <algorithm>

#include <google/protobuf/message.h>

#include "gateway/body.h"
#include "gateway/route.h"

namespace vitrine::gateway {

std::vector<ProblemType> documented_problems(const Route& route) {
  using enum ProblemType;
  std::vector<ProblemType> all = route.problems;
  const auto add = [&](std::initializer_list<ProblemType> types) { all.insert(all.end(), types); };
  const bool is_api = route.path.starts_with("/v1/");
  if (route.who != Who::Anyone) add({Unauthenticated});
  if (route.who != Who::Anyone && route.who != Who::AnyToken) add({Permission});
  if (route.body != nullptr) add({Malformed, Schema, MediaType, TooLarge});
  if (route.body != nullptr && may_hold_text(*route.body->GetDescriptor())) add({CardNumber});
  if (route.needs_key) add({IdempotencyKeyMissing, IdempotencyConflict, InProgress});
  if (route.writes) add({Overloaded, StorageFull});
  if (is_api) add({RateLimited});
  if (route.other_type.empty() && route.statuses.front() != 101) add({NotAcceptable});
  std::sort(all.begin(), all.end(), [](ProblemType a, ProblemType b) {
    const auto& x = facts_of(a);
    const auto& y = facts_of(b);
    return std::pair(x.status, x.code) < std::pair(y.status, y.code);
  });
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

}  // namespace vitrine::gateway
