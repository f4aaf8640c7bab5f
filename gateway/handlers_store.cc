// What a viewer buys: products, cart, reservations, orders.
#include <algorithm>

#include "commerce/model/topics.h"
#include "gateway/ask.h"
#include "gateway/feed.h"

namespace vitrine::gateway::handlers {
namespace {

const ShopView::Reservation* own_reservation(Core& core, const CallPtr& call,
                                             const std::string& id) {
  const auto* reservation = core.shop_view.reservation(id);
  if (reservation != nullptr && reservation->viewer == call->caller.id) return reservation;
  call->refuse({ProblemType::NotFound, "There is no such reservation."});
  return nullptr;
}

// The same bytes however often it is asked: everything in it is of the first event.
api::ReservationView reservation_view(const Core& core, const ItemsReserved& facts) {
  api::ReservationView view;
  view.set_id(facts.reservation());
  *view.mutable_lines() = facts.lines();
  *view.mutable_total() = facts.total();
  view.set_expires_at_ms(facts.expires_at_ms());
  if (const auto* known = core.shop_view.reservation(facts.reservation())) {
    view.set_as_of(core.as_of(Domain::Shop, known->at));
  }
  return view;
}

void answer_order(const CallPtr& call, const Order& order) {
  if (order.status() == CONFIRMED) return call->answer(201, order);
  if (order.status() == PENDING) return call->answer(202, order);
  const bool silent = order.reason() == "timeout";
  call->refuse({ProblemType::PaymentDeclined,
                silent ? "The provider did not answer in time; nothing was charged."
                       : "The provider declined; nothing was charged."});
}

void answer_orders(Core& core, const CallPtr& call, const std::string* viewer) {
  const std::size_t limit = call->limit_or_refuse();
  if (limit == 0) return;
  Position before{0};
  if (const auto* text = call->request.query_value("cursor"); text != nullptr) {
    const auto cursor = parse_cursor(*text);
    if (!cursor || cursor->domain != Domain::Shop ||
        cursor->incarnation != core.shop.incarnation()) {
      return call->refuse(
          {ProblemType::Malformed, "This cursor is not of this log.", 0, {{"?cursor", "unknown"}}});
    }
    before = cursor->position;
  }
  const auto found = viewer != nullptr ? core.shop_view.orders_of(*viewer, before, limit)
                                       : core.shop_view.orders(before, limit);
  api::OrderList list;
  for (const auto* placed : found) *list.add_items() = placed->order;
  if (found.size() == limit) list.set_next_cursor(core.as_of(Domain::Shop, found.back()->at));
  list.set_as_of(core.shop_as_of());
  call->answer(200, list);
}

}  // namespace

void list_products(Core& core, const CallPtr& call) {
  const std::size_t limit = call->limit_or_refuse();
  if (limit == 0) return;
  std::string after;
  if (const auto* text = call->request.query_value("cursor"); text != nullptr) {
    const auto sku = from_base64url(*text);
    if (!sku)
      return call->refuse(
          {ProblemType::Malformed, "This cursor is none.", 0, {{"?cursor", "unknown"}}});
    after = *sku;
  }
  api::ProductList list;
  const auto& products = core.shop_view.products();
  for (auto it = products.upper_bound(after); it != products.end(); ++it) {
    if (!it->second.has_product()) continue;
    if (static_cast<std::size_t>(list.items_size()) == limit) {
      list.set_next_cursor(base64url(list.items(list.items_size() - 1).product().sku()));
      break;
    }
    *list.add_items() = it->second;
  }
  list.set_as_of(core.shop_as_of());
  call->answer(200, list);
}

void get_product(Core& core, const CallPtr& call) {
  const auto* product = core.shop_view.product(call->parameter("sku"));
  if (product == nullptr) return call->refuse({ProblemType::NotFound, "There is no such product."});
  call->answer(200, *product);
}

void get_cart(Core& core, const CallPtr& call) {
  call->answer(200, cart_now(core, call->caller.id));
}

void put_cart_line(Core& core, const CallPtr& call) {
  const auto& body = call->body_as<api::CartLineRequest>();
  const std::string& sku = call->parameter("sku");
  if (core.shop_view.product(sku) == nullptr)
    return call->refuse({ProblemType::NotFound, "There is no such product."});
  ShopCommand command;
  command.set_show(body.show());
  command.mutable_set_cart_line()->set_sku(sku);
  command.mutable_set_cart_line()->set_quantity(body.quantity());
  ask_shop(call, std::move(command), [call](const Events<ShopEvent>&) {
    call->answer(200, cart_now(call->core, call->caller.id));
  });
}

void reserve(Core&, const CallPtr& call) {
  const auto& body = call->body_as<api::ReserveRequest>();
  ShopCommand command;
  command.set_show(body.show());
  *command.mutable_reserve()->mutable_lines() = body.lines();
  ask_shop(call, std::move(command), [call](const Events<ShopEvent>& events) {
    const auto* reserved = events.find([](const ShopEvent& e) { return e.has_items_reserved(); });
    if (reserved == nullptr)
      return call->refuse({ProblemType::Overloaded, "The shop gave no answer.", 1});
    call->answer(201, reservation_view(call->core, reserved->items_reserved()));
  });
}

void get_reservation(Core& core, const CallPtr& call) {
  const auto* reservation = own_reservation(core, call, call->parameter("id"));
  if (reservation == nullptr) return;
  if (!reservation->open) {
    return call->refuse({ProblemType::ReservationExpired,
                         reservation->expired ? "Its time is over; the stock is free again."
                                              : "It was given back."});
  }
  call->answer(200, reservation_view(core, reservation->facts));
}

void release(Core& core, const CallPtr& call) {
  const std::string id = call->parameter("id");
  if (own_reservation(core, call, id) == nullptr) return;
  ShopCommand command;
  command.mutable_release_reservation()->set_reservation(id);
  ask_shop(call, std::move(command), [call](const Events<ShopEvent>&) { call->answer_empty(204); });
}

void place_order(Core& core, const CallPtr& call) {
  const auto& body = call->body_as<api::OrderRequest>();
  if (own_reservation(core, call, body.reservation()) == nullptr) return;
  ShopCommand command;
  command.mutable_place_order()->set_reservation(body.reservation());
  command.mutable_place_order()->set_payment_token(body.payment_token());
  ask_shop(call, std::move(command), [call](const Events<ShopEvent>& events) {
    const auto* placed = events.find([](const ShopEvent& e) { return e.has_order_placed(); });
    if (placed == nullptr)
      return call->refuse({ProblemType::Overloaded, "The shop gave no answer.", 1});
    Core& shared = call->core;
    const std::string id = placed->order_placed().order().id();
    const auto* known = shared.shop_view.order(id);
    if (known != nullptr && known->order.status() != PENDING)
      return answer_order(call, known->order);
    if (shared.order_asks.waits_for(id)) return answer_order(call, placed->order_placed().order());
    shared.order_asks.expect(id, shared.env.clock.now() + shared.options.order_wait,
                             [call, id](const Outcome&) {
                               // In time or not: what the view says now is the answer, 202 when it
                               // is still open.
                               answer_order(call, call->core.shop_view.order(id)->order);
                             });
  });
}

void list_orders(Core& core, const CallPtr& call) { answer_orders(core, call, &call->caller.id); }

void list_all_orders(Core& core, const CallPtr& call) { answer_orders(core, call, nullptr); }

void get_order(Core& core, const CallPtr& call) {
  const auto* placed = core.shop_view.order(call->parameter("id"));
  if (placed == nullptr || placed->order.viewer() != call->caller.id) {
    return call->refuse({ProblemType::NotFound, "There is no such order."});
  }
  call->answer(200, placed->order);
}

}  // namespace vitrine::gateway::handlers
