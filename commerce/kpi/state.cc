#include "commerce/kpi/state.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace vitrine::kpi {

void Slices::move_to(std::int64_t slice) {
  const auto length = static_cast<std::int64_t>(counts.size());
  if (slice - latest >= length) std::ranges::fill(counts, 0);
  for (std::int64_t s = std::max(latest + 1, slice - length + 1); s <= slice; ++s) {
    counts[static_cast<std::size_t>(s % length)] = 0;
  }
  latest = std::max(latest, slice);
}

void Slices::add(std::int64_t at_ms, std::int64_t amount) {
  const std::int64_t slice = at_ms / width_ms;
  move_to(slice);
  if (covers(at_ms))
    counts[static_cast<std::size_t>(slice % static_cast<std::int64_t>(counts.size()))] += amount;
}

std::int64_t Slices::sum(std::int64_t at_ms) {
  move_to(at_ms / width_ms);
  return std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
}

bool Slices::covers(std::int64_t at_ms) const {
  return at_ms / width_ms > latest - static_cast<std::int64_t>(counts.size());
}

namespace {

void leave(Tally& tally, Viewer& viewer) {
  if (viewer.beat_ms > 0 && tally.present.covers(viewer.beat_ms))
    tally.present.add(viewer.beat_ms, -1);
  viewer.beat_ms = 0;
}

void add_money(ShowKpis& kpis, const Money& money) {
  auto& revenue = *kpis.mutable_revenue();
  auto same = std::ranges::find(revenue, money.currency(), &Money::currency);
  if (same == revenue.end()) {
    *revenue.Add() = money;
    std::ranges::sort(revenue, {}, &Money::currency);
    return;
  }
  std::int64_t sum = 0;
  const bool is_over = __builtin_add_overflow(same->amount(), money.amount(), &sum);
  same->set_amount(is_over ? std::numeric_limits<std::int64_t>::max() : sum);
}

}  // namespace

void heartbeat(Tally& tally, Viewer& viewer, const std::string& session, std::int64_t at_ms) {
  if (!viewer.was_seen) tally.kpis.set_viewers_unique(tally.kpis.viewers_unique() + 1);
  viewer.was_seen = true;
  tally.present.sum(at_ms);
  leave(tally, viewer);
  tally.present.add(at_ms, 1);
  viewer.beat_ms = at_ms;
  viewer.session = session;
}

void left(Tally& tally, Viewer& viewer, const std::string& session) {
  // Another session of the same viewer may still watch; it says so with its own next heartbeat.
  if (viewer.session == session) leave(tally, viewer);
}

void message(Tally& tally, std::int64_t at_ms) {
  tally.kpis.set_messages(tally.kpis.messages() + 1);
  tally.messages.add(at_ms, 1);
}

void reactions(Tally& tally, const ReactionTick& tick, std::int64_t at_ms) {
  std::int64_t count = 0;
  for (const auto& kind : tick.counts()) count += static_cast<std::int64_t>(kind.count());
  tally.kpis.set_reactions(tally.kpis.reactions() + count);
  tally.reactions.add(at_ms, count);
}

void added_to_cart(Tally& tally, const CartLineSet& set) {
  tally.kpis.set_adds_to_cart(tally.kpis.adds_to_cart() + std::max(0, set.added()));
}

void sold(Tally& tally, Viewer& buyer, const Order& order) {
  auto& kpis = tally.kpis;
  kpis.set_orders(kpis.orders() + 1);
  if (!buyer.bought) kpis.set_buyers_unique(kpis.buyers_unique() + 1);
  buyer.bought = true;
  add_money(kpis, order.total());
  for (const auto& line : order.lines()) kpis.set_units_sold(kpis.units_sold() + line.quantity());
}

void stock(Tally& tally, const std::string& sku, std::int64_t available) {
  auto& listed = *tally.kpis.mutable_stock();
  auto same = std::ranges::find(listed, sku, &SkuStock::sku);
  if (same == listed.end()) {
    if (static_cast<std::size_t>(listed.size()) >= kStockMax) return;
    auto& added = *listed.Add();
    added.set_sku(sku);
    added.set_available(available);
    std::ranges::sort(listed, {}, &SkuStock::sku);
    return;
  }
  same->set_available(available);
}

ShowKpis figures(Tally& tally, std::int64_t at_ms) {
  ShowKpis out = tally.kpis;
  out.set_viewers_now(tally.present.sum(at_ms));
  out.set_messages_per_minute(tally.messages.sum(at_ms));
  out.set_reactions_per_minute(tally.reactions.sum(at_ms));
  const double viewers = static_cast<double>(out.viewers_unique());
  out.set_conversion(viewers > 0 ? static_cast<double>(out.buyers_unique()) / viewers : 0);
  return out;
}

bool is_alive(Tally& tally, std::int64_t at_ms) {
  return tally.present.sum(at_ms) > 0 || tally.messages.sum(at_ms) > 0 ||
         tally.reactions.sum(at_ms) > 0;
}

}  // namespace vitrine::kpi
