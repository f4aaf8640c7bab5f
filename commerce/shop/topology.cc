#include "commerce/shop/topology.h"

#include "commerce/model/topics.h"
#include "commerce/shop/writer.h"
#include "commerce/shows/topology.h"

namespace vitrine {

namespace shop {

namespace {

// ShopTables over the processor's stores. One processor serves many shops: a row is below its
// shop, and lives where the shop's commands are worked on.
class StoreTables final : public ShopTables {
 public:
  explicit StoreTables(Stores& stores)
      : products_(stores.keyed<ScopedRow, Product>("shop-products")),
        stocks_(stores.keyed<ScopedRow, inventory::Stock>("shop-stock")),
        carts_(stores.keyed<ScopedRow, cart::Cart>("shop-carts")),
        reservations_(stores.keyed<ScopedRow, inventory::Reservation>("shop-reservations")),
        orders_(stores.keyed<ScopedRow, orders::OrderState>("shop-orders")),
        answers_(stores.keyed<ScopedRow, Answer>("shop-idempotency")) {}

  void enter(std::string_view shop) { key_.scope.assign(shop); }

  std::optional<inventory::Stock> stock(std::string_view sku) const override {
    const auto* found = stocks_.find(key(sku));
    return found ? std::optional(*found) : std::nullopt;
  }
  const Product* product(std::string_view sku) const override { return products_.find(key(sku)); }
  const cart::Cart* cart(std::string_view viewer) const override {
    return carts_.find(key(viewer));
  }
  const inventory::Reservation* reservation(std::string_view id) const override {
    return reservations_.find(key(id));
  }
  const orders::OrderState* order(std::string_view id) const override {
    return orders_.find(key(id));
  }
  const Answer* answer(std::string_view id) const override { return answers_.find(key(id)); }

  void put_stock(std::string_view sku, const inventory::Stock& s) override {
    stocks_.put(key(sku), s);
  }
  void put_product(std::string_view sku, Product p) override {
    products_.put(key(sku), std::move(p));
  }
  void put_cart(std::string_view viewer, cart::Cart c) override {
    carts_.put(key(viewer), std::move(c));
  }
  void put_reservation(std::string_view id, inventory::Reservation r) override {
    reservations_.put(key(id), std::move(r));
  }
  void drop_reservation(std::string_view id) override { reservations_.erase(key(id)); }
  void put_order(std::string_view id, orders::OrderState o) override {
    orders_.put(key(id), std::move(o));
  }
  void put_answer(std::string_view id, Answer a) override { answers_.put(key(id), std::move(a)); }
  void drop_answer(std::string_view id) override { answers_.erase(key(id)); }

 private:
  const ScopedRow& key(std::string_view id) const {
    key_.rest.assign(id);
    return key_;
  }

  mutable ScopedRow key_;  // the shop, and the id last asked for
  Keyed<ScopedRow, Product> products_;
  Keyed<ScopedRow, inventory::Stock> stocks_;
  Keyed<ScopedRow, cart::Cart> carts_;
  Keyed<ScopedRow, inventory::Reservation> reservations_;
  Keyed<ScopedRow, orders::OrderState> orders_;
  Keyed<ScopedRow, Answer> answers_;
};

class Writer {
 public:
  using Out = Context<std::string, ShopEvent>;
  Writer(Stores& stores, const ShopOptions& options) : tables_(stores), options_(options) {}

  void on_record(std::string_view shop, const ShopCommand& command, Out& out) {
    tables_.enter(shop);
    publish(shop, take(tables_, command, out.timestamp(), out.position(), options_), out);
  }

  void on_timer(std::string_view shop, Time, std::string_view tag, Out& out) {
    tables_.enter(shop);
    publish(shop, fire(tables_, std::string(tag), out.timestamp(), options_), out);
  }

 private:
  static void publish(std::string_view shop, const Step& step, Out& out) {
    for (const ShopEvent& event : step.events) {
      out.emit(shop, event);
      if (event.has_order_placed()) {
        const auto request = payments::request_for(event.order_placed(), std::string(shop));
        out.emit(topics::payment_requests, request.order(), request);
      }
    }
    for (const Deadline& deadline : step.deadlines)
      out.timers().at(deadline.due, shop, deadline.tag);
  }

  StoreTables tables_;
  ShopOptions options_;
};

}  // namespace

void add_shop(App& app, const ShopOptions& options) {
  app.stream(topics::shop_commands)
      .process(
          "shop",
          [options](Stores& stores) {
            return Writer{stores, options};
          },
          topics::payment_requests)
      .to(topics::shop_events);
}

}  // namespace shop

App shop_app(const shop::ShopOptions& options) {
  App app{"shop"};
  shop::add_shop(app, options);
  shows::add_shows(app);
  return app;
}

}  // namespace vitrine
