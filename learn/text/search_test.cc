#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "learn/core/random.h"
#include "learn/text/aho_corasick.h"
#include "learn/text/bm25.h"
#include "learn/text/features.h"
#include "learn/text/simhash.h"

namespace vitrine::learn {
namespace {

using Match = AhoCorasick::Match;

TEST_CASE("all words are found where they are, also inside and over one another") {
  const std::array<std::string, 5> words{"he", "she", "his", "hers", ""};
  const AhoCorasick search{words};
  CHECK(search.find_all("ushers") == std::vector<Match>{{1, 1, 4}, {0, 2, 4}, {3, 2, 6}});
  CHECK(search.find_all("ushers", 1).size() == 1);
  CHECK(search.find_all("").empty());
  CHECK(search.find_words("she, hers").size() == 2);
  CHECK(search.find_words("ushers").empty());
}

TEST_CASE("the search finds what looking for each word at each place finds") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Draws draws{5, seed};
    const auto text_of = [&draws](std::uint64_t length) {
      std::string text;
      while (length-- > 0) text += static_cast<char>('a' + draws.below(3));
      return text;
    };
    std::vector<std::string> words;
    for (int i = 0; i < 8; ++i) words.push_back(text_of(1 + draws.below(4)));
    const std::string text = text_of(30);
    std::vector<Match> expected;
    for (std::size_t end = 1; end <= text.size(); ++end)
      for (std::size_t begin = 0; begin < end; ++begin) {
        const auto found = std::find(words.begin(), words.end(), text.substr(begin, end - begin));
        if (found != words.end())
          expected.push_back({static_cast<std::uint32_t>(found - words.begin()), begin, end});
      }
    CHECK(AhoCorasick{words, seed % 20}.find_all(text) == expected);
  }
}

TEST_CASE("texts with a word changed are near, other texts are not") {
  const std::string first =
      "what is the size of the blue dress that you are wearing now and is it in stock today";
  std::string second = first;
  second.replace(second.find("blue"), 4, "red");
  const std::string other = "please tell us when the show next week begins and who will be there";
  CHECK(bits_apart(simhash(first), simhash(first)) == 0);
  CHECK(bits_apart(simhash(first), simhash(second)) < 16);
  CHECK(bits_apart(simhash(first), simhash(other)) > 18);
}

TEST_CASE("a fingerprint has the bits that most features have") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Draws draws{7, seed};
    std::string text;
    for (std::uint64_t left = draws.below(seed * 3 + 1); left > 0; --left)
      text += draws.below(5) == 0 ? ' ' : static_cast<char>('a' + draws.below(4));
    Features features;
    add_text_features(features, text, {.bits = 32, .chars_min = 4, .chars_max = 4});
    finish_features(features);
    std::uint64_t expected = 0;
    for (unsigned bit = 0; bit < 64; ++bit) {
      const auto with = std::ranges::count_if(
          features, [bit](std::uint32_t one) { return (stable_mix(one) >> bit & 1U) != 0; });
      if (2 * static_cast<std::size_t>(with) > features.size()) expected |= std::uint64_t{1} << bit;
    }
    CHECK(simhash(text) == expected);
  }
}

TEST_CASE("near texts are those a look at each recent one finds, newest first") {
  NearTexts near{64};
  std::vector<std::pair<std::uint64_t, std::uint64_t>> all;
  for (std::uint64_t id = 0; id < 300; ++id) {
    Draws draws{9, id};
    std::uint64_t fingerprint = stable_mix(draws.below(5) + 1);
    for (std::uint64_t flips = draws.below(5); flips > 0; --flips)
      fingerprint ^= std::uint64_t{1} << draws.below(64);
    std::vector<NearTexts::Near> expected;
    const std::size_t begin = all.size() > 64 ? all.size() - 64 : 0;
    for (std::size_t i = all.size(); i-- > begin;)
      if (bits_apart(all[i].second, fingerprint) <= 3)
        expected.push_back({all[i].first, bits_apart(all[i].second, fingerprint)});
    CHECK(near.find(fingerprint) == expected);
    near.add(id, fingerprint);
    all.emplace_back(id, fingerprint);
    if (id == 150) near = *NearTexts::restore(near.snapshot());
  }
  CHECK(near.size() == 64);
  CHECK_FALSE(NearTexts::restore("x"));
}

TEST_CASE("a search scores as the formula says by hand, ties by id") {
  Bm25 index;
  REQUIRE(index.add(3, "red shoe"));
  REQUIRE(index.add(1, "blue shoe"));
  REQUIRE(index.add(2, "blue blue blue hat with a band"));
  const double idf = std::log(1 + (3 - 2 + 0.5) / (2 + 0.5));
  CHECK(index.idf("shoe") == doctest::Approx(idf));
  const double mean = 11.0 / 3;
  const double score = idf * 2.2 / (1 + 1.2 * (0.25 + 0.75 * 2 / mean));
  auto hits = index.search("shoe shoe", 5);
  REQUIRE(hits.size() == 2);
  CHECK(hits[0].id == 1);
  CHECK(hits[0].score == doctest::Approx(score));
  CHECK(hits[1].score == hits[0].score);
  CHECK(index.search("shoe", 1).size() == 1);
  CHECK(index.search("green", 5).empty());
  CHECK(Bm25{}.search("green", 5).empty());
}

TEST_CASE("texts are changed and removed, a full index says so, and a snapshot is the same index") {
  Bm25 index{{.texts_max = 2}};
  REQUIRE(index.add(1, "delivery takes two days"));
  REQUIRE(index.add(2, "returns are free"));
  REQUIRE(index.add(2, "returns cost nothing"));
  CHECK(index.search("free", 1).empty());
  CHECK(index.add(3, "more").error().code == Code::Overloaded);
  const auto restored = Bm25::restore(index.snapshot());
  REQUIRE(restored);
  CHECK(restored->search("two returns", 5) == index.search("two returns", 5));
  CHECK(restored->snapshot() == index.snapshot());
  index.remove(1);
  CHECK(index.search("delivery", 1).empty());
  CHECK(index.holds(2, "nothing"));
  CHECK_FALSE(index.holds(2, "free"));
  CHECK_FALSE(index.holds(1, "delivery"));
  CHECK(index.size() == 1);
  const Bytes bytes = index.snapshot();
  CHECK_FALSE(Bm25::restore(BytesView{bytes}.substr(0, bytes.size() - 1)));
}

}  // namespace
}  // namespace vitrine::learn
