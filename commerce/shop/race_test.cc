// What must hold for any interleaving: no oversell, one winner, books that balance, and a replay of
// the events that ends in the same state.
#include <doctest/doctest.h>

#include <random>

#include "commerce/shop/shop_test_kit.h"

using namespace vitrine;
using namespace vitrine::shop;
using namespace std::chrono_literals;

TEST_CASE("a thousand buyers, each asking twice, and one unit: one key wins") {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed);
    TestShop shop = stocked_shop();
    std::vector<ShopCommand> commands;
    for (int buyer = 0; buyer < 1000; ++buyer) {
      const std::string id = "vwr_" + std::to_string(buyer);
      const auto command = with_key(reserve(id, {{"cap", 1}}), id + "|k");
      commands.insert(commands.end(), {command, command});
    }
    std::shuffle(commands.begin(), commands.end(), std::mt19937(seed));
    int won = 0, replayed_wins = 0, refused = 0;
    for (const auto& command : commands) {
      const auto event = shop.first(command);
      const auto& told = event.has_answered_again() ? event.answered_again().events(0) : event;
      if (told.has_refused()) {
        CHECK(told.refused().code() == "stock-unavailable");
        ++refused;
      } else {
        ++(event.has_answered_again() ? replayed_wins : won);
      }
    }
    CHECK(won == 1);
    CHECK(replayed_wins == 1);
    CHECK(refused == 1998);
  }
}

namespace {

struct Random {
  std::mt19937 engine;
  int below(int n) { return static_cast<int>(engine() % static_cast<unsigned>(n)); }
};

// One random command of one of five viewers, on whatever there is.
ShopCommand some_command(Random& random, const TestShop& shop) {
  const std::string viewer = "vwr_" + std::to_string(random.below(5));
  const std::string sku = random.below(2) ? "mug" : "cap";
  std::vector<std::string> reservations, orders;
  for (const auto& [id, held] : shop.tables.reservations) reservations.push_back(id);
  for (const auto& [id, order] : shop.tables.orders) orders.push_back(id);
  auto some = [&](const std::vector<std::string>& ids) {
    return ids.empty() ? "none"
                       : ids[static_cast<std::size_t>(random.below(static_cast<int>(ids.size())))];
  };
  switch (random.below(7)) {
    case 0: return set_cart_line(viewer, sku, random.below(4));
    case 1: return reserve(viewer, {{sku, 1 + random.below(3)}, {sku, 1}});
    case 2: return reserve(viewer, {});
    case 3: return release(viewer, some(reservations));
    case 4: return set_stock(sku, random.below(8));
    case 5: {
      const auto id = some(reservations);
      const auto* held = shop.tables.reservation(id);
      return place_order(held ? held->viewer : viewer, id);
    }
    default: {
      const auto* state = shop.tables.order(some(orders));
      return payment_report(state ? state->order : Order{},
                            static_cast<PaymentResult>(1 + random.below(3)),
                            "pay_" + std::to_string(random.below(3)));
    }
  }
}

}  // namespace

TEST_CASE("any interleaving keeps stock and money right, and the events alone rebuild the state") {
  for (unsigned seed = 1; seed <= 100; ++seed) {
    INFO("seed " << seed);
    Random random{std::mt19937(seed)};
    TestShop shop = stocked_shop();
    for (int step = 0; step < 200; ++step) {
      shop.send(some_command(random, shop));
      if (random.below(10) == 0) shop.advance(std::chrono::seconds(random.below(120)));
      std::map<std::string, std::int64_t> promised;
      for (const auto& [id, held] : shop.tables.reservations) {
        const bool counts = held.state == inventory::ReservationState::Held ||
                            held.state == inventory::ReservationState::Ordered;
        for (const auto& line : held.lines) promised[line.sku()] += counts ? line.quantity() : 0;
      }
      for (const auto& [sku, stock] : shop.tables.stocks) {
        CHECK(stock.reserved == promised[sku]);
        CHECK(stock.reserved <= stock.on_hand);
      }
    }
    MemoryTables rebuilt;
    for (const auto& event : shop.log) evolve(rebuilt, event);
    CHECK(rebuilt.stocks == shop.tables.stocks);
    CHECK(rebuilt.carts == shop.tables.carts);
    CHECK(rebuilt.orders.size() == shop.tables.orders.size());
  }
}
