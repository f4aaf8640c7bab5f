#pragma once
// The shop's single writer: takes commands one by one, answers a repeated idempotency key from
// memory, and says which deadlines follow. Around decide and evolve, and as pure as they are.
#include <string>
#include <string_view>
#include <vector>

#include "commerce/shop/decide.h"

namespace vitrine::shop {

// Something that must happen later unless it has become moot. The tag says what: "hold:rsv_7",
// "payment:ord_9", "forget:rsv_7", "key:<idempotency key>".
struct Deadline {
  Time due{};
  std::string tag;
  friend bool operator==(const Deadline&, const Deadline&) = default;
};

struct Step {
  Events events;  // already in the tables
  std::vector<Deadline> deadlines;
};

// A key seen before: the same body hash yields AnsweredAgain with what was told then (and how a
// placed order ended), another one Refused idempotency-conflict. Refusals are remembered like
// successes.
Step take(ShopTables& tables, const ShopCommand& command, Time at, Position position,
          const ShopOptions& options);

// A deadline has come.
Step fire(ShopTables& tables, std::string_view tag, Time at, const ShopOptions& options);

}  // namespace vitrine::shop
