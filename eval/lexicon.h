#pragma once
// Words, emotes and emoji with the sentiment people gave them: the usual way to judge chat, and
// what a model must beat.
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "eval/options.h"

namespace vitrine::eval {

class Lexicon {
 public:
  // The three lists of chat_twitch_sentiment. Emotes are looked up as written, words in lower case.
  static Result<Lexicon> load(const Options& options);

  enum class Part { Any, Emotes, Words };  // emoji are emotes
  struct Judgement {
    double mean = 0;  // over the words that are known
    double low = 0, high = 0, last = 0;
    int positive = 0, negative = 0;
  };
  Judgement judge(std::string_view text, Part part) const;

 private:
  struct Entry {
    double value;
    Part part;
  };
  Result<void> add(const std::string& path, Part part);
  // Null of an unknown word.
  const Entry* find(std::string_view word) const;

  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace vitrine::eval
