#include "commerce/sentiment/mood.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace vitrine::sentiment {
namespace {

// Kept of a weight each second: half after 15 s, half after five minutes. Factors, not powers, so
// that the sum is the same on every machine.
constexpr double kFast = 0.95484, kSlow = 0.99769;
constexpr std::int64_t kSecondsMax = 3'600;
void age(Mood& mood, std::int64_t now_s) {
  if (mood.at_s == 0) mood.at_s = now_s;
  for (std::int64_t left = std::min(now_s - mood.at_s, kSecondsMax); left > 0; --left) {
    mood.fast_sum *= kFast;
    mood.fast_weight *= kFast;
    mood.slow_sum *= kSlow;
    mood.slow_weight *= kSlow;
    for (Term& term : mood.terms) term.weight *= kFast;
  }
  mood.at_s = std::max(mood.at_s, now_s);
}

// The heaviest first, equal ones as they stood. By insertion: nearly all are in order.
void sort_by_weight(std::vector<Term>& terms) {
  for (std::size_t i = 1; i < terms.size(); ++i) {
    if (terms[i - 1].weight >= terms[i].weight) continue;
    Term moved = std::move(terms[i]);
    std::size_t to = i;
    for (; to > 0 && terms[to - 1].weight < moved.weight; --to)
      terms[to] = std::move(terms[to - 1]);
    terms[to] = std::move(moved);
  }
}

void weigh(Mood& mood, const Scored& scored) {
  for (const std::string& word : scored.terms) {
    auto at = std::ranges::find(mood.terms, word, &Term::word);
    if (at == mood.terms.end()) {
      if (mood.terms.size() == kTermsMax) mood.terms.pop_back();
      at = mood.terms.insert(mood.terms.end(), {word, 0});
    }
    at->weight += 1;
  }
  sort_by_weight(mood.terms);
}

double mean(double sum, double weight) { return weight < 1e-9 ? 0 : sum / weight; }

std::string signed_text(double score) {
  const auto hundredths = static_cast<int>(std::abs(score) * 100 + 0.5);
  const std::string digits = std::to_string(hundredths % 100);
  return std::string(score < 0 ? "-" : "+") + std::to_string(hundredths / 100) + "." +
         (digits.size() == 1 ? "0" : "") + digits;
}

}  // namespace

void feel(Mood& mood, const Scored& scored, std::int64_t at_ms) {
  age(mood, at_ms / 1'000);
  mood.fast_sum += scored.score;
  mood.slow_sum += scored.score;
  mood.fast_weight += 1;
  mood.slow_weight += 1;
  ++mood.messages;
  mood.positive += scored.score >= kClear ? 1 : 0;
  mood.negative += scored.score <= -kClear ? 1 : 0;
  weigh(mood, scored);
}

MoodTick tick_of(Mood& mood, std::int64_t at_ms) {
  age(mood, at_ms / 1'000);
  MoodTick tick;
  tick.set_at_ms(at_ms);
  tick.set_score(mean(mood.fast_sum, mood.fast_weight));
  tick.set_usual(mean(mood.slow_sum, mood.slow_weight));
  tick.set_messages(mood.messages);
  tick.set_positive(mood.positive);
  tick.set_negative(mood.negative);
  std::string why = "feels " + signed_text(tick.score()) + ", usual is " +
                    signed_text(tick.usual());
  for (std::size_t i = 0; i < std::min<std::size_t>(mood.terms.size(), 3); ++i) {
    tick.add_terms(mood.terms[i].word);
    why += (i == 0 ? ": " : ", ") + mood.terms[i].word;
  }
  tick.set_why(std::move(why));
  mood.told_messages = mood.messages;
  return tick;
}

}  // namespace vitrine::sentiment
