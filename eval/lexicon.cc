#include "eval/lexicon.h"

#include <algorithm>
#include <cstdlib>

#include "eval/files.h"

namespace vitrine::eval {

Result<void> Lexicon::add(const std::string& path, Part part) {
  VT_TRY(const Bytes text, read_file(path));
  bool header = true;
  for (const std::string_view line : lines_of(text)) {
    const std::size_t tab = line.find('\t');
    if (!header && tab != std::string_view::npos) {
      const double value = std::strtod(std::string(line.substr(tab)).c_str(), nullptr);
      entries_.emplace(line.substr(0, tab), Entry{value, part});
    }
    header = false;
  }
  return {};
}

Result<Lexicon> Lexicon::load(const Options& options) {
  Lexicon lexicon;
  const std::string folder = "chat_twitch_sentiment/";
  VT_TRY(const std::string emotes, data_file(options, folder + "emote_average.tsv"));
  VT_TRY(const std::string emoji, data_file(options, folder + "emoji_average.tsv"));
  VT_TRY(const std::string words, data_file(options, folder + "vader_average.tsv"));
  VT_TRY_VOID(lexicon.add(emotes, Part::Emotes));
  VT_TRY_VOID(lexicon.add(emoji, Part::Emotes));
  VT_TRY_VOID(lexicon.add(words, Part::Words));
  return lexicon;
}

const Lexicon::Entry* Lexicon::find(std::string_view word) const {
  // As written, in lower case, and both without the signs at its end.
  for (;;) {
    std::string lower{word};
    for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    auto found = entries_.find(word);
    if (found == entries_.end()) found = entries_.find(lower);
    if (found != entries_.end()) return &found->second;
    if (word.empty() || std::string_view{".,!?\"'"}.find(word.back()) == std::string_view::npos)
      return nullptr;
    word.remove_suffix(1);
  }
}

Lexicon::Judgement Lexicon::judge(std::string_view text, Part part) const {
  Judgement judgement;
  double sum = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const Entry* entry = find(text.substr(0, end));
    if (entry != nullptr && (part == Part::Any || entry->part == part)) {
      sum += entry->value;
      judgement.low = std::min(judgement.low, entry->value);
      judgement.high = std::max(judgement.high, entry->value);
      judgement.last = entry->value;
      (entry->value > 0 ? judgement.positive : judgement.negative) += 1;
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  const int known = judgement.positive + judgement.negative;
  if (known > 0) judgement.mean = sum / known;
  return judgement;
}

}  // namespace vitrine::eval
