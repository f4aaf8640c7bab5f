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

constexpr std::size_t kMatchesMax = 1'024;    // of one reading
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

constexpr std::size_t kTablesMax = 1'024;  // a megabyte

struct Lists {
  std::vector<Word> words = read_words();
  learn::AhoCorasick automaton{texts_of(words), kTablesMax};

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

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

char32_t point_before(std::string_view text, std::size_t at) {
  if (is_ascii(text[at - 1])) return static_cast<unsigned char>(text[at - 1]);
  std::size_t from = at;
  while (from > 0 && (static_cast<unsigned char>(text[--from]) & 0xC0U) == 0x80U) {}
  const auto points = learn::code_points(text.substr(from, at - from));
  return points.empty() ? U' ' : points.back();
}

char32_t point_at(std::string_view text, std::size_t at) {
  if (is_ascii(text[at])) return static_cast<unsigned char>(text[at]);
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
  const Lists& all = lists();
  std::size_t matches = 0;
  all.automaton.each(text, [&](const learn::AhoCorasick::Match& match) {
    if (!is_whole(text, match.begin, match.end)) return ++matches < kMatchesMax;
    const Word& word = all.words[match.word];
    const bool graver = found == nullptr || word.verdict > found->verdict;
    const bool longer = found != nullptr && word.verdict == found->verdict &&
                        word.text.size() > found->text.size();
    if (graver || longer) found = &word;
    return ++matches < kMatchesMax;
  });
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

// False: without_stretches() changes nothing of it.
bool has_stretches(std::string_view text) {
  for (std::size_t i = 2; i < text.size(); ++i)
    if (text[i] == text[i - 1] && text[i] == text[i - 2]) return true;
  return false;
}

// The ways to read a text, none twice; the first is the normalised text.
class Readings {
 public:
  Readings(std::string_view text, std::string_view plain) {
    all_.emplace_back(plain);
    // Of a text without a letter beside its like there is nothing to cut, neither here nor there.
    if (has_neighbours(plain)) {
      std::string uncut = learn::normalise(text, {.repeats_max = 3});
      add(has_stretches(uncut) ? without_stretches(uncut) : std::move(uncut));
    }
    for (std::size_t i = 0, plain_ones = all_.size(); i < plain_ones; ++i) {
      if (learn::has_leetspeak(all_[i])) add(learn::read_leetspeak(all_[i]));
      if (learn::has_letters_apart(all_[i])) add(learn::join_letters(all_[i]));
    }
  }
  const std::vector<std::string>& all() const { return all_; }

 private:
  // True also where a letter beyond ASCII may stand beside its like.
  static bool has_neighbours(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i)
      if (!is_ascii(text[i]) || (i > 0 && text[i] == text[i - 1])) return true;
    return false;
  }
  void add(std::string reading) {
    if (std::ranges::find(all_, reading) == all_.end()) all_.push_back(std::move(reading));
  }
  std::vector<std::string> all_;
};

const Word* gravest_read(std::string_view text, std::string_view plain) {
  const Word* found = nullptr;
  const Readings readings{text, plain};
  for (const std::string& reading : readings.all()) {
    const Word* word = gravest_in(reading);
    if (word != nullptr && (found == nullptr || word->verdict > found->verdict)) found = word;
  }
  return found;
}
const Word* gravest_read(std::string_view text) {
  return gravest_read(text, learn::normalise(text));
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

Ruling rule_of_words(std::string_view text, std::string_view plain) {
  const Word* word = gravest_read(text, plain);
  if (word == nullptr) return {};
  Ruling ruling{word->verdict, "words:" + word->list, kWordsVersion,
                "It says \"" + word->text + "\", which is on " + list_in_words(*word) + "."};
  if (word->verdict == Verdict::Mask) {
    ruling.text = masked(text);
    if (ruling.text.empty()) ruling.verdict = Verdict::Hold;
  }
  return ruling;
}

Ruling rule_of_words(std::string_view text) { return rule_of_words(text, learn::normalise(text)); }

}  // namespace vitrine::moderation
