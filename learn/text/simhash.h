#pragma once
// Texts that are nearly the same have fingerprints that differ in few bits; and the recent texts
// within a few bits of a new one, without looking at each.
//
// Sources: Charikar, "Similarity estimation techniques from rounding algorithms", STOC 2002; bands
// as in Manku et al., "Detecting near-duplicates for web crawling", WWW 2007. Cost: about 10 ns a
// feature; a look-up visits the recent texts that share one of four bands of 16 bits.
#include <bit>
#include <cstdint>
#include <deque>
#include <map>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace vitrine::learn {

// Of a normalised text: its words, pairs of words, and runs of four characters.
std::uint64_t simhash(std::string_view normalised);

inline int bits_apart(std::uint64_t a, std::uint64_t b) { return std::popcount(a ^ b); }

// The latest texts, by fingerprint. Finds every one within 3 bits; of those further apart most.
class NearTexts {
 public:
  explicit NearTexts(std::size_t texts_max = 4096) : texts_max_(texts_max) {}

  struct Near {
    std::uint64_t id;
    int bits;
    friend bool operator==(const Near&, const Near&) = default;
  };
  // Newest first.
  std::vector<Near> find(std::uint64_t fingerprint, int bits_max = 3) const;
  void add(std::uint64_t id, std::uint64_t fingerprint);  // the oldest goes when it is full
  std::size_t size() const { return texts_.size(); }

  Bytes snapshot() const;
  static Result<NearTexts> restore(BytesView snapshot);

 private:
  struct Text {
    std::uint64_t id, fingerprint;
  };
  std::size_t texts_max_;
  std::uint64_t first_ = 0;  // the number of texts_.front(), counting all ever added
  std::deque<Text> texts_;
  // (band, its 16 bits) -> numbers of texts, oldest first.
  std::map<std::uint32_t, std::deque<std::uint64_t>> bands_;
};

}  // namespace vitrine::learn
