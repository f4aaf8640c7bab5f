#include "commerce/kpi/topology.h"

#include <algorithm>

#include "commerce/chat/topology.h"
#include "commerce/kpi/facts.h"
#include "commerce/kpi/state.h"

namespace vitrine {

namespace kpi {

namespace {

class Figures {
 public:
  using Out = Context<std::string, ShowKpis>;
  explicit Figures(Stores& stores)
      : tallies_(stores.keyed<Tally>("kpi-shows")),
        viewers_(stores.keyed<ScopedRow, Viewer>("kpi-viewers")) {}

  void on_record(std::string_view show, const ShowFact& fact, Out& out) {
    Tally& tally = tallies_.upsert(show);
    count(show, tally, fact, millis_of(out.timestamp()));
    if (!tally.is_ticking) tick_after(show, tally, out);
  }

  void on_timer(std::string_view show, Time, Out& out) {
    Tally& tally = tallies_.upsert(show);
    tally.is_ticking = false;
    const std::int64_t now = millis_of(out.timestamp());
    ShowKpis kpis = figures(tally, now);
    Bytes told = without_positions(kpis);
    if (told != tally.told) {
      kpis.set_show(std::string(show));
      kpis.set_at_ms(now);
      out.emit(show, kpis);
      tally.told = std::move(told);
    }
    if (is_alive(tally, now)) tick_after(show, tally, out);
  }

 private:
  void count(std::string_view show, Tally& tally, const ShowFact& fact, std::int64_t at_ms) {
    ShowKpis& kpis = tally.kpis;
    switch (fact.body_case()) {
      case ShowFact::kActivity: {
        Viewer& viewer = viewer_of(show, fact.activity().viewer());
        const std::string& session = fact.activity().session();
        fact.activity().has_left() ? left(tally, viewer, session)
                                   : heartbeat(tally, viewer, session, at_ms);
        return kpis.set_activity_position(
            std::max<std::uint64_t>(kpis.activity_position(), fact.position()));
      }
      case ShowFact::kChatNumber:
        message(tally, at_ms);
        return kpis.set_chat_position(
            std::max<std::uint64_t>(kpis.chat_position(), fact.position()));
      case ShowFact::kReactions:
        reactions(tally, fact.reactions(), at_ms);
        return kpis.set_reactions_position(
            std::max<std::uint64_t>(kpis.reactions_position(), fact.position()));
      case ShowFact::kShop:
        if (fact.shop().has_cart_line_set()) added_to_cart(tally, fact.shop().cart_line_set());
        if (fact.shop().has_order_confirmed()) {
          sold(tally, viewer_of(show, fact.shop().viewer()), fact.shop().order_confirmed().order());
        }
        break;
      default: break;
    }
    for (const StockLeft& left : fact.stock()) stock(tally, left.sku(), left.available());
    kpis.set_shop_position(std::max<std::uint64_t>(kpis.shop_position(), fact.position()));
  }

  static void tick_after(std::string_view show, Tally& tally, Out& out) {
    const std::int64_t next = (millis_of(out.timestamp()) / kEvery.count() + 1) * kEvery.count();
    out.timers().at(time_of_millis(next), show);
    tally.is_ticking = true;
  }

  // What must differ before there is something to tell.
  static Bytes without_positions(ShowKpis kpis) {
    kpis.clear_shop_position();
    kpis.clear_activity_position();
    kpis.clear_chat_position();
    kpis.clear_reactions_position();
    return encoded(kpis);
  }

  Viewer& viewer_of(std::string_view show, const std::string& viewer) {
    return viewers_.upsert(ScopedRow{std::string(show), viewer});
  }

  Keyed<Tally> tallies_;
  Keyed<ScopedRow, Viewer> viewers_;
};

template <class P>
auto stateless() {
  return [](Stores&) { return P{}; };
}

}  // namespace

void add_kpis(App& app) {
  app.stream(topics::shop_events)
      .process("kpi-shop", stateless<ShopToFacts>())
      .to(topics::kpi_shop_facts);
  app.stream(topics::show_timeline)
      .process("kpi-timeline", [](Stores& stores) { return TimelineToFacts{stores}; })
      .to(topics::kpi_shop_facts);
  app.stream(topics::kpi_shop_facts)
      .process("kpi-sales", [](Stores& stores) { return FactsOfShows{stores}; })
      .to(topics::kpi_facts);
  app.stream(topics::viewer_activity)
      .process("kpi-activity", stateless<ActivityToFacts>())
      .to(topics::kpi_facts);
  app.stream(topics::show_chat).process("kpi-chat", stateless<ChatToFacts>()).to(topics::kpi_facts);
  app.stream(topics::show_reactions)
      .process("kpi-reactions", stateless<ReactionsToFacts>())
      .to(topics::kpi_facts);
  app.stream(topics::kpi_facts)
      .process("kpi", [](Stores& stores) { return Figures{stores}; })
      .to(topics::show_kpis);
}

}  // namespace kpi

App audience_app(const chat::ChatOptions& options) {
  App app{"audience"};
  chat::add_chat(app, options);
  kpi::add_kpis(app);
  return app;
}

}  // namespace vitrine
