#pragma once
// What the assistant makes of one question: an answer with its source, or why it is left to the
// host. Pure.
//
// The thresholds were chosen on the labelled questions of data/questions (`./dev eval faq
// --choose`: covered_all and ahead_all of eval/parameters/faq.conf).
#include <string>
#include <string_view>

#include "commerce/assistant/sources.h"

namespace vitrine::assistant {

inline constexpr double kCoveredMin = 0.55, kAheadMin = 0.025;

struct Verdict {
  std::string fact;   // the fact that answers it; empty: none does
  FoundAnswer found;  // when there is one
  std::string left;   // why it is not to be given; empty: it may be
  bool is_given() const { return !fact.empty() && left.empty(); }
  bool from_host() const { return found.source().starts_with("host:"); }
};

// `question`: without the words that name the product. `product`: the one the book was made for,
// null when none is meant.
Verdict judge(const Book& book, std::string_view question, const ShelfRow* product);

}  // namespace vitrine::assistant
