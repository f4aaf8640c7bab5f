#include "commerce/recommend/recommender.h"

#include <algorithm>

#include "commerce/recommend/holdout.h"

namespace vitrine::recommend {
namespace {

std::string padded(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  return std::string(12 - std::min<std::size_t>(12, digits.size()), '0') + digits;
}

std::string skus_of(const ViewerOffers& offers) {
  std::string out;
  for (const OfferedItem& item : offers.items()) (out += item.sku()) += ' ';
  out += '|';
  for (const OfferedItem& item : offers.with_cart()) (out += item.sku()) += ' ';
  return out;
}

}  // namespace

Recommender::Recommender(Stores& stores)
    : shops_(stores.keyed<ShopRow>("recommend-shops")),
      products_(stores.keyed<ScopedRow, Product>("recommend-products")),
      sessions_(stores.keyed<ScopedRow, Session>("recommend-sessions")),
      pairs_(stores.keyed<ScopedRow, Pairs>("recommend-pairs")),
      visitors_(
          stores.keyed<ScopedRow, Visitor>("recommend-visitors").ttl(std::chrono::hours(24))),
      shows_(stores.keyed<ScopedRow, ShowRow>("recommend-shows")),
      actions_(stores.keyed<ActionsRow>("recommend-actions")) {}

void Recommender::on_record(std::string_view shop, const RecommendInput& input, Out& out) {
  Desk desk = begin(shop, out);
  switch (input.body_case()) {
    case RecommendInput::kShop: on_shop(desk, input); break;
    case RecommendInput::kTimeline: on_timeline(desk, input.show(), input.timeline()); break;
    case RecommendInput::kOpened: on_opened(desk, input); break;
    case RecommendInput::kArrived: on_arrived(desk, input); break;
    case RecommendInput::kClearing: on_clearing(desk, input.show(), input.clearing()); break;
    default: break;
  }
  finish(desk);
}

void Recommender::on_timer(std::string_view shop, Time, std::string_view tag, Out& out) {
  Desk desk = begin(shop, out);
  const std::string name(tag.substr(1));
  if (tag.front() == kFiguresTag) {
    tell_figures(desk, name);
  } else if (visitors_.contains({desk.shop, name})) {
    Visitor& visitor = visitors_.upsert({desk.shop, name});
    if (tag.front() == kSessionTag) {
      look_whether_over(desk, name, visitor);
    } else {
      reward(desk, visitor, 0);
      visitor.acted.reset();
    }
  }
  finish(desk);
}

// Until finish() the picture is of no row: a record that throws half way leaves it behind, and the
// next one builds it anew.
Recommender::Desk Recommender::begin(std::string_view shop, Out& out) {
  const std::string name(shop);
  ShopRow& row = shops_.upsert(shop);
  Model& model = picture_of(name, row);
  model.version = Model::kOfNoRow;
  return {name, row, model, millis_of(out.timestamp()), out};
}

void Recommender::finish(Desk& desk) { desk.model.version = ++desk.row.version; }

Model& Recommender::picture_of(const std::string& shop, const ShopRow& row) {
  const auto known = pictures_.find(shop);
  if (known != pictures_.end() && known->second.version == row.version) return known->second;
  pictures_.erase(shop);
  if (pictures_.size() == kPicturesMax) pictures_.erase(pictures_.begin());
  Model& model = pictures_[shop];
  rebuild(shop, model);
  return model;
}

void Recommender::rebuild(const std::string& shop, Model& model) const {
  products_.for_each([&](const ScopedRow& key, const Product& row) {
    if (key.scope == shop) model.put(key.rest, row);
  });
  sessions_.for_each([&](const ScopedRow& key, const Session& session) {
    if (key.scope == shop) model.learn(session);
  });
}

void Recommender::on_timeline(Desk& desk, const std::string& show, const ShowEvent& event) {
  const auto put_pins = [&](const auto& skus) {
    ShowRow& row = shows_.upsert({desk.shop, show});
    row.pins.clear();
    for (const std::string& sku : skus) {
      const Product* product = find(desk, sku);
      if (product == nullptr || row.pins.size() == kPinsMax) continue;
      row.pins.push_back(product->number);
      const bool is_new = std::ranges::find(row.shown, product->number) == row.shown.end();
      if (is_new && row.shown.size() < kShownMax) row.shown.push_back(product->number);
    }
  };
  if (event.has_pinned()) return put_pins(event.pinned().pins());
  if (event.has_unpinned()) return put_pins(event.unpinned().pins());
  if (event.has_state_changed() && event.state_changed().after() == ENDED)
    end_sessions_of(desk, show);
}

void Recommender::on_opened(Desk& desk, const RecommendInput& input) {
  Product* product = find(desk, input.opened().sku());
  if (product == nullptr) return;
  ++product->opened;
  desk.model.put(input.opened().sku(), *product);
  Visitor& visitor = visitor_of(desk, input.viewer(), input.show());
  ShowRow& show = shows_.upsert({desk.shop, visitor.show});
  count_opened(group_of(show.figures, input.viewer()), visitor, product->number, desk.now_ms);
  click(desk, input.viewer(), visitor, product->number);
  tell_figures_soon(desk, visitor.show, show);
  offer(desk, input.viewer(), visitor, Again::OnlyIfNew);
}

void Recommender::on_arrived(Desk& desk, const RecommendInput& input) {
  Visitor& visitor = visitor_of(desk, input.viewer(), input.show());
  offer(desk, input.viewer(), visitor, Again::Always);
}

void Recommender::on_clearing(Desk& desk, const std::string& show, const SetClearing& wish) {
  InsightEvent event;
  if (Product* product = find(desk, wish.sku())) {
    product->clearing_percent = wish.percent();
    desk.model.put(wish.sku(), *product);
    ClearingSet& set = *event.mutable_clearing_set();
    set.set_sku(wish.sku());
    set.set_percent(wish.percent());
    set.set_why(wish.percent() == 0
                    ? "The host has taken the wish back."
                    : "The host wishes it: " + std::to_string(wish.percent()) +
                          " % more weight than its relevance alone.");
  } else {
    event.mutable_refused()->set_code("not-found");
    event.mutable_refused()->set_detail("There is no such product.");
  }
  desk.out.emit(topics::show_insights, show, event);
}

Product* Recommender::find(Desk& desk, const std::string& sku) {
  const ScopedRow key{desk.shop, sku};
  return products_.contains(key) ? &products_.upsert(key) : nullptr;
}

Visitor& Recommender::visitor_of(Desk& desk, const std::string& viewer, const std::string& show) {
  Visitor& visitor = visitors_.upsert({desk.shop, viewer});
  if (!show.empty()) visitor.show = show;
  return visitor;
}

void Recommender::click(Desk& desk, const std::string& viewer, Visitor& visitor, Number number) {
  if (!visitor.over && desk.now_ms >= visitor.last_ms + kSessionMs) end_session(desk, visitor);
  if (visitor.over) visitor.clicks.clear();
  visitor.over = false;
  visitor.last_ms = desk.now_ms;
  if (visitor.clicks.empty() || visitor.clicks.back() != number) {
    if (visitor.clicks.size() == kClicksMax) visitor.clicks.erase(visitor.clicks.begin());
    visitor.clicks.push_back(number);
  }
  if (visitor.waits) return;
  visitor.waits = true;
  desk.out.timers().at(time_of_millis(desk.now_ms + kSessionMs), desk.shop, kSessionTag + viewer);
}

void Recommender::look_whether_over(Desk& desk, const std::string& viewer, Visitor& visitor) {
  visitor.waits = false;
  const std::int64_t over_ms = visitor.last_ms + kSessionMs;
  if (!visitor.over && desk.now_ms >= over_ms) end_session(desk, visitor);
  if (visitor.over) return;
  visitor.waits = true;
  desk.out.timers().at(time_of_millis(over_ms), desk.shop, kSessionTag + viewer);
}

// Its clicks go on to be what her offers are drawn from until she begins another.
void Recommender::end_session(Desk& desk, Visitor& visitor) {
  visitor.over = true;
  if (visitor.clicks.size() < 2) return;  // nothing follows from one
  const Session session{visitor.clicks};
  sessions_.put({desk.shop, padded(desk.row.sessions_end++)}, session);
  const std::uint64_t kept = desk.model.learn(session);
  for (; desk.row.sessions_end - desk.row.sessions_begin > kept; ++desk.row.sessions_begin)
    sessions_.erase({desk.shop, padded(desk.row.sessions_begin)});
}

// Reads all visitors of the day: once a show.
void Recommender::end_sessions_of(Desk& desk, const std::string& show) {
  std::vector<std::string> viewers;
  visitors_.for_each([&](const ScopedRow& key, const Visitor& visitor) {
    if (key.scope == desk.shop && visitor.show == show && !visitor.over)
      viewers.push_back(key.rest);
  });
  for (const std::string& viewer : viewers)
    end_session(desk, visitors_.upsert({desk.shop, viewer}));
}

void Recommender::pair_up(Desk& desk, Number one, Number other, Together where) {
  count_pair(pairs_.upsert({desk.shop, std::to_string(one)}), other, where);
  count_pair(pairs_.upsert({desk.shop, std::to_string(other)}), one, where);
}

PairsOf Recommender::pairs_of(const Desk& desk) const {
  return [this, &desk](Number number) {
    return pairs_.find({desk.shop, std::to_string(number)});
  };
}

void Recommender::offer(Desk& desk, const std::string& viewer, Visitor& visitor, Again again) {
  if (visitor.show.empty()) return;
  ShowRow& show = shows_.upsert({desk.shop, visitor.show});
  ViewerOffers offers;
  for (const auto& item : choose_items(desk.model, visitor, &show, pairs_of(desk)))
    *offers.add_items() = item;
  for (const auto& item : choose_with_cart(desk.model, visitor, &show, pairs_of(desk)))
    *offers.add_with_cart() = item;
  act(desk, viewer, visitor, offers, show.figures);
  std::string skus = skus_of(offers);
  const bool is_new = skus != visitor.told_items || offers.has_action();
  if (!is_new && again == Again::OnlyIfNew) return;
  if (desk.now_ms >= visitor.hour_ms + kHourMs) {
    visitor.hour_ms = desk.now_ms;
    visitor.told = 0;
  }
  if (is_new && visitor.told == kOffersAnHour) {
    show.figures.set_capped(show.figures.capped() + 1);
    return tell_figures_soon(desk, visitor.show, show);
  }
  if (is_new) ++visitor.told;
  visitor.told_items = std::move(skus);
  std::vector<Number> numbers;
  for (const OfferedItem& item : offers.items())
    numbers.push_back(find(desk, item.sku())->number);
  GroupFigures& group = group_of(show.figures, viewer);
  if (visitor.offered.empty() && !numbers.empty()) group.set_viewers(group.viewers() + 1);
  count_offers(group, visitor, numbers, desk.now_ms);
  tell_figures_soon(desk, visitor.show, show);
  offers.set_viewer(viewer);
  offers.set_show(visitor.show);
  offers.set_at_ms(desk.now_ms);
  offers.set_held_out(is_held_out(viewer));
  desk.out.emit(viewer, offers);
}

void Recommender::tell_figures_soon(Desk& desk, const std::string& show, ShowRow& row) {
  if (row.ticking) return;
  row.ticking = true;
  const std::int64_t next = (desk.now_ms / 1'000 + 1) * 1'000;
  desk.out.timers().at(time_of_millis(next), desk.shop, kFiguresTag + show);
}

void Recommender::tell_figures(Desk& desk, const std::string& show) {
  ShowRow& row = shows_.upsert({desk.shop, show});
  row.ticking = false;
  row.figures.set_at_ms(desk.now_ms);
  row.figures.set_sessions(static_cast<std::int64_t>(desk.model.sessions()));
  conclude(row.figures);
  InsightEvent event;
  *event.mutable_offers() = row.figures;
  desk.out.emit(topics::show_insights, show, event);
}

}  // namespace vitrine::recommend
