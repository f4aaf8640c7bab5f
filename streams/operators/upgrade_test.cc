// A struct's next version reads what the last one wrote: in state, in topics, wherever it stands.
#include <doctest/doctest.h>

#include "streams/operators/window_test_kit.h"
#include "streams/store/state_types.h"
#include "vitrine/state_view.h"

using namespace vitrine;
using namespace vitrine::literals;

namespace {

// The same struct three times, as its program wrote it over the years.
namespace first {
struct Order {
  static constexpr std::string_view serde_name = "order";
  std::string sku;
  std::int64_t cents = 0;
  auto fields() { return std::tie(sku, cents); }
};
}  // namespace first

namespace second {
struct Order {
  static constexpr std::string_view serde_name = "order";
  static constexpr int version = 2;
  static Order upgrade_from(const first::Order& old) { return {old.sku, old.cents, "EUR"}; }
  std::string sku;
  std::int64_t cents = 0;
  std::string currency;
  auto fields() { return std::tie(sku, cents, currency); }
  friend bool operator==(const Order&, const Order&) = default;
};
}  // namespace second

namespace third {
struct Order {
  static constexpr std::string_view serde_name = "order";
  static constexpr int version = 3;
  static Order upgrade_from(const second::Order& old) { return {old.currency, old.cents * 10}; }
  std::string currency;
  std::int64_t mills = 0;
  auto fields() { return std::tie(currency, mills); }
  friend bool operator==(const Order&, const Order&) = default;
};
}  // namespace third

// A field that is called so is no version of the type.
struct Page {
  int version = 7;
  auto fields() { return std::tie(version); }
};
static_assert(Serde<Page>::version == 1);

template <class Order>
struct Basket {
  static constexpr std::string_view serde_name = "basket";
  std::vector<Order> orders;
  std::optional<Order> last;
  auto fields() { return std::tie(orders, last); }
};

template <class Order>
Topic<std::string, Order> orders_topic() {
  return Topic<std::string, Order>{"orders"};
}

// The last two orders of each key, and all of a table.
template <class Order>
App shop() {
  App app{"shop"};
  app.stream(orders_topic<Order>())
      .group_by_key()
      .aggregate("orders-of", std::vector<Order>{},
                 [](std::vector<Order>& all, const Order& one) { all.push_back(one); })
      .to(Topic<std::string, std::vector<Order>>{"baskets"});
  app.table(Topic<std::string, Order>{"current"});
  return app;
}

template <class Order>
std::vector<Order> orders_of(const TestDriver& t, const std::string& key) {
  return t.state<std::string, std::vector<Order>>("orders-of").at(key);
}

}  // namespace

TEST_CASE("bytes of the first version are as they always were, of later ones they are marked") {
  CHECK(encoded(first::Order{"a", 1}) == Bytes("\x01"
                                               "a\x02",
                                               3));
  CHECK(encoded(second::Order{"a", 1, "EUR"}).substr(0, 2) == Bytes("\x82\0", 2));
  CHECK(Serde<first::Order>::name == "order");
  CHECK(Serde<second::Order>::name == "order:2");
}

TEST_CASE("a value is upgraded through as many versions as needed, and never taken for another") {
  const Bytes old = encoded(first::Order{"a", 5});
  CHECK(decoded<second::Order>(old) == second::Order{"a", 5, "EUR"});
  CHECK(decoded<third::Order>(old) == third::Order{"EUR", 50});
  CHECK(decoded<third::Order>(encoded(second::Order{"a", 5, "GBP"})) == third::Order{"GBP", 50});
  CHECK_FALSE(decoded<first::Order>(encoded(second::Order{"a", 5, "GBP"})).has_value());
  CHECK_FALSE(decoded<second::Order>(encoded(third::Order{"GBP", 5})).has_value());
  // No field begins as the mark does: every small first version is read as what it is.
  for (int length = 0; length < 300; ++length) {
    const std::string sku(static_cast<std::size_t>(length), '\0');
    const auto order = decoded<second::Order>(encoded(first::Order{sku, 0}));
    REQUIRE(order == second::Order{sku, 0, "EUR"});
  }
}

TEST_CASE("values inside others are upgraded too") {
  const auto before = encoded(Basket<first::Order>{{{"a", 1}, {"b", 2}}, first::Order{"b", 2}});
  const auto now = decoded<Basket<second::Order>>(before);
  REQUIRE(now.has_value());
  CHECK(now->orders.at(1) == second::Order{"b", 2, "EUR"});
  CHECK(now->last == second::Order{"b", 2, "EUR"});
}

TEST_CASE("the next program goes on from the state and the topics of the last one") {
  TestDriver t{shop<first::Order>()};
  t.pipe(orders_topic<first::Order>(), "ann", {"a", 1});
  t.pipe(Topic<std::string, first::Order>{"current"}, "ann", {"a", 1});
  REQUIRE(t.restart_as(shop<second::Order>()));
  CHECK(orders_of<second::Order>(t, "ann").at(0) == second::Order{"a", 1, "EUR"});
  const auto current = StateView<std::string, second::Order>::of(t, "current").value();
  CHECK(current.get("ann") == second::Order{"a", 1, "EUR"});
  // A writer that was not updated yet goes on beside one that was.
  t.pipe(orders_topic<first::Order>(), "ann", {"b", 2});
  t.pipe(orders_topic<second::Order>(), "ann", {"c", 3, "GBP"});
  CHECK(orders_of<second::Order>(t, "ann").size() == 3);
  CHECK(t.read_all(orders_topic<second::Order>()).at(1).value == second::Order{"b", 2, "EUR"});
  REQUIRE(t.restart_as(shop<third::Order>()));
  CHECK(orders_of<third::Order>(t, "ann") ==
        std::vector<third::Order>{{"EUR", 10}, {"EUR", 20}, {"GBP", 30}});
}

TEST_CASE("what was held, joined or grouped is upgraded with the type it was made of") {
  const auto stores = [](const App& app) { return app.topology().value()->stores(); };
  const auto app = [](auto order) {
    using Made = decltype(order);
    App out{"a"};
    auto in = out.stream(orders_topic<Made>());
    auto held = in.suppress(at_most_every(1min), "held");
    in.join(held, within(1s, 1s), "pairs", [](const Made& a, const Made&) { return a; })
        .to(Topic<std::string, Made>{"out"});
    out.table(Topic<std::string, Made>{"current"})
        .group_by([](const Made& o) { return std::to_string(encoded(o).size()); })
        .count("sizes")
        .to(Topic<std::string, std::uint64_t>{"counts"});
    return out;
  };
  const auto before = stores(app(first::Order{}));
  const auto now = stores(app(third::Order{}));
  const auto upgrades = app(third::Order{}).topology().value()->upgrades();
  REQUIRE(before.size() == now.size());
  for (std::size_t i = 0; i < now.size(); ++i) {
    CAPTURE(now[i]);
    CHECK(check_state_line({before[i]}, now[i], upgrades).has_value());
    if (before[i] != now[i]) CHECK_FALSE(check_state_line({before[i]}, now[i], {}).has_value());
  }
}

TEST_CASE("what cannot be read is refused with what to do") {
  const auto why = [](TestDriver& t, const App& app) {
    const auto refused = t.restart_as(app);
    return refused ? std::string("it was not") : refused.error().message;
  };
  TestDriver t{shop<second::Order>()};
  t.pipe(orders_topic<second::Order>(), "ann", {"a", 1, "EUR"});
  CHECK(why(t, shop<first::Order>()).find("upgrade_from") != std::string::npos);
  CHECK(why(t, shop<test::Order>()).find("upgrade_from") != std::string::npos);

  App other_key{"shop"};
  other_key.table(Topic<std::int64_t, second::Order>{"current"})
      .to(Topic<std::int64_t, second::Order>{"copies"});
  CHECK(why(t, other_key).find("keys cannot be upgraded") != std::string::npos);
  CHECK(orders_of<second::Order>(t, "ann").size() == 1);  // it goes on as it was

  // As an engine remembers it: the folder was opened by the newer program.
  const std::vector<std::string> written{"s|string|order", "s|string|order:2"};
  const auto downgrade = check_state_line(written, "s|string|order", {});
  CHECK(downgrade.error().message.find("a newer program has opened it") != std::string::npos);
  // And what may still be there in the first version must stay readable.
  CHECK(check_state_line(written, "s|string|order:3", upgrades_of<third::Order>()) == true);
  CHECK_FALSE(check_state_line(written, "s|string|order:3", {{"order:2", "order:3"}}).has_value());
}
