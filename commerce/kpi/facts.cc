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

ScopedRow key_of(std::string_view shop, const std::string& sku) {
  return {std::string(shop), sku};
}

// What an event says is left, of each sku it touched.
std::vector<StockLeft> stock_of(const ShopEvent& event) {
  const auto listed = [](const auto& left) {
    return std::vector<StockLeft>(left.begin(), left.end());
  };
  switch (event.body_case()) {
    case ShopEvent::kItemsReserved: return listed(event.items_reserved().stock());
    case ShopEvent::kReservationReleased: return listed(event.reservation_released().stock());
    case ShopEvent::kOrderConfirmed: return listed(event.order_confirmed().stock());
    case ShopEvent::kStockSet: {
      StockLeft left;
      left.set_sku(event.stock_set().sku());
      left.set_available(event.stock_set().available());
      return {left};
    }
    default: return {};
  }
}

bool is_wanted(const FactsOfShows::Wanted& wanted, const std::string& sku) {
  return std::ranges::find(wanted.skus, sku) != wanted.skus.end();
}

void want(FactsOfShows::Wanted& wanted, const std::string& sku) {
  if (!is_wanted(wanted, sku) && wanted.skus.size() < FactsOfShows::kSkusMax)
    wanted.skus.push_back(sku);
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
    : positions_(stores.keyed<std::uint64_t>("kpi-shop-positions")),
      available_(stores.keyed<ScopedRow, std::int64_t>("kpi-available")),
      shows_(stores.keyed<std::vector<Wanted>>("kpi-wanted")) {}

void FactsOfShows::on_record(std::string_view shop, const ShowFact& fact, FactContext& out) {
  if (fact.has_timeline()) return pin(shop, fact, out);
  positions_.put(shop, fact.position());
  const std::vector<StockLeft> left = stock_of(fact.shop());
  for (const StockLeft& one : left) available_.put(key_of(shop, one.sku()), one.available());
  if (fact.shop().has_order_confirmed() && !fact.show().empty()) {
    Wanted& wanted = wanted_by(shop, fact.show());
    for (const StockLeft& one : left) want(wanted, one.sku());
  }
  tell(shop, fact, left, out);
}

void FactsOfShows::pin(std::string_view shop, const ShowFact& fact, FactContext& out) {
  const std::string& sku = fact.timeline().pinned().sku();
  want(wanted_by(shop, fact.show()), sku);
  const std::uint64_t* position = positions_.find(shop);
  const std::int64_t* available = available_.find(key_of(shop, sku));
  ShowFact told;
  told.set_position(position ? *position : 0);
  told.set_show(fact.show());
  auto& left = *told.add_stock();
  left.set_sku(sku);
  left.set_available(available ? *available : 0);
  out.emit(fact.show(), told);
}

void FactsOfShows::tell(std::string_view shop, const ShowFact& fact,
                        const std::vector<StockLeft>& left, FactContext& out) {
  const bool counts = fact.shop().has_order_confirmed() || fact.shop().has_cart_line_set();
  bool is_own_told = fact.show().empty() || !counts;
  if (const std::vector<Wanted>* shows = left.empty() ? nullptr : shows_.find(shop)) {
    for (const Wanted& wanted : *shows) {
      const bool is_own = wanted.show == fact.show() && counts;
      ShowFact told;
      told.set_position(fact.position());
      told.set_show(wanted.show);
      if (is_own) *told.mutable_shop() = fact.shop();
      for (const StockLeft& one : left) {
        if (is_wanted(wanted, one.sku())) *told.add_stock() = one;
      }
      is_own_told = is_own_told || is_own;
      if (is_own || told.stock_size() > 0) out.emit(wanted.show, told);
    }
  }
  if (!is_own_told) out.emit(fact.show(), fact);
}

FactsOfShows::Wanted& FactsOfShows::wanted_by(std::string_view shop, const std::string& show) {
  std::vector<Wanted>& shows = shows_.upsert(shop);
  auto wanted = std::ranges::find(shows, show, &Wanted::show);
  if (wanted != shows.end()) return *wanted;
  if (shows.size() >= kShowsMax) shows.erase(shows.begin());
  return shows.emplace_back(Wanted{show, {}});
}

void ActivityToFacts::on_record(std::string_view show, const Activity& activity, FactContext& out) {
  if (!activity.has_heartbeat() && !activity.has_left()) return;  // not presence
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
