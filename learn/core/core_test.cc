#include <doctest/doctest.h>

#include <cmath>
#include <set>

#include "learn/core/exact_math.h"
#include "learn/core/random.h"
#include "learn/core/snapshot.h"

namespace vitrine::learn {
namespace {

using Words = std::array<std::uint32_t, 4>;

TEST_CASE("philox gives the words its authors published") {
  CHECK(philox({0, 0, 0, 0}, {0, 0}) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox({~0U, ~0U, ~0U, ~0U}, {~0U, ~0U}) ==
        Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("the numbers of a position depend on nothing but model and position") {
  Draws first{7, 1000}, again{7, 1000}, elsewhere{7, 1001}, other{8, 1000};
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 50; ++i) {
    const std::uint64_t number = first.next();
    CHECK(number == again.next());
    seen.insert({number, elsewhere.next(), other.next()});
  }
  CHECK(seen.size() == 150);
}

TEST_CASE("draws below an end are in range and evenly spread") {
  std::array<int, 6> counts{};
  for (std::uint64_t position = 0; position < 6000; ++position)
    ++counts.at(Draws{1, position}.below(6));
  for (const int count : counts) CHECK(std::abs(count - 1000) < 150);  // five deviations
}

TEST_CASE("normal draws have mean zero and variance one") {
  double sum = 0, squares = 0;
  Draws draws{3, 3};
  for (int i = 0; i < 10000; ++i) {
    const double x = draws.normal();
    sum += x;
    squares += x * x;
  }
  CHECK(std::abs(sum / 10000) < 0.05);
  CHECK(std::abs(squares / 10000 - 1) < 0.07);
}

TEST_CASE("exact exp and log agree with the C library") {
  for (double x = -700; x < 700; x += 0.37) CHECK(std::abs(exact_exp(x) / std::exp(x) - 1) < 1e-15);
  for (double x = 1e-300; x < 1e300; x *= 3.7)
    CHECK(std::abs(exact_log(x) - std::log(x)) <= 1e-15 * std::abs(std::log(x)));
  for (double x = 0.9; x < 1.1; x += 0.0007)
    CHECK(std::abs(exact_log(x) - std::log(x)) <= 1e-15 * std::abs(std::log(x)) + 1e-18);
  CHECK(exact_exp(0) == 1);
  CHECK(exact_log(1) == 0);
  CHECK(exact_exp(-1000) == 0);
}

TEST_CASE("a sigmoid is never quite sure, and logit undoes it") {
  CHECK(sigmoid(0) == 0.5);
  CHECK(sigmoid(1000) < 1);
  CHECK(sigmoid(-1000) > 0);
  CHECK(std::abs(logit(sigmoid(3)) - 3) < 1e-12);
}

TEST_CASE("sparse values survive their bytes, and other bytes are refused") {
  std::vector<double> values(1000);
  values[0] = 1.5, values[999] = -0.0, values[500] = 1e-320;
  Bytes bytes;
  put_head(bytes, "thing", 2);
  put_sparse(bytes, values);
  std::vector<double> read(1000, 9);
  ByteReader reader{bytes};
  REQUIRE(read_head(reader, "thing", 2));
  REQUIRE(read_sparse(reader, read));
  CHECK(read_end(reader, "thing"));
  CHECK(read == values);
  CHECK(std::signbit(read[999]));
  ByteReader other{bytes}, older{bytes}, cut{BytesView{bytes}.substr(0, bytes.size() - 1)};
  CHECK(read_head(other, "other", 2).error().code == Code::Corrupt);
  CHECK(read_head(older, "thing", 1).error().code == Code::Unsupported);
  REQUIRE(read_head(cut, "thing", 2));
  CHECK_FALSE(read_sparse(cut, read));
  std::vector<double> shorter(10);
  ByteReader wrong{bytes};
  REQUIRE(read_head(wrong, "thing", 2));
  CHECK_FALSE(read_sparse(wrong, shorter));
}

}  // namespace
}  // namespace vitrine::learn
