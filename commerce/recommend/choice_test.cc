#include "commerce/recommend/choice.h"

#include <doctest/doctest.h>

#include <map>

#include "commerce/recommend/pairs.h"

namespace vitrine::recommend {
namespace {

// Products 0, 1, 2 … named by their numbers, ten of each.
void fill(Model& model, Number products) {
  for (Number number = 0; number < products; ++number) {
    Product row;
    row.number = number;
    row.title = "the " + std::to_string(number);
    row.available = 10;
    model.put(std::to_string(number), row);
  }
}

std::string skus(const std::vector<OfferedItem>& items) {
  std::string out;
  for (const OfferedItem& item : items) (out += item.sku()) += ' ';
  return out;
}

const PairsOf kNoPairs = [](Number) -> const Pairs* { return nullptr; };

}  // namespace

TEST_CASE("partners are bounded and the lightest leaves first") {
  Pairs pairs;
  for (Number other = 0; other < kPairsMax; ++other) count_pair(pairs, other, Together::Order);
  count_pair(pairs, 0, Together::Cart);
  count_pair(pairs, 999, Together::Cart);
  CHECK(pairs.size() == kPairsMax);
  CHECK(pairs.front().weight() == 3);
  CHECK(pairs.back().other == 999);
  CHECK(std::ranges::count(pairs, kPairsMax - 1, &Pair::other) == 0);  // the last of the lightest
}

TEST_CASE("what everybody buys does not go with everything") {
  Model model;
  fill(model, 4);
  Product everybodys = model.item(1)->row;
  everybodys.bought = 400;
  model.put("1", everybodys);
  const std::map<Number, Pairs> known{{0, {{1, 0, 5}, {2, 0, 4}}}};
  const PairsOf pairs_of = [&](Number number) {
    return known.contains(number) ? &known.at(number) : nullptr;
  };
  Visitor visitor;
  visitor.cart = {0};
  CHECK(skus(choose_with_cart(model, visitor, nullptr, pairs_of)) == "2 1 ");
}

TEST_CASE("the most popular are known exactly while counts grow, and after a rebuild") {
  Model grown, rebuilt;
  fill(grown, 200);
  std::vector<Product> rows;
  for (Number number = 0; number < 200; ++number) rows.push_back(grown.item(number)->row);
  for (Number i = 0; i < 5'000; ++i) {
    Product& row = rows[(i * i * 31 + i * 7) % 200];
    ++row.opened;
    grown.put(std::to_string(row.number), row);
  }
  for (const Product& row : rows) rebuilt.put(std::to_string(row.number), row);
  CHECK(std::ranges::equal(grown.popular(), rebuilt.popular()));
  CHECK(grown.popular().size() == Model::kPopularMax);
}

TEST_CASE("a list has no product twice, whichever ways lead to it") {
  Model model;
  fill(model, 3);
  model.learn({{0, 1}});
  Visitor visitor;
  visitor.clicks = {0};
  ShowRow show;
  show.shown = {1, 2};
  CHECK(skus(choose_items(model, visitor, &show, kNoPairs)) == "1 2 ");
}

}  // namespace vitrine::recommend
