#pragma once
// How the room feels: a mean of its lines' scores that halves its weight in 15 s, beside one of
// five minutes: what is usual. One vote a person within kVoteMs. Pure.
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "commerce/model/proto/insight.pb.h"
#include "commerce/sentiment/valences.h"

namespace vitrine::sentiment {

inline constexpr std::int64_t kVoteMs = 10'000;
inline constexpr std::size_t kTermsMax = 32;

struct Term {
  std::string word;
  double weight = 0;
  auto fields() { return std::tie(word, weight); }
};

struct Mood {
  double fast_sum = 0, fast_weight = 0, slow_sum = 0, slow_weight = 0;
  std::int64_t at_s = 0;  // whole seconds: up to when the weights are aged
  std::int64_t messages = 0, positive = 0, negative = 0;
  std::vector<Term> terms;  // heaviest first, kTermsMax at most
  bool is_ticking = false;
  std::int64_t told_messages = 0;
  auto fields() {
    return std::tie(fast_sum, fast_weight, slow_sum, slow_weight, at_s, messages, positive,
                    negative, terms, is_ticking, told_messages);
  }
};

void feel(Mood& mood, const Scored& scored, std::int64_t at_ms);
MoodTick tick_of(Mood& mood, std::int64_t at_ms);

}  // namespace vitrine::sentiment
