#include "learn/models/reply_features.h"

#include <algorithm>
#include <bit>

#include "learn/text/features.h"
#include "learn/text/normalise.h"

namespace vitrine::learn {
namespace {

// Features of a line, of its place in the room, and of a pair of lines. Each has up to 16 values.
enum Kind : std::uint32_t {
  kAlways,
  kCalls,
  kQuestion,
  kLength,
  kOwnBefore,
  kOwnMinutes,
  kPace,
  kAuthorsNear,
  kCalledSince,
  kAddressedBefore,
  kDistance,
  kMinutes,
  kSameAuthor,
  kNamesHer,
  kNamesUs,
  kLaterLines,
  kAfterOwn,
  kShared,
  kSharedRare,
  kItsQuestion,
  kItsCalls,
  kItsLength,
  kTalked,
  kMovedOn,
  kAnswered,
  kNewestCall,
  kAddressedLast,
  kSameTarget,
  kDistanceSame,
  kDistanceNamed,
  kQuestionCalls,
  kBetween,
};
constexpr std::uint32_t kValues = 16, kSides = 512;  // the line itself has inputs of its own

void put(Ranker::Candidate& out, bool self, std::uint32_t kind, std::size_t value) {
  const auto bounded = static_cast<std::uint32_t>(std::min<std::size_t>(value, kValues - 1));
  out.push_back(static_cast<std::uint16_t>((self ? kSides : 0) + kind * kValues + bounded));
}

// Hashed, for the linear part only.
void put_word(Ranker::Candidate& out, std::uint64_t kind, std::uint64_t value) {
  const std::uint64_t places = ReplyFeatures::kInputs - ReplyFeatures::kDense;
  const std::uint64_t hash = stable_mix(value * 64 + kind);
  out.push_back(static_cast<std::uint16_t>(ReplyFeatures::kDense + hash % places));
}

// 0 1 2 3 4 5-6 7-8 9-12 13-16 …: fine for few, coarse for many.
std::size_t step_of(std::size_t count) {
  if (count <= 4) return count;
  const auto bits = static_cast<std::size_t>(std::bit_width(count - 1));
  const std::size_t half = (count - 1) >> (bits - 2U) & 1U;
  return 5 + (bits - 3) * 2 + half;
}

bool contains(const std::vector<std::uint64_t>& all, std::uint64_t one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

// Words that say little of what a line is about.
bool common(std::string_view word) {
  static const std::vector<std::string_view> kCommon = {
      "a",    "about", "all",  "an",    "and",   "any",  "are",   "as",   "at",   "be",
      "but",  "by",    "can",  "do",    "does",  "for",  "from",  "get",  "has",  "have",
      "how",  "i",     "i'm",  "if",    "in",    "is",   "it",    "it's", "just", "like",
      "me",   "my",    "no",   "not",   "of",    "ok",   "on",    "one",  "or",   "so",
      "some", "that",  "the",  "then",  "there", "they", "this",  "to",   "up",   "use",
      "was",  "what",  "when", "which", "will",  "with", "would", "yes",  "you",  "your"};
  return word.size() < 2 || std::binary_search(kCommon.begin(), kCommon.end(), word);
}

bool asks(std::string_view word) {
  for (const char* one : {"how", "what", "where", "why", "who", "when", "which", "is", "does",
                          "can", "do", "anyone", "any", "has", "could", "should", "whats", "are"})
    if (word == one) return true;
  return false;
}

}  // namespace

bool ReplyFeatures::known_author(std::uint64_t author) const {
  return std::any_of(lines_.begin(), lines_.end(),
                     [author](const Line& line) { return line.author == author; });
}

ReplyFeatures::Line ReplyFeatures::parse(const ChatLine& line) const {
  Line parsed{};
  parsed.minute = line.minute;
  parsed.author = stable_hash(normalise(line.author, {.repeats_max = 0}));
  parsed.notice = line.notice;
  const std::string text = normalise(line.text, {.repeats_max = 0});
  // Names may hold signs that words do not: pieces between spaces, without signs at the end.
  std::size_t pieces = 0;
  for (std::size_t i = 0; i < text.size() && pieces < 100; ++pieces) {
    const std::size_t end = std::min(text.find(' ', i), text.size());
    std::string_view piece = std::string_view{text}.substr(i, end - i);
    const bool calls = piece.size() > 1 && (piece.back() == ':' || piece.back() == ',');
    std::uint64_t name = stable_hash(piece);
    bool known = known_author(name);
    while (!known && piece.size() > 2 && std::string_view{":,.;?!)"}.find(piece.back()) < 7) {
      piece.remove_suffix(1);
      name = stable_hash(piece);
      known = known_author(name);
    }
    if (known && name != parsed.author && (piece.size() > 2 || calls) && !common(piece)) {
      if (!contains(parsed.named, name)) parsed.named.push_back(name);
      if (i == 0) parsed.named_first = true;
    } else if (i == 0 && calls) {
      parsed.calls_unknown = true;
    }
    i = end + 1;
  }
  const auto words = words_of(text, 100);
  parsed.length = static_cast<int>(words.size());
  for (const std::string_view word : words) {
    const std::uint64_t hash = stable_hash(word);
    parsed.all_words.push_back(hash);
    if (!common(word) && !contains(parsed.named, hash)) parsed.words.push_back(hash);
  }
  std::sort(parsed.words.begin(), parsed.words.end());
  parsed.words.erase(std::unique(parsed.words.begin(), parsed.words.end()), parsed.words.end());
  const std::size_t first = parsed.named_first && words.size() > 1 ? 1 : 0;
  if (!words.empty()) parsed.first_word = parsed.all_words[first];
  parsed.question = (text.find('?') != std::string::npos ? 1 : 0) +
                    (!words.empty() && asks(words[first]) ? 2 : 0);
  return parsed;
}

ReplyFeatures::Now ReplyFeatures::look_around() const {
  const Line& line = at(0);
  Now now;
  std::vector<std::uint64_t> near;
  const std::size_t end = std::min(lines_.size(), options_.candidates_max + 1);
  for (std::size_t back = 1; back < end; ++back) {
    const Line& other = at(back);
    if (other.notice) continue;
    if (other.minute + 3 >= line.minute) ++now.lines_near;
    if (back <= 12 && !contains(near, other.author)) near.push_back(other.author);
    if (other.author == line.author) {
      if (now.last_own == 0) now.last_own = back;
      if (now.last_addressed == 0 && !other.named.empty()) now.last_addressed = other.named[0];
    } else if (now.last_own == 0 && contains(other.named, line.author)) {
      now.called_since = true;
    }
  }
  now.authors_near = near.size();
  return now;
}

void ReplyFeatures::add_line_features(Ranker::Candidate& out, const Line& line, const Now& now,
                                      bool self) const {
  put(out, self, kAlways, 0);
  const std::size_t calls = line.named_first      ? 3
                            : !line.named.empty() ? 2
                            : line.calls_unknown  ? 1
                                                  : 0;
  put(out, self, kCalls, calls);
  put(out, self, kQuestion, static_cast<std::size_t>(line.question));
  put(out, self, kLength, step_of(static_cast<std::size_t>(line.length)));
  put(out, self, kOwnBefore, step_of(now.last_own));
  const std::int64_t quiet = now.last_own == 0 ? 0 : line.minute - at(now.last_own).minute + 1;
  put(out, self, kOwnMinutes, step_of(static_cast<std::size_t>(quiet)));
  put(out, self, kPace, step_of(now.lines_near));
  put(out, self, kAuthorsNear, now.authors_near);
  put(out, self, kCalledSince, now.called_since);
  put(out, self, kAddressedBefore, now.last_addressed != 0);
  put(out, self, kQuestionCalls, static_cast<std::size_t>(line.question) * 4 + calls);
}

void ReplyFeatures::add_self(const Line& line, const Now& now) {
  Ranker::Candidate out;
  add_line_features(out, line, now, true);
  put_word(out, 1, line.first_word);
  for (const std::uint64_t word : line.all_words) put_word(out, 2, word);
  candidates_.push_back(std::move(out));
  back_.push_back(0);
}

void ReplyFeatures::add_pair_features(Ranker::Candidate& out, const Line& line, const Now& now,
                                      std::size_t back, std::size_t distance) const {
  const Line& other = at(back);
  std::size_t later = 0, between = 0, answered = 0;
  bool moved_on = false, newer_call = false;
  for (std::size_t i = 1; i < back; ++i) {
    const Line& one = at(i);
    if (one.notice) continue;
    between += one.author != other.author && one.author != line.author ? 1 : 0;
    if (one.author == other.author) {
      ++later;
      moved_on |= !one.named.empty() && !contains(one.named, line.author);
    } else if (contains(one.named, other.author)) {
      ++answered;
    }
    newer_call |= contains(one.named, line.author);
  }
  const bool same = other.author == line.author;
  const bool names_first = line.named_first && line.named[0] == other.author;
  const std::size_t names_her = line.named.empty()                   ? 0
                                : names_first                        ? 3
                                : contains(line.named, other.author) ? 2
                                                                     : 1;
  const bool calls_us = contains(other.named, line.author);
  const std::size_t names_us = !calls_us ? 0 : other.named_first ? 2 : 1;
  const bool same_target = !line.named.empty() && contains(other.named, line.named[0]);
  const std::size_t far = step_of(distance);
  put(out, false, kDistance, far);
  put(out, false, kMinutes, step_of(static_cast<std::size_t>(line.minute - other.minute)));
  put(out, false, kSameAuthor, same ? (between == 0 ? 2 : 1) : 0);
  put(out, false, kNamesHer, names_her * 4 + std::min<std::size_t>(later, 3));
  put(out, false, kNamesUs, names_us * 4 + (newer_call ? 1 : 0) + (moved_on ? 2 : 0));
  put(out, false, kLaterLines, later);
  put(out, false, kAfterOwn, now.last_own == 0 ? 2 : back < now.last_own ? 1 : 0);
  put(out, false, kItsQuestion,
      static_cast<std::size_t>(other.question) * 4 + static_cast<std::size_t>(line.question));
  const std::size_t its_calls = other.named.empty() ? (other.calls_unknown ? 1 : 0)
                                : calls_us          ? 2
                                : same_target       ? 3
                                                    : 4;
  put(out, false, kItsCalls, its_calls * 2 + (same ? 1 : 0));
  put(out, false, kItsLength, step_of(static_cast<std::size_t>(other.length)));
  put(out, false, kMovedOn, moved_on);
  put(out, false, kAnswered, std::min<std::size_t>(answered, 3) * 4 + names_her);
  put(out, false, kNewestCall, calls_us && !newer_call);
  const bool went_on = now.last_addressed == other.author && line.named.empty();
  put(out, false, kAddressedLast, (now.last_addressed != 0 ? 1 : 0) + (went_on ? 1 : 0));
  put(out, false, kSameTarget, (same_target ? 1 : 0) + (same ? 2 : 0));
  put(out, false, kDistanceSame, same ? far : 15);
  put(out, false, kDistanceNamed, names_her >= 2 ? far : 15);
  put(out, false, kBetween, step_of(between));
}

void ReplyFeatures::add_candidate(const Line& line, const Now& now, std::size_t back,
                                  std::size_t distance) {
  const Line& other = at(back);
  Ranker::Candidate out;
  add_line_features(out, line, now, false);
  add_pair_features(out, line, now, back, distance);
  std::vector<std::uint64_t> shared;
  std::set_intersection(line.words.begin(), line.words.end(), other.words.begin(),
                        other.words.end(), std::back_inserter(shared));
  put(out, false, kShared, shared.size());
  std::size_t rare = 0;  // shared words that nobody else used of late
  for (const std::uint64_t word : shared) {
    std::size_t uses = 0;
    const std::size_t end = std::min(lines_.size(), options_.candidates_max + 1);
    for (std::size_t i = 1; i < end && uses < 3; ++i)
      uses += std::binary_search(at(i).words.begin(), at(i).words.end(), word) ? 1 : 0;
    rare += uses < 3 ? 1 : 0;
  }
  put(out, false, kSharedRare, rare);
  // How often the two have named each other of late.
  std::size_t talked = 0;
  const std::size_t end = std::min(lines_.size(), options_.candidates_max + 1);
  for (std::size_t i = 1; i < end && other.author != line.author; ++i) {
    const Line& one = at(i);
    talked += (one.author == line.author && contains(one.named, other.author)) ||
              (one.author == other.author && contains(one.named, line.author));
  }
  put(out, false, kTalked, talked);
  put_word(out, 3, line.first_word);
  put_word(out, 4, line.first_word * 31 + static_cast<std::uint64_t>(other.question));
  put_word(out, 5, other.first_word);
  put_word(out, 6, other.first_word * 31 + line.first_word);
  put_word(out, 7, line.first_word * 31 + (other.author == line.author ? 1 : 0));
  candidates_.push_back(std::move(out));
  back_.push_back(back);
}

void ReplyFeatures::add(const ChatLine& line) {
  lines_.push_back(parse(line));
  if (lines_.size() > options_.lines_max) lines_.pop_front();
  candidates_.clear();
  back_.clear();
  const Line& newest = at(0);
  const Now now = look_around();
  add_self(newest, now);
  std::size_t distance = 0;
  const std::size_t end = std::min(lines_.size(), options_.candidates_max + 1);
  for (std::size_t back = 1; back < end && !newest.notice; ++back)
    if (!at(back).notice) add_candidate(newest, now, back, ++distance);
}

}  // namespace vitrine::learn
