#pragma once
// A text as places of a hashed vector: its words, pairs of words, and short runs of characters,
// each hashed to a place among 2^bits (Weinberger et al.: "Feature hashing for large scale
// multitask learning", ICML 2009). Runs of characters catch misspelling and compounds; no
// dictionary is kept, so nothing grows. The hash and its seed never change.
//
// Every feature that occurs is there once; all have the same value, 1 / sqrt(how many), so that
// long texts weigh as much as short ones. Cost: about 4 ns a feature, and sorting them.
#include <cstdint>
#include <string_view>
#include <vector>

namespace vitrine::learn {

struct FeatureOptions {
  int bits = 18;
  int chars_min = 2, chars_max = 4;  // lengths of runs of characters; chars_max 0: none
  bool across_words = false;         // runs go on over spaces; else each word stands in spaces
  int words_max = 2;                 // 0: none, 1: words, 2: and pairs of neighbours
  std::size_t features_max = 4096;   // of one text
};

// Sorted places below 2^bits, none twice.
using Features = std::vector<std::uint32_t>;

void add_text_features(Features& features, std::string_view normalised, const FeatureOptions&);

// How a text looks before it is normalised: how long it is, how many capitals, digits and signs it
// has, and the patterns of its words ("AAAA", "9999", "Aa99"). Places of their own.
void add_shape_features(Features& features, std::string_view raw, int bits);

// A feature of the caller's own: `kind` says what it is, `value` which of its values it has.
std::uint32_t feature_of(std::uint32_t kind, std::uint64_t value, int bits);

// Sorts, and leaves each once. To be called when all are added.
void finish_features(Features& features);

// The words between spaces, without signs around them; at most `most`.
std::vector<std::string_view> words_of(std::string_view text, std::size_t most = 1024);

std::uint64_t stable_hash(std::string_view text, std::uint64_t seed = 0);
std::uint64_t stable_mix(std::uint64_t value);

}  // namespace vitrine::learn
