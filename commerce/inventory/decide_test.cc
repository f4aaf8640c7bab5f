#include <doctest/doctest.h>

#include <map>
#include <random>

#include "commerce/inventory/decide.h"

using namespace vitrine;
using namespace vitrine::inventory;

namespace {

struct Table : StockTable {
  std::map<std::string, Stock, std::less<>> stocks;
  std::optional<Stock> stock(std::string_view sku) const override {
    const auto found = stocks.find(sku);
    return found == stocks.end() ? std::nullopt : std::optional(found->second);
  }
  void put_stock(std::string_view sku, const Stock& stock) override {
    stocks[std::string(sku)] = stock;
  }
};

Line line(const std::string& sku, std::int32_t quantity) {
  Line out;
  out.set_sku(sku);
  out.set_quantity(quantity);
  return out;
}

std::string code_of(const auto& decided) { return decided ? "" : decided.error().code(); }

}  // namespace

TEST_CASE("a reservation takes all its lines or none") {
  Table table;
  table.stocks = {{"mug", {5, 0}}, {"cap", {1, 1}}};
  const auto refused = reserve(table, Lines{line("mug", 2), line("cap", 1)});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == "stock-unavailable");
  CHECK(refused.error().stock(0).sku() == "cap");
  CHECK(refused.error().stock(0).available() == 0);
  const auto left = reserve(table, Lines{line("mug", 5)});
  REQUIRE(left);
  CHECK(left->at(0).available() == 0);
  CHECK(left->at(0).on_hand() == 5);
}

TEST_CASE("the same sku twice is summed before it is looked at") {
  Table table;
  table.stocks = {{"mug", {3, 0}}};
  const auto summed = sum_by_sku(Lines{line("mug", 2), line("cap", 1), line("mug", 2)});
  REQUIRE(summed);
  CHECK(summed->size() == 2);
  CHECK(summed->at(0).quantity() == 4);
  CHECK(code_of(reserve(table, *summed)) == "stock-unavailable");
}

TEST_CASE("odd lines are refused") {
  CHECK(code_of(sum_by_sku({})) == "schema");
  CHECK(code_of(sum_by_sku(Lines{line("mug", 0)})) == "schema");
  CHECK(code_of(sum_by_sku(Lines{line("mug", -1)})) == "schema");
  CHECK(code_of(sum_by_sku(Lines{line("mug", 1000)})) == "schema");
  CHECK(code_of(sum_by_sku(Lines(101, line("mug", 1)))) == "schema");
  Line priced = line("mug", 1);
  priced.mutable_unit_price()->set_amount(1);
  CHECK(code_of(sum_by_sku(Lines{line("mug", 1), priced})) == "schema");
}

TEST_CASE("stock is never set below what is promised") {
  Table table;
  table.stocks = {{"mug", {5, 3}}};
  SetStock command;
  command.set_sku("mug");
  command.set_on_hand(2);
  CHECK(code_of(set_stock(table, command)) == "stock-unavailable");
  command.set_on_hand(-1);
  CHECK(code_of(set_stock(table, command)) == "schema");
  command.set_on_hand(3);
  const auto set = set_stock(table, command);
  REQUIRE(set);
  CHECK(set->available() == 0);
  evolve(table, *set);
  CHECK(table.stocks.at("mug") == Stock{3, 3});
}

TEST_CASE("reserved and sold never exceed the stock, whatever the order of things") {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    INFO("seed " << seed);
    std::mt19937 random(seed);
    Table table;
    table.stocks = {{"a", {10, 0}}, {"b", {3, 0}}, {"c", {1, 0}}};
    std::map<std::string, std::int64_t> sold;
    std::vector<Lines> held;
    for (int step = 0; step < 300; ++step) {
      const auto pick = random() % 3;
      if (pick == 0 || held.empty()) {
        Lines wanted;
        for (auto n = 1 + random() % 3; n > 0; --n) {
          wanted.push_back(line(std::string(1, static_cast<char>('a' + random() % 3)),
                                1 + static_cast<int>(random() % 3)));
        }
        const auto summed = sum_by_sku(wanted);
        REQUIRE(summed);
        if (!reserve(table, *summed)) continue;
        ItemsReserved event;
        for (const auto& l : *summed) *event.add_lines() = l;
        evolve(table, event);
        held.push_back(*summed);
      } else {
        const auto chosen = random() % held.size();
        const Lines lines = held[chosen];
        held.erase(held.begin() + static_cast<std::ptrdiff_t>(chosen));
        if (pick == 1) {
          ReservationReleased event;
          for (const auto& l : lines) *event.add_lines() = l;
          evolve(table, event);
        } else {
          OrderConfirmed event;
          for (const auto& l : lines) *event.mutable_order()->add_lines() = l;
          evolve(table, event);
          for (const auto& l : lines) sold[l.sku()] += l.quantity();
        }
      }
      CHECK(table.stocks.at("a").reserved + sold["a"] <= 10);
      CHECK(table.stocks.at("b").reserved + sold["b"] <= 3);
      CHECK(table.stocks.at("c").reserved + sold["c"] <= 1);
    }
  }
}
