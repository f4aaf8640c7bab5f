#include "bench/peers/generator.h"

#include <unordered_set>

namespace vitrine::peers {
namespace {

constexpr std::uint32_t kSteps = 65'536;

std::uint64_t mix(std::uint64_t z) {
  z += 0x9E3779B97F4A7C15ULL;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31U);
}

// 3 to 9 small letters.
std::string word_of(std::uint64_t number) {
  std::string word(3 + number % 7, ' ');
  std::uint64_t rest = number >> 3U;
  for (char& letter : word) {
    letter = static_cast<char>('a' + rest % 26);
    rest /= 26;
  }
  return word;
}

}  // namespace

Generator::Generator(std::uint64_t seed) : seed_(seed) {
  std::unordered_set<std::string> taken;
  double sum = 0;
  for (std::uint32_t rank = 0; rank < kWords; ++rank) {
    sum += 1.0 / (rank + 1);
    sums_.push_back(sum);
    std::uint64_t number = mix(rank);
    std::string word = word_of(number);
    while (!taken.insert(word).second) {  // a word that is there already draws again
      number = mix(number);
      word = word_of(number);
    }
    words_.push_back(std::move(word));
  }
  std::uint32_t rank = 0;
  for (std::uint32_t step = 0; step <= kSteps; ++step) {
    const double at = step / static_cast<double>(kSteps) * sum;
    while (rank < kWords - 1 && sums_[rank] <= at) ++rank;
    nearby_.push_back(rank);
  }
}

std::span<const std::uint32_t> Generator::draw(std::uint64_t n) {
  std::uint64_t number = mix(seed_ * 0x2545F4914F6CDD1DULL + n);
  const std::size_t count = 6 + number % 9;
  for (std::size_t i = 0; i < count; ++i) {
    number = mix(number);
    const double share = static_cast<double>(number >> 11U) * 0x1.0p-53;
    const double at = share * sums_.back();
    std::uint32_t rank = nearby_[static_cast<std::size_t>(share * kSteps)];
    while (rank > 0 && sums_[rank - 1] > at) --rank;
    while (rank < kWords - 1 && sums_[rank] <= at) ++rank;
    drawn_[i] = rank;
  }
  return {drawn_.data(), count};
}

std::string Generator::record(std::uint64_t n, std::string_view marker) {
  std::string text(marker);
  for (const std::uint32_t rank : draw(n)) {
    if (!text.empty()) text += ' ';
    text += words_[rank];
  }
  return text;
}

}  // namespace vitrine::peers
