#include "commerce/moderation/words.h"

#include <algorithm>
#include <map>
#include <vector>

#include "base/embedded_file.h"
#include "commerce/moderation/lists.h"
#include "learn/text/aho_corasick.h"
#include "learn/text/normalise.h"

namespace vitrine::moderation {
namespace {

constexpr std::string_view kPolicy = "shop";  // the list that policy.tsv is

struct Word {
  std::string text, list;
  Verdict verdict = Verdict::Hold;
};

Verdict verdict_named(std::string_view name) {
  if (name == "refuse") return Verdict::Refuse;
  if (name == "mask") return Verdict::Mask;
  return name == "allow" ? Verdict::Allow : Verdict::Hold;
}

// All words that are not allowed, as they look normalised. Those of the policy come after the
// lists', so theirs is the last say.
std::vector<Word> read_words() {
  std::map<std::string, Word> all;
  each_pair_of_tsv(words_tsv(), [&](std::string_view list, std::string_view word) {
    std::string key = learn::normalise(word);
    all.emplace(key, Word{key, std::string(list), Verdict::Hold});
  });
  each_pair_of_tsv(policy_tsv(), [&](std::string_view verdict, std::string_view word) {
    const std::string key = learn::normalise(word);
    Word& known = all[key];
    if (known.list.empty()) known = {key, std::string(kPolicy), Verdict::Hold};
    known.verdict = verdict_named(verdict);
  });
  std::vector<Word> out;
  for (auto& [key, word] : all)
    if (word.verdict != Verdict::Allow && !key.empty()) out.push_back(std::move(word));
  return out;
}

struct Lists {
  std::vector<Word> words = read_words();
  learn::AhoCorasick automaton{texts_of(words)};

  static std::vector<std::string> texts_of(const std::vector<Word>& words) {
    std::vector<std::string> texts;
    for (const Word& word : words) texts.push_back(word.text);
    return texts;
  }
};

const Lists& lists() {
  static const Lists all;
  return all;
}

// A letter or digit of a script that parts its words by spaces.
bool is_joined(char32_t point) {
  if (point < 0x80) {
    return (point >= '0' && point <= '9') || (point >= 'a' && point <= 'z') ||
           (point >= 'A' && point <= 'Z');
  }
  if (point < 0xC0 || point == 0xFFFD) return false;
  const bool is_thai_to_khmer =
      (point >= 0x0E00 && point < 0x1000) || (point >= 0x1780 && point < 0x1800);
  const bool is_hangul_letter = point >= 0x1100 && point < 0x1200;
  return !is_thai_to_khmer && !is_hangul_letter && point < 0x2000;
}

char32_t point_before(std::string_view text, std::size_t at) {
  std::size_t from = at;
  while (from > 0 && (static_cast<unsigned char>(text[--from]) & 0xC0U) == 0x80U) {}
  const auto points = learn::code_points(text.substr(from, at - from));
  return points.empty() ? U' ' : points.back();
}

char32_t point_at(std::string_view text, std::size_t at) {
  const auto points = learn::code_points(text.substr(at, 4));
  return points.empty() ? U' ' : points.front();
}

bool is_whole(std::string_view text, std::size_t begin, std::size_t end) {
  const bool goes_on_before =
      begin > 0 && is_joined(point_at(text, begin)) && is_joined(point_before(text, begin));
  const bool goes_on_after =
      end < text.size() && is_joined(point_before(text, end)) && is_joined(point_at(text, end));
  return !goes_on_before && !goes_on_after;
}

// The gravest word of a text, of equal ones the longest, then the first; null: none.
const Word* gravest_in(std::string_view text) {
  const Word* found = nullptr;
  for (const auto& match : lists().automaton.find_all(text)) {
    if (!is_whole(text, match.begin, match.end)) continue;
    const Word& word = lists().words[match.word];
    const bool graver = found == nullptr || word.verdict > found->verdict;
    const bool longer = found != nullptr && word.verdict == found->verdict &&
                        word.text.size() > found->text.size();
    if (graver || longer) found = &word;
  }
  return found;
}

// "fuuuuck" as "fuck"; letters that stand twice stay, as in "ass".
std::string without_stretches(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i + 1;
    while (end < text.size() && text[end] == text[i]) ++end;
    out.append(end - i > 2 ? 1 : end - i, text[i]);
    i = end;
  }
  return out;
}

const Word* gravest_read(std::string_view text) {
  std::vector<std::string> readings{learn::normalise(text)};
  const auto add = [&](std::string reading) {
    if (std::ranges::find(readings, reading) == readings.end())
      readings.push_back(std::move(reading));
  };
  add(without_stretches(learn::normalise(text, {.repeats_max = 3})));
  for (std::size_t i = 0, plain = readings.size(); i < plain; ++i) {
    add(learn::read_leetspeak(readings[i]));
    add(learn::join_letters(readings[i]));
  }
  const Word* found = nullptr;
  for (const std::string& reading : readings) {
    const Word* word = gravest_in(reading);
    if (word != nullptr && (found == nullptr || word->verdict > found->verdict)) found = word;
  }
  return found;
}

// Covers each word between spaces that holds a masked one. Empty when none does: the word is
// spelt over several, and there is nothing to cover.
std::string masked(std::string_view text) {
  std::string out;
  bool covered = false;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    if (!word.empty() && gravest_read(word) != nullptr) {
      for (std::size_t i = learn::code_points(word).size(); i > 0; --i) out += '*';
      covered = true;
    } else {
      out += word;
    }
    text.remove_prefix(word.size());
    if (!text.empty()) {
      out += ' ';
      text.remove_prefix(1);
    }
  }
  return covered && gravest_read(out) == nullptr ? out : std::string{};
}

std::string list_in_words(const Word& word) {
  return word.list == kPolicy ? "this shop's own word list" : "the word list \"" + word.list + '"';
}

}  // namespace

Ruling rule_of_words(std::string_view text) {
  const Word* word = gravest_read(text);
  if (word == nullptr) return {};
  Ruling ruling{word->verdict, "words:" + word->list, kWordsVersion,
                "It says \"" + word->text + "\", which is on " + list_in_words(*word) + "."};
  if (word->verdict == Verdict::Mask) {
    ruling.text = masked(text);
    if (ruling.text.empty()) ruling.verdict = Verdict::Hold;
  }
  return ruling;
}

}  // namespace vitrine::moderation
