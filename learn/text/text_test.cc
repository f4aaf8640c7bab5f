#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "learn/core/random.h"
#include "learn/text/features.h"
#include "learn/text/normalise.h"

namespace vitrine::learn {
namespace {

TEST_CASE("many spellings of a word are one") {
  CHECK(normalise("ＦＲＥＥ") == "free");
  CHECK(normalise("fr\u200Be\u2060e") == "free");
  CHECK(normalise("FREEEEEE  Stuff \t now\n") == "free stuff now");
  CHECK(normalise("Straße ﬁne ①") == "strasse fine 1");
  CHECK(normalise("e\u0301") == normalise("\u00E9"));
  CHECK(normalise("") == "");
}

TEST_CASE("what is not UTF-8 is read as unreadable, and text is cut at a character") {
  CHECK(normalise("a\xFF\xC3") == "a\uFFFD\uFFFD");
  CHECK(normalise("aé", {.bytes_max = 2}) == "a");
  CHECK(normalise("AAAA", {.fold_case = false, .repeats_max = 0}) == "AAAA");
  CHECK(normalise("a\x01\x7F"
                  "b") == "ab");
}

TEST_CASE("a line of ASCII is read as one that has another letter behind it") {
  constexpr std::string_view kLetters = "ab!. \t\x01";
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Draws draws{3, seed};
    std::string text = "x ";
    for (int i = 0; i < 40; ++i) text += kLetters[draws.below(kLetters.size())];
    CHECK(normalise(text) + " \u00E9" == normalise(text + " \u00E9"));
    if (!has_leetspeak(text)) CHECK(read_leetspeak(text) == text);
    if (!has_letters_apart(text)) CHECK(join_letters(text) == text);
  }
  CHECK(normalise("aAaA") == "aaaa");  // not one letter in a row
  CHECK(has_letters_apart("so f.r.e.e"));
  CHECK(has_letters_apart("f r e"));
  CHECK_FALSE(has_letters_apart("a b cd"));
  CHECK_FALSE(has_leetspeak("free 2 6"));
}

TEST_CASE("signs that stand for letters are read as letters, numbers stay") {
  CHECK(read_leetspeak("h3ll0 n00b") == "hello noob");
  CHECK(read_leetspeak("@ss sh!t $ave") == "ass shit save");
  CHECK(read_leetspeak("100 2nd mp3 50mb :)") == "100 2nd mp3 50mb :)");
  CHECK(read_leetspeak("wow!") == "wow!");
}

TEST_CASE("letters apart are a word, single letters are not") {
  CHECK(join_letters("f r e e money") == "free money");
  CHECK(join_letters("so f.r.e.e") == "so free");
  CHECK(join_letters("i am a b") == "i am a b");
}

TEST_CASE("features are the same for the same text for ever") {
  Features features;
  add_text_features(features, "ab", {.bits = 20, .chars_min = 2, .chars_max = 3, .words_max = 1});
  // Runs " a", " ab", "ab", "ab ", "b ", and the word "ab".
  CHECK(features.size() == 6);
  CHECK(features == Features{934062, 405870, 600765, 658911, 273750, 268471});
  finish_features(features);
  CHECK(std::is_sorted(features.begin(), features.end()));
  CHECK(stable_hash("vitrine", 1) == 10999418997326490428ULL);
}

TEST_CASE("a repeated word is one feature, and a long text has a bound") {
  Features once, twice, bounded;
  const FeatureOptions words{.chars_max = 0, .words_max = 1};
  add_text_features(once, "go", words);
  add_text_features(twice, "go go", words);
  finish_features(twice);
  CHECK(once == twice);
  std::string text;
  for (int i = 0; i < 1000; ++i) text += std::to_string(i) + " ";
  add_text_features(bounded, text, {.features_max = 100});
  CHECK(bounded.size() <= 100);
}

TEST_CASE("a bound cuts the features of a text where it is reached") {
  for (const int shortest : {1, 2, 3, 4}) {
    const auto features_of = [&](std::size_t most) {
      Features features;
      add_text_features(features, "so f, wonderful\u00E4 mugs",
                        {.chars_min = shortest, .words_max = 0, .features_max = most});
      return features;
    };
    const Features all = features_of(4096);
    CHECK(all.size() > 10);
    for (std::size_t most = 0; most < all.size(); ++most) {
      const Features some = features_of(most);
      CHECK(some.size() == most);
      CHECK(std::equal(some.begin(), some.end(), all.begin()));
    }
  }
}

TEST_CASE("the shape of a text tells capitals, digits and length, not words") {
  Features loud, louder, quiet;
  add_shape_features(loud, "CALL 09061701461 NOW", 18);
  add_shape_features(louder, "MEET 08712405020 NOW", 18);
  add_shape_features(quiet, "call me when you are home", 18);
  CHECK(loud == louder);
  CHECK(loud != quiet);
}

TEST_CASE("words are what stands between signs") {
  using Words = std::vector<std::string_view>;
  CHECK(words_of("don't stop, it's 5 (naïve)") == Words{"don't", "stop", "it's", "5", "naïve"});
  CHECK(words_of("a b c", 2) == Words{"a", "b"});
}

}  // namespace
}  // namespace vitrine::learn
