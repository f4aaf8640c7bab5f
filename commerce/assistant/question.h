#pragma once
// What in a chat is a question, and which questions are the same one. Pure.
//
// By rules, in English and German: a mark, a word that asks at the beginning, or a verb before its
// subject. Two questions are the same when they have most of their content words in common, or
// when they ask the same thing (size, price, delivery …) of the same product. Cost: microseconds a
// message. A text is UTF-8; letters beyond ASCII are kept as they stand, but for the German ones.
#include <string>
#include <string_view>
#include <vector>

namespace vitrine::assistant {

inline constexpr std::size_t kContentMax = 16;  // words of a question that count

// `words`: model::words_of(text).
bool is_question(std::string_view text, const std::vector<std::string>& words);

// What the question is about: its words without those that every question has, shortened to their
// stems, sorted, each once.
std::vector<std::string> content_of(const std::vector<std::string>& words);

// As content_of shortens it.
std::string stem_of(std::string word);

// The thing that is asked for: "size", "price", "delivery", "returns", "stock", "material",
// "colour", "care", "payment", "warranty"; empty when it is none of these.
std::string_view topic_of(const std::vector<std::string>& content);

// The share of the smaller set's words that both have, 0 to 1. Both sorted.
double overlap(const std::vector<std::string>& a, const std::vector<std::string>& b);

}  // namespace vitrine::assistant
