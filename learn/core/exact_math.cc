#include "learn/core/exact_math.h"

#include <bit>
#include <cstdint>
#include <limits>

#include "base/result.h"

namespace vitrine::learn {
namespace {

// ln 2 in two parts; the first has 32 trailing zeros, so that its small multiples are exact.
constexpr double kLog2High = 0x1.62e42feep-1;
constexpr double kLog2Low = 0x1.a39ef35793c76p-33;

double power_of_two(int exponent) {
  return std::bit_cast<double>(static_cast<std::uint64_t>(exponent + 1023) << 52U);
}

}  // namespace

double exact_exp(double x) {
  if (x < -708) return 0;
  if (x > 709) return std::numeric_limits<double>::infinity();
  const int twos = static_cast<int>(x * 1.4426950408889634 + (x < 0 ? -0.5 : 0.5));
  const double rest = (x - twos * kLog2High) - twos * kLog2Low;  // at most ln 2 / 2 in size
  // Taylor's series by Horner; the fourteenth term is below half a unit of the last place.
  double sum = 1;
  for (int term = 14; term >= 1; --term) sum = 1 + sum * rest / term;
  return sum * power_of_two(twos);
}

double exact_log(double x) {
  VT_CHECK(x >= std::numeric_limits<double>::min() && x <= std::numeric_limits<double>::max());
  const auto bits = std::bit_cast<std::uint64_t>(x);
  int twos = static_cast<int>(bits >> 52U) - 1023;
  double part = std::bit_cast<double>((bits & 0xFFFFFFFFFFFFFULL) | 0x3FF0000000000000ULL);
  if (part > 1.4142135623730951) {
    part /= 2;
    ++twos;
  }
  // log(part) = 2 artanh(s), s = (part - 1) / (part + 1), at most 0.172 in size.
  const double s = (part - 1) / (part + 1);
  const double square = s * s;
  double sum = 0;
  for (int odd = 23; odd >= 3; odd -= 2) sum = (sum + 1.0 / odd) * square;
  return twos * kLog2High + (2 * s + (2 * s * sum + twos * kLog2Low));
}

double sigmoid(double x) {
  if (x > 35) x = 35;
  if (x < -35) x = -35;
  if (x >= 0) return 1 / (1 + exact_exp(-x));
  const double power = exact_exp(x);
  return power / (1 + power);
}

double logit(double probability) {
  VT_CHECK(probability > 0 && probability < 1);
  return exact_log(probability / (1 - probability));
}

}  // namespace vitrine::learn
