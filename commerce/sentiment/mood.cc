#include "commerce/sentiment/mood.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace vitrine::sentiment {
namespace {

using Words = std::vector<std::string>;

// Kept of a weight each second: half after 15 s, half after five minutes. Factors, not powers, so
// that the sum is the same on every machine.
constexpr double kFast = 0.95484, kSlow = 0.99769;
constexpr std::int64_t kSecondsMax = 3'600;
constexpr double kClear = 0.05;  // from here on a line is positive or negative
constexpr std::array<std::string_view, 14> kNegations{
    "aint",  "cant", "dont", "doesnt", "isnt", "kein", "keine",
    "never", "nicht", "no",  "not",    "wasnt", "wont", "without"};
constexpr std::size_t kNegationReach = 3;

// "not that good" is not good; but in "no sound, awful" nothing turns the last word.
bool is_turned(const Words& words, std::size_t i) {
  for (std::size_t back = 1; back <= kNegationReach && back <= i; ++back) {
    const std::string& before = words[i - back];
    if (std::ranges::binary_search(kNegations, before) && (before != "no" || back == 1))
      return true;
  }
  return false;
}

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

void weigh(Mood& mood, const Scored& scored) {
  for (const std::string& word : scored.terms) {
    auto at = std::ranges::find(mood.terms, word, &Term::word);
    if (at == mood.terms.end()) {
      if (mood.terms.size() == kTermsMax) mood.terms.pop_back();
      at = mood.terms.insert(mood.terms.end(), {word, 0});
    }
    at->weight += 1;
  }
  std::ranges::stable_sort(mood.terms, std::ranges::greater{}, &Term::weight);
}

double mean(double sum, double weight) { return weight < 1e-9 ? 0 : sum / weight; }

std::string signed_text(double score) {
  const auto hundredths = static_cast<int>(std::abs(score) * 100 + 0.5);
  const std::string digits = std::to_string(hundredths % 100);
  return std::string(score < 0 ? "-" : "+") + std::to_string(hundredths / 100) + "." +
         (digits.size() == 1 ? "0" : "") + digits;
}

}  // namespace

std::optional<Scored> score_of(const Words& words) {
  Scored out;
  double sum = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto valence = valence_of(words[i]);
    if (!valence) continue;
    // The factor is VADER's.
    sum += *valence / 1'000.0 * (is_turned(words, i) ? -0.74 : 1);
    out.terms.push_back(words[i]);
  }
  if (out.terms.empty()) return std::nullopt;
  out.score = sum / static_cast<double>(out.terms.size());
  return out;
}

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
