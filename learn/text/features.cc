#include "learn/text/features.h"

#include <algorithm>
#include <bit>

#include "learn/text/normalise.h"

namespace vitrine::learn {
namespace {

enum Kind : std::uint32_t { kRun = 1, kWord = 2, kPair = 3, kShape = 4 };

constexpr std::size_t kPatternsMax = 64;

// A word's end is a space, a sign is a word of its own for runs.
bool part_of_word(char c) {
  const auto u = static_cast<unsigned char>(c);
  return u >= 0x80 || (u >= '0' && u <= '9') || (u >= 'a' && u <= 'z') || (u >= 'A' && u <= 'Z') ||
         u == '\'' || u == '_';
}

std::uint64_t mixed_in(std::uint64_t hash, char32_t point) {
  hash = (hash ^ point) * 0x9E3779B97F4A7C15ULL;
  return hash ^ hash >> 29U;
}

// The runs that begin at `points`, of kMin to kMax characters, which are there.
template <int kMin, int kMax>
std::uint32_t* put_runs(const char32_t* points, std::uint32_t* to, int bits) {
  std::uint64_t hash = kRun;
#pragma GCC unroll 4
  for (int length = 1; length <= kMax; ++length) {
    hash = mixed_in(hash, points[length - 1]);
    if (length >= kMin)
      *to++ = feature_of(kRun, hash + static_cast<std::uint64_t>(length), bits);
  }
  return to;
}
// The lengths that a chat line is read by have a function each, with its loop unrolled.
template <int kMin, int kMax>
std::size_t put_all_runs(std::u32string_view points, std::uint32_t* to, int bits) {
  std::size_t from = 0;
  for (; from + kMax <= points.size(); ++from)
    to = put_runs<kMin, kMax>(points.data() + from, to, bits);
  return from;
}

void add_runs(Features& features, std::u32string_view points, const FeatureOptions& options) {
  const auto longest = static_cast<std::size_t>(options.chars_max);
  const std::size_t before = features.size();
  if (before >= options.features_max) return;
  const std::size_t most = points.size() * longest;
  features.resize(before + std::min(options.features_max - before, most));
  std::uint32_t* to = features.data() + before;
  std::uint32_t* const full = features.data() + features.size();
  std::size_t from = 0;
  const bool is_usual = longest == 4 && (options.chars_min == 3 || options.chars_min == 4);
  if (is_usual && before + most <= options.features_max) {
    const auto lengths = static_cast<std::size_t>(5 - options.chars_min);
    from = options.chars_min == 3 ? put_all_runs<3, 4>(points, to, options.bits)
                                  : put_all_runs<4, 4>(points, to, options.bits);
    to += from * lengths;
  }
  for (; from < points.size() && to != full; ++from) {
    std::uint64_t hash = kRun;
    const std::size_t end = std::min(points.size(), from + longest);
    for (std::size_t i = from; i < end && to != full; ++i) {
      hash = mixed_in(hash, points[i]);
      const int length = static_cast<int>(i - from) + 1;
      if (length < options.chars_min) continue;
      *to++ = feature_of(kRun, hash + static_cast<std::uint64_t>(length), options.bits);
    }
  }
  features.resize(static_cast<std::size_t>(to - features.data()));
}

}  // namespace

std::uint64_t stable_mix(std::uint64_t value) {
  value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  value = (value ^ (value >> 27U)) * 0x94D049BB133111EBULL;
  return value ^ (value >> 31U);
}

std::uint64_t stable_hash(std::string_view text, std::uint64_t seed) {
  std::uint64_t hash = 0xCBF29CE484222325ULL ^ stable_mix(seed);
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  return stable_mix(hash);
}

std::uint32_t feature_of(std::uint32_t kind, std::uint64_t value, int bits) {
  return static_cast<std::uint32_t>(stable_mix(value + kind * 0x9E3779B97F4A7C15ULL) >>
                                    static_cast<unsigned>(64 - bits));
}

std::vector<std::string_view> words_of(std::string_view text, std::size_t most) {
  std::vector<std::string_view> words;
  words.reserve(std::min(most, text.size() / 4 + 1));
  for (std::size_t i = 0; i < text.size() && words.size() < most;) {
    std::size_t end = i;
    while (end < text.size() && part_of_word(text[end])) ++end;
    if (end > i) words.push_back(text.substr(i, end - i));
    i = end + 1;
  }
  return words;
}

void add_text_features(Features& features, std::string_view text, const FeatureOptions& options) {
  if (options.chars_max > 0) {
    // Spaces stand around each piece; those between two are of both.
    std::u32string points = U" ";
    points.reserve(text.size() + 2);
    append_code_points(points, text);
    points += U' ';
    const std::u32string_view all = points;
    for (std::size_t begin = 1, i = 1; i < all.size(); ++i) {
      const bool is_end = i + 1 == all.size();
      if (!is_end && (all[i] != U' ' || options.across_words)) continue;
      if (i > begin) add_runs(features, all.substr(begin - 1, i - begin + 2), options);
      begin = i + 1;
    }
  }
  if (options.words_max == 0) return;
  std::uint64_t before = 0;
  for (std::size_t i = 0; i < text.size() && features.size() + 1 < options.features_max;) {
    const std::size_t end = std::min(text.find(' ', i), text.size());
    const std::uint64_t hash = stable_hash(text.substr(i, end - i));
    features.push_back(feature_of(kWord, hash, options.bits));
    if (options.words_max > 1) {
      features.push_back(feature_of(kPair, before * 3 + hash, options.bits));
      before = hash;
    }
    i = end + 1;
  }
}

void add_shape_features(Features& features, std::string_view raw, int bits) {
  std::uint64_t capitals = 0, digits = 0, signs = 0, others = 0;
  std::uint64_t pattern = 0, length = 0;
  char last = 0;
  std::size_t patterns = 0;
  for (std::size_t i = 0; i <= raw.size(); ++i) {
    const char c = i < raw.size() ? raw[i] : ' ';
    if (c == ' ') {
      // The pattern and the length of a word, in powers of two.
      if (length > 0 && ++patterns <= kPatternsMax)
        features.push_back(feature_of(kShape, pattern * 64 + std::bit_width(length), bits));
      pattern = length = 0;
      last = 0;
      continue;
    }
    const bool digit = c >= '0' && c <= '9', capital = c >= 'A' && c <= 'Z';
    const bool other = (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80;
    const char kind = digit ? '9' : capital ? 'A' : other ? 'a' : c;
    (digit ? digits : capital ? capitals : other ? others : signs) += 1;
    if (kind != last) pattern = pattern * 131 + static_cast<unsigned char>(kind);
    last = kind;
    ++length;
  }
  const std::uint64_t all = capitals + digits + signs + others;
  std::uint64_t which = 1;
  for (const std::uint64_t part : {capitals, digits, signs}) {
    features.push_back(feature_of(kShape + 1, which * 1024 + std::bit_width(part), bits));
    features.push_back(
        feature_of(kShape + 2, which * 1024 + (all == 0 ? 0 : part * 10 / all), bits));
    ++which;
  }
  features.push_back(feature_of(kShape + 3, std::bit_width(all / 4), bits));
}

void finish_features(Features& features) {
  std::sort(features.begin(), features.end());
  features.erase(std::unique(features.begin(), features.end()), features.end());
}

}  // namespace vitrine::learn
