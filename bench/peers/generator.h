#pragma once
// The text that every engine of the comparison counts: record n depends on (seed, n) alone, and is
// the same bytes in Java (java/observer/.../Gen.java) and here. Both use SplitMix64 and IEEE
// addition, multiplication and division only, so no library can make them differ;
// generator_test.cc holds the digest that the Java one prints.
//
// 6 to 14 words a record, 10 on average; ranks by Zipf with s = 1 over 100,000 words of 3 to 9
// letters.
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vitrine::peers {

class Generator {
 public:
  static constexpr std::uint32_t kWords = 100'000;
  static constexpr std::size_t kWordsPerRecord_max = 14;

  explicit Generator(std::uint64_t seed = 42);

  // The ranks of record n's words; valid until the next call.
  std::span<const std::uint32_t> draw(std::uint64_t n);
  // Record n; `marker`, when there is one, is its first word, before those drawn.
  std::string record(std::uint64_t n, std::string_view marker = {});
  const std::string& word(std::uint32_t rank) const { return words_[rank]; }

 private:
  std::uint64_t seed_;
  std::vector<std::string> words_;
  std::vector<double> sums_;           // of 1 / (rank + 1), up to and with each rank
  std::vector<std::uint32_t> nearby_;  // for 65,537 even steps: a rank close to the wanted one
  std::array<std::uint32_t, kWordsPerRecord_max> drawn_{};
};

}  // namespace vitrine::peers
