#include "commerce/assistant/question.h"

#include <algorithm>
#include <array>
#include <utility>

namespace vitrine::assistant {
namespace {

using Words = std::vector<std::string>;

template <std::size_t N>
bool is_in(const std::array<std::string_view, N>& sorted, std::string_view word) {
  return std::ranges::binary_search(sorted, word);
}

// Sorted, as all lists here: a test holds them to it.
constexpr std::array<std::string_view, 37> kAsking{
    "any", "can", "could", "darf", "did", "do", "does", "geht", "gibt", "habt", "has", "have",
    "how", "hows", "is", "ist", "kann", "könnt", "liefert", "wann", "warum", "was", "welche",
    "wer", "what", "whats", "when", "where", "wheres", "which", "who", "whose", "why", "wie",
    "will", "wo", "would"};
constexpr std::array<std::string_view, 84> kCommon{
    "a", "about", "all", "also", "am", "an", "and", "any", "are", "at", "be", "bitte", "but",
    "can", "could", "das", "dem", "den", "der", "did", "die", "do", "does", "ein", "eine", "es",
    "for", "from", "get", "gibt", "has", "have", "hey", "hi", "how", "i", "if", "in", "is", "ist",
    "it", "its", "kann", "know", "many", "me", "much", "my", "of", "on", "one", "or", "please",
    "pls", "should", "so", "still", "tell", "that", "the", "there", "they", "this", "to", "u",
    "und", "wann", "was", "we", "welche", "what", "when", "where", "which", "who", "whose", "why",
    "wie", "will", "with", "wo", "would", "you", "your"};

struct Topic {
  std::string_view name;
  std::array<std::string_view, 10> stems;  // as content_of leaves them
};
constexpr std::array<Topic, 10> kTopics{{
    {"size", {"big", "large", "size", "dimension", "tall", "wide", "groß", "größe", "cm", "inch"}},
    {"price", {"price", "cost", "expensive", "cheap", "kostet", "preis", "discount", "pound"}},
    {"delivery", {"ship", "deliver", "delivery", "arrive", "postage", "versand", "liefer"}},
    {"returns", {"return", "refund", "exchange", "zurück", "rückgabe", "umtausch"}},
    {"stock", {"stock", "left", "available", "restock", "sold", "lager", "verfügbar"}},
    {"material", {"material", "made", "wood", "metal", "plastic", "cotton", "holz", "fabric"}},
    {"colour", {"colour", "color", "red", "blue", "green", "pink", "farbe", "white", "black"}},
    {"care", {"wash", "clean", "dishwasher", "microwave", "oven", "safe", "waschen"}},
    {"payment", {"pay", "paypal", "card", "klarna", "bezahl", "invoice", "rechnung"}},
    {"warranty", {"warranty", "guarantee", "broken", "garantie", "repair"}},
}};

}  // namespace

// "boxes" and "box", "sizes" and "size", "shipping" and "ship" are one.
std::string stem_of(std::string word) {
  const auto ends = [&](std::string_view tail) {
    return word.size() >= tail.size() + 2 && word.ends_with(tail);
  };
  if (ends("ing")) {
    word.resize(word.size() - 3);
    if (word.size() > 2 && word.back() == word[word.size() - 2]) word.pop_back();
  } else if (ends("sses") || ends("xes") || ends("ches") || ends("shes")) {
    word.resize(word.size() - 2);
  } else if (word.size() > 3 && ends("s") && !word.ends_with("ss")) {
    word.pop_back();
  }
  return word;
}

bool is_question(std::string_view text, const Words& words) {
  if (words.size() < 2) return false;  // "what?!" asks for nothing that could be answered
  const bool marked = text.find('?') != std::string_view::npos;
  if (marked) return true;
  // Without its mark: the word that asks comes first, perhaps after a greeting.
  const std::size_t first = words.front() == "hi" || words.front() == "hey" ? 1 : 0;
  return words.size() >= first + 3 && is_in(kAsking, words[first]);
}

Words content_of(const Words& words) {
  Words content;
  for (const std::string& word : words) {
    if (is_in(kCommon, word)) continue;
    content.push_back(stem_of(word));
    if (content.size() == kContentMax) break;
  }
  std::ranges::sort(content);
  content.erase(std::unique(content.begin(), content.end()), content.end());
  return content;
}

std::string_view topic_of(const Words& content) {
  for (const Topic& topic : kTopics) {
    for (const std::string_view one : topic.stems) {
      if (!one.empty() && std::ranges::binary_search(content, one)) return topic.name;
    }
  }
  return {};
}

double overlap(const Words& a, const Words& b) {
  if (a.empty() || b.empty()) return 0;
  std::size_t both = 0;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    const int order = a[i].compare(b[j]);
    both += order == 0 ? 1 : 0;
    i += order <= 0 ? 1 : 0;
    j += order >= 0 ? 1 : 0;
  }
  return static_cast<double>(both) / static_cast<double>(std::min(a.size(), b.size()));
}

}  // namespace vitrine::assistant
