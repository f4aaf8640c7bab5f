#pragma once
// The parts of decide, by what they are about. Used by decide.cc only.
#include "commerce/model/decision.h"
#include "commerce/shop/decide.h"

namespace vitrine::shop::parts {

// A refusal stands in for the events; the caller turns it into an event that names the command.
using Outcome = model::Decided<Events>;

struct Moment {
  const ShopView& view;
  const ShopCommand& command;
  Time at;
  Position position;
  const ShopOptions& options;
};

ShopEvent event_for(const std::string& viewer, const std::string& show);

// goods.cc
Outcome put_product(const Moment& now, const PutProduct& body);
Outcome set_stock(const Moment& now, const SetStock& body);
Outcome set_price(const Moment& now, const SetPrice& body);
Outcome set_cart_line(const Moment& now, const SetCartLine& body);
// checkout.cc
Outcome reserve(const Moment& now, const Reserve& body);
Outcome release_reservation(const Moment& now, const ReleaseReservation& body);
Outcome place_order(const Moment& now, const PlaceOrder& body);
// settle.cc
Outcome payment_report(const ShopView& view, const PaymentReport& report);
Events rejected(const ShopView& view, const orders::OrderState& state, const std::string& reason,
                const std::string& payment);
ShopEvent released(const ShopView& view, const std::string& id, const inventory::Reservation& held,
                   ReleaseCause cause);

}  // namespace vitrine::shop::parts
