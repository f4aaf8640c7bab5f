#include "bench/peers/generator.h"

#include <doctest/doctest.h>
#include <sodium.h>

#include "bench/peers/word_check.h"

using namespace vitrine::peers;

namespace {

std::string sha256_of(const std::string& bytes) {
  unsigned char digest[crypto_hash_sha256_BYTES];
  crypto_hash_sha256(digest, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  char hex[2 * sizeof digest + 1];
  return sodium_bin2hex(hex, sizeof hex, digest, sizeof digest);
}

}  // namespace

TEST_CASE("the first thousand records are those of the generator in Java") {
  Generator generator;
  std::string all;
  for (std::uint64_t n = 0; n < 1000; ++n) all += generator.record(n) + '\n';
  CHECK(sha256_of(all) == "6d024c5a3eb5511df9cf2da98be73ecc66d0bb17bbd3fb5324fbc31bb8c6e0ac");
}

TEST_CASE("a marker is the first word and changes no other") {
  Generator generator;
  CHECK(generator.record(7, "@7") == "@7 " + generator.record(7));
}

TEST_CASE("counts that equal the text's are exact, and only those") {
  constexpr std::uint64_t kRecords = 50;
  Generator generator;
  std::vector<std::uint64_t> counts(Generator::kWords);
  WordCheck good(kRecords), doubled(kRecords), lost(kRecords);
  const std::uint32_t first_rank = generator.draw(0)[0];
  const std::string first = generator.word(first_rank);
  for (std::uint64_t n = 0; n < kRecords; ++n) {
    for (const std::uint32_t rank : generator.draw(n)) {
      const auto count = ++counts[rank];
      good.add(generator.word(rank), count);
      doubled.add(generator.word(rank), count);
      if (generator.word(rank) != first) lost.add(generator.word(rank), count);
    }
  }
  CHECK(good.exact());
  doubled.add(first, counts[first_rank] + 1'000'000);
  CHECK(doubled.report().find("\"high\":1,") != std::string::npos);
  CHECK(doubled.report().find("\"doubled\":1000000,") != std::string::npos);
  CHECK(!doubled.exact());
  CHECK(lost.report().find("\"low\":1,") != std::string::npos);
  CHECK(!lost.exact());
}

TEST_CASE("updates that repeat what was seen are counted, and so are words never drawn") {
  WordCheck check(1);
  Generator generator;
  const std::string word = generator.word(generator.draw(0)[0]);
  check.add(word, 1);
  check.add(word, 1);
  check.add("@1", 1);
  CHECK(check.report().find("\"repeated\":1,\"alien\":1") != std::string::npos);
}
