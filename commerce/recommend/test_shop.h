#pragma once
// A shop whose viewers look, put into carts and buy, for the tests beside this.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "commerce/model/topics.h"
#include "commerce/recommend/holdout.h"
#include "commerce/recommend/topology.h"
#include "vitrine/test_driver.h"

namespace vitrine::recommend {

class TestShop {
 public:
  explicit TestShop(void (*add)(App&) = add_recommend) {
    add(app_);
    driver = std::make_unique<TestDriver>(app_);
    ShowEvent created;
    created.mutable_created()->set_shop("shop_1");
    driver->pipe(topics::show_timeline, "show_1", created, now);
    for (const char* sku : {"cup", "pot", "tea", "jam", "bag", "pen"}) put(sku, 10);
  }

  void put(const std::string& sku, std::int64_t available) {
    ShopEvent put;
    put.mutable_product_put()->mutable_product()->set_sku(sku);
    put.mutable_product_put()->mutable_product()->set_title("the " + sku);
    driver->pipe(topics::shop_events, "shop_1", put, now);
    stock(sku, available);
  }
  void stock(const std::string& sku, std::int64_t available) {
    ShopEvent set;
    set.mutable_stock_set()->set_sku(sku);
    set.mutable_stock_set()->set_available(available);
    driver->pipe(topics::shop_events, "shop_1", set, now);
  }
  void arrive(const std::string& viewer) {
    Activity activity;
    activity.set_viewer(viewer);
    activity.mutable_arrived()->set_shop("shop_1");
    step();
    driver->pipe(topics::viewer_activity, "show_1", activity, now);
  }
  void open(const std::string& viewer, const std::string& sku) {
    Activity activity;
    activity.set_viewer(viewer);
    activity.mutable_opened()->set_shop("shop_1");
    activity.mutable_opened()->set_sku(sku);
    step();
    driver->pipe(topics::viewer_activity, "show_1", activity, now);
  }
  void cart(const std::string& viewer, const std::string& sku, int quantity = 1) {
    ShopEvent event;
    event.set_viewer(viewer);
    event.set_show("show_1");
    event.mutable_cart_line_set()->set_sku(sku);
    event.mutable_cart_line_set()->set_quantity(quantity);
    event.mutable_cart_line_set()->set_added(quantity > 0 ? quantity : -1);
    step();
    driver->pipe(topics::shop_events, "shop_1", event, now);
  }
  void buy(const std::string& viewer, const std::vector<std::string>& skus,
           std::int64_t amount = 100) {
    ShopEvent event;
    event.set_viewer(viewer);
    event.set_show("show_1");
    Order& order = *event.mutable_order_confirmed()->mutable_order();
    order.set_viewer(viewer);
    order.set_show("show_1");
    order.mutable_total()->set_amount(amount);
    order.mutable_total()->set_currency("GBP");
    for (const auto& sku : skus) {
      order.add_lines()->set_sku(sku);
      order.mutable_lines()->rbegin()->set_quantity(1);
    }
    step();
    driver->pipe(topics::shop_events, "shop_1", event, now);
  }
  void pin(const std::vector<std::string>& skus) {
    ShowEvent event;
    for (const auto& sku : skus) event.mutable_pinned()->add_pins(sku);
    driver->pipe(topics::show_timeline, "show_1", event, now);
  }
  void end_show() {
    ShowEvent event;
    event.mutable_state_changed()->set_after(ENDED);
    driver->pipe(topics::show_timeline, "show_1", event, now);
  }
  InsightEvent clear(const std::string& sku, std::int64_t percent) {
    InsightCommand command;
    command.mutable_clearing()->set_shop("shop_1");
    command.mutable_clearing()->set_sku(sku);
    command.mutable_clearing()->set_percent(percent);
    driver->pipe(topics::insight_commands, "show_1", command, now);
    return driver->values(topics::show_insights).back();
  }
  void wait(Duration time) {
    now += time;
    driver->advance_to(now);
  }

  ViewerOffers told(const std::string& viewer) const {
    const auto all = driver->read(topics::viewer_offers);
    return all.contains(viewer) ? all.at(viewer) : ViewerOffers{};
  }
  std::size_t times_told(const std::string& viewer) const {
    const auto all = driver->values(topics::viewer_offers);
    return static_cast<std::size_t>(std::ranges::count(all, viewer, &ViewerOffers::viewer));
  }
  // "sku kind, sku kind": what a viewer is offered.
  std::string offers(const std::string& viewer) const {
    std::string out;
    const ViewerOffers now_told = told(viewer);
    for (const OfferedItem& item : now_told.items())
      ((out += out.empty() ? "" : ", ") += item.sku()) += " " + item.kind();
    return out;
  }
  OfferFigures figures() {
    wait(std::chrono::seconds(2));
    OfferFigures last;
    for (const InsightEvent& event : driver->values(topics::show_insights))
      if (event.has_offers()) last = event.offers();
    return last;
  }

  std::unique_ptr<TestDriver> driver;
  Time now = at(std::chrono::hours(1));

 private:
  void step() { now += std::chrono::seconds(1); }
  App app_{"recommend-test"};
};

// The n-th viewer of a group.
inline std::string viewer_of_group(bool held_out, int n) {
  for (int i = 0;; ++i) {
    std::string viewer = "vwr_" + std::to_string(i);
    if (is_held_out(viewer) == held_out && n-- == 0) return viewer;
  }
}
inline std::string shown_viewer(int n) { return viewer_of_group(false, n); }
inline std::string held_viewer(int n) { return viewer_of_group(true, n); }

}  // namespace vitrine::recommend
