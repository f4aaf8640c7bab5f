#include "learn/core/random.h"

#include <cmath>

#include "base/result.h"
#include "learn/core/exact_math.h"

namespace vitrine::learn {

std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                    std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t first = 0xD2511F53ULL * counter[0];
    const std::uint64_t second = 0xCD9E8D57ULL * counter[2];
    counter = {static_cast<std::uint32_t>(second >> 32U) ^ counter[1] ^ key[0],
               static_cast<std::uint32_t>(second),
               static_cast<std::uint32_t>(first >> 32U) ^ counter[3] ^ key[1],
               static_cast<std::uint32_t>(first)};
    key[0] += 0x9E3779B9U;
    key[1] += 0xBB67AE85U;
  }
  return counter;
}

std::uint64_t Draws::next() {
  if (half_) {
    half_ = false;
    return block_[2] | std::uint64_t{block_[3]} << 32U;
  }
  block_ =
      philox({static_cast<std::uint32_t>(position_), static_cast<std::uint32_t>(position_ >> 32U),
              static_cast<std::uint32_t>(blocks_), static_cast<std::uint32_t>(blocks_ >> 32U)},
             {static_cast<std::uint32_t>(model_), static_cast<std::uint32_t>(model_ >> 32U)});
  ++blocks_;
  half_ = true;
  return block_[0] | std::uint64_t{block_[1]} << 32U;
}

double Draws::unit() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }

std::uint64_t Draws::below(std::uint64_t end) {
  VT_CHECK(end > 0);
  // Numbers from the incomplete last round of `end` would make its first values likelier.
  const std::uint64_t left_over = (~std::uint64_t{0} % end + 1) % end;
  std::uint64_t number = next();
  while (number > ~std::uint64_t{0} - left_over) number = next();
  return number % end;
}

// Marsaglia's polar method (1964): needs only a logarithm and a square root, both exact here.
double Draws::normal() {
  for (;;) {
    const double x = 2 * unit() - 1;
    const double y = 2 * unit() - 1;
    const double square = x * x + y * y;
    if (square > 0 && square < 1) return x * std::sqrt(-2 * exact_log(square) / square);
  }
}

}  // namespace vitrine::learn
