#include "commerce/assistant/never.h"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "learn/text/aho_corasick.h"
#include "learn/text/normalise.h"

namespace vitrine::assistant {
namespace {

using Phrase = std::pair<std::string_view, std::string_view>;

// Whole words, as learn::normalise leaves them.
constexpr std::array<Phrase, 72> kNever{{
    {"allergic", "health"},
    {"allergies", "health"},
    {"allergy", "health"},
    {"allergen", "health"},
    {"allergens", "health"},
    {"allergie", "health"},
    {"allergisch", "health"},
    {"asthma", "health"},
    {"bpa", "health"},
    {"cancer", "health"},
    {"celiac", "health"},
    {"coeliac", "health"},
    {"choke", "health"},
    {"choking", "health"},
    {"cure", "health"},
    {"cures", "health"},
    {"diabetes", "health"},
    {"diabetic", "health"},
    {"doctor", "health"},
    {"eczema", "health"},
    {"gesund", "health"},
    {"gesundheit", "health"},
    {"giftig", "health"},
    {"gluten", "health"},
    {"headache", "health"},
    {"heal", "health"},
    {"health", "health"},
    {"healthy", "health"},
    {"krank", "health"},
    {"lead free", "health"},
    {"medical", "health"},
    {"medicine", "health"},
    {"migraine", "health"},
    {"nickel", "health"},
    {"nut free", "health"},
    {"nuts in", "health"},
    {"pain", "health"},
    {"poison", "health"},
    {"poisonous", "health"},
    {"pregnant", "health"},
    {"pregnancy", "health"},
    {"rash", "health"},
    {"safe for babies", "health"},
    {"safe for baby", "health"},
    {"safe for kids", "health"},
    {"safe for children", "health"},
    {"safe for my", "health"},
    {"schwanger", "health"},
    {"sensitive skin", "health"},
    {"toddler", "health"},
    {"toxic", "health"},
    {"weight loss", "health"},
    {"illegal", "law"},
    {"lawsuit", "law"},
    {"lawyer", "law"},
    {"legal", "law"},
    {"sue", "law"},
    {"tax", "law"},
    {"customs", "law"},
    {"zoll", "law"},
    {"my order number", "a person's own order"},
    {"order number", "a person's own order"},
    {"meine bestellung", "a person's own order"},
    {"my parcel is", "a person's own order"},
    {"where is my", "a person's own order"},
    {"wheres my", "a person's own order"},
    {"wo ist mein", "a person's own order"},
    {"best price", "bargaining"},
    {"cheaper if", "bargaining"},
    {"lower price", "bargaining"},
    {"price match", "bargaining"},
    {"rabatt für mich", "bargaining"},
}};

learn::AhoCorasick phrases() {
  std::vector<std::string> all;
  for (const auto& [phrase, topic] : kNever) all.emplace_back(phrase);
  return learn::AhoCorasick{all};
}

}  // namespace

std::string_view never_answered(std::string_view text) {
  static const learn::AhoCorasick search = phrases();
  const auto found = search.find_words(learn::normalise(text), 1);
  return found.empty() ? std::string_view{} : kNever[found.front().word].second;
}

}  // namespace vitrine::assistant
