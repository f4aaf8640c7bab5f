#pragma once
// Shared by the books of this room.
#include <string>
#include <vector>

#include "commerce/model/proto/money.pb.h"
#include "commerce/verify/verify.h"

namespace vitrine::verify {

// Sums of money are counted wider than they are told: an altered amount must not overflow the
// recount.
__extension__ typedef __int128 Wide;

struct Place {
  const std::string& topic;
  std::uint64_t position;
  std::string key;
};

class Findings {
 public:
  void add(const Place& place, std::string what) {
    add(place.topic, place.position, std::move(what));
  }
  void add(const std::string& topic, std::uint64_t position, std::string what) {
    if (all.size() < kFindingsMax) all.push_back({topic, position, std::move(what)});
  }
  std::vector<Finding> all;
};

inline std::string text_of(const Money& money) {
  return std::to_string(money.amount()) + " " + money.currency();
}

inline bool is_same(const Money& a, const Money& b) {
  return a.amount() == b.amount() && a.currency() == b.currency();
}

}  // namespace vitrine::verify
