#pragma once
// What a chat line complains of. Pure; by word patterns, in English and German.
//
// The five concerns are the questions a host asks of her show while it runs: do they like it,
// should it be presented differently, are picture and sound right, which feature do they ask about,
// must it stop now. Cost: a lookup a word, microseconds a line. Abuse is none of them: it is what
// moderation has held, heard of its own.
#include <string>
#include <string_view>
#include <vector>

namespace vitrine::sentiment {

enum class Concern { None, Dislike, Presentation, Technical, Feature, Stop, Abuse };
std::string_view name_of(Concern concern);

struct Heard {
  Concern concern = Concern::None;
  std::string_view about;  // sound, picture, pace, price …; empty: nothing in particular
};

// `words`: model::words_of(text). The gravest that matches: stop, technical, presentation, dislike;
// a question about a product's feature is Feature, with the feature.
Heard concern_of(std::string_view text, const std::vector<std::string>& words);

}  // namespace vitrine::sentiment
