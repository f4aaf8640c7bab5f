#pragma once
// How a line feels, and how the room does. Pure.
//
// A line's score is the mean valence of its words, -1 to 1, where they have one; a negation before
// a word turns it. Valences: VADER (C. J. Hutto and E. Gilbert, 2014, MIT), data/models, compiled
// in. The room's is a mean of the lines' that halves its weight in 15 s, beside one of five
// minutes: what is usual. One vote a person within kVoteMs. Cost: a binary search a word.
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "commerce/model/proto/insight.pb.h"

namespace vitrine::sentiment {

inline constexpr std::int64_t kVoteMs = 10'000;
inline constexpr std::size_t kTermsMax = 32;

// In thousandths; nothing when the lexicon does not know the word.
std::optional<int> valence_of(std::string_view word);

struct Scored {
  double score = 0;                // of the line
  std::vector<std::string> terms;  // the words that made it
};
std::optional<Scored> score_of(const std::vector<std::string>& words);

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
