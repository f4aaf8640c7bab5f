#include "commerce/kpi/facts.h"

#include <algorithm>

namespace vitrine::kpi {

namespace {

ShowFact fact_at(const FactContext& out, std::string_view show) {
  ShowFact fact;
  fact.set_position(out.position().value());
  fact.set_show(std::string(show));
  return fact;
}

std::string key_of(std::string_view shop, const std::string& sku) {
  return std::string(shop) + '|' + sku;
}

}  // namespace

void ShopToFacts::on_record(std::string_view shop, const ShopEvent& event, FactContext& out) {
  ShowFact fact = fact_at(out, event.show());
  *fact.mutable_shop() = event;
  out.emit(shop, fact);
}

TimelineToFacts::TimelineToFacts(Stores& stores)
    : shop_of_(stores.keyed<std::string>("kpi-shop-of-show")) {}

void TimelineToFacts::on_record(std::string_view show, const ShowEvent& event, FactContext& out) {
  if (event.has_created()) shop_of_.put(show, event.created().shop());
  const std::string* shop = shop_of_.find(show);
  if (shop == nullptr || !event.has_pinned()) return;
  ShowFact fact = fact_at(out, show);
  *fact.mutable_timeline() = event;
  out.emit(std::string(*shop), fact);
}

FactsOfShows::FactsOfShows(Stores& stores)
    : available_(stores.keyed<std::int64_t>("kpi-available")),
      shows_(stores.keyed<std::vector<Wanted>>("kpi-wanted")) {}

void FactsOfShows::on_record(std::string_view shop, const ShowFact& fact, FactContext& out) {
  if (fact.has_timeline()) {
    // Stock told on a pin is of an earlier position, so it moves no position on.
    return want(shop, fact.show(), fact.timeline().pinned().sku(), 0, out);
  }
  const ShopEvent& event = fact.shop();
  switch (event.body_case()) {
    case ShopEvent::kStockSet: {
      StockLeft left;
      left.set_sku(event.stock_set().sku());
      left.set_available(event.stock_set().available());
      return stock(shop, fact, left, out);
    }
    case ShopEvent::kItemsReserved:
      for (const auto& left : event.items_reserved().stock()) stock(shop, fact, left, out);
      return;
    case ShopEvent::kReservationReleased:
      for (const auto& left : event.reservation_released().stock()) stock(shop, fact, left, out);
      return;
    case ShopEvent::kOrderConfirmed:
      for (const auto& left : event.order_confirmed().stock()) stock(shop, fact, left, out);
      return sale(shop, fact, out);
    case ShopEvent::kCartLineSet:
      if (!event.show().empty()) out.emit(event.show(), fact);
      return;
    default: return;
  }
}

void FactsOfShows::sale(std::string_view shop, const ShowFact& fact, FactContext& out) {
  if (fact.show().empty()) return;
  out.emit(fact.show(), fact);
  for (const auto& line : fact.shop().order_confirmed().order().lines()) {
    want(shop, fact.show(), line.sku(), fact.position(), out);
  }
}

void FactsOfShows::stock(std::string_view shop, const ShowFact& fact, const StockLeft& left,
                         FactContext& out) {
  available_.put(key_of(shop, left.sku()), left.available());
  const std::vector<Wanted>* shows = shows_.find(shop);
  if (shows == nullptr) return;
  for (const Wanted& wanted : *shows) {
    if (std::ranges::find(wanted.skus, left.sku()) == wanted.skus.end()) continue;
    ShowFact told;
    told.set_position(fact.position());
    told.set_show(wanted.show);
    *told.mutable_stock() = left;
    out.emit(wanted.show, told);
  }
}

void FactsOfShows::want(std::string_view shop, const std::string& show, const std::string& sku,
                        std::uint64_t position, FactContext& out) {
  std::vector<Wanted>& shows = shows_.upsert(shop);
  auto wanted = std::ranges::find(shows, show, &Wanted::show);
  if (wanted == shows.end()) {
    if (shows.size() >= kShowsMax) shows.erase(shows.begin());
    wanted = shows.insert(shows.end(), Wanted{show, {}});
  }
  const bool is_new = std::ranges::find(wanted->skus, sku) == wanted->skus.end();
  if (!is_new || wanted->skus.size() >= kSkusMax) return;
  wanted->skus.push_back(sku);
  const std::int64_t* available = available_.find(key_of(shop, sku));
  ShowFact told;
  told.set_position(position);
  told.set_show(show);
  told.mutable_stock()->set_sku(sku);
  told.mutable_stock()->set_available(available ? *available : 0);
  out.emit(show, told);
}

void ActivityToFacts::on_record(std::string_view show, const Activity& activity, FactContext& out) {
  ShowFact fact = fact_at(out, show);
  *fact.mutable_activity() = activity;
  out.emit(show, fact);
}

void ChatToFacts::on_record(std::string_view show, const ChatEvent& event, FactContext& out) {
  if (!event.has_posted()) return;
  ShowFact fact = fact_at(out, show);
  fact.set_chat_number(event.posted().number());
  out.emit(show, fact);
}

void ReactionsToFacts::on_record(std::string_view show, const ReactionTick& tick,
                                 FactContext& out) {
  ShowFact fact = fact_at(out, show);
  *fact.mutable_reactions() = tick;
  out.emit(show, fact);
}

}  // namespace vitrine::kpi
