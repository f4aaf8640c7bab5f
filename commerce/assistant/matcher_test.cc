#include <doctest/doctest.h>

#include "commerce/assistant/matcher.h"

using vitrine::assistant::Matcher;

TEST_CASE("a question is answered with a fact of the product it names, else of the pinned one") {
  Matcher matcher{{{"@cup", "teacup, cup"},
                   {"@bag", "lunch bag"},
                   {"+price", "price, how much, kostet"},
                   {"-stop", "the, is, it, was, die"}}};
  REQUIRE(matcher.add(1, "p.cup.price", "Rose Teacup, price: 3 pounds"));
  REQUIRE(matcher.add(2, "p.bag.price", "Red Lunch Bag, price: 2 pounds"));
  REQUIRE(matcher.add(3, "s.returns", "Returns: send it back within 30 days"));
  CHECK(matcher.find("how much is the teacup", "bag").id == "p.cup.price");
  CHECK(matcher.find("how much is it", "bag").id == "p.bag.price");
  CHECK(matcher.find("how much is it", "bag").concepts == std::vector<std::string>{"price"});
  CHECK(matcher.find("was kostet die cup", "bag").id == "p.cup.price");
  CHECK(matcher.find("how much is the taecup", "bag").id == "p.cup.price");
  CHECK(matcher.find("can i return within 30 dyas", "bag").id == "s.returns");
  CHECK(matcher.find("zzz", "bag").id.empty());
  CHECK(matcher.find("how much is the teacup", "bag").covered == doctest::Approx(1));
  CHECK(matcher.find("how much was the teacup you wear zzz", "bag").covered < 0.7);
  Matcher resumed{{{"@cup", "teacup, cup"}, {"+price", "price, how much"}, {"-stop", "is, it"}}};
  REQUIRE(resumed.restore(matcher.snapshot()));
  CHECK(resumed.find("how much is it", "cup").id == "p.cup.price");
  CHECK(resumed.snapshot() == matcher.snapshot());
}
