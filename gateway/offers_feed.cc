#include "gateway/offers_feed.h"

#include "commerce/model/json.h"
#include "commerce/model/topics.h"

namespace vitrine::gateway {
namespace {

constexpr std::string_view kOffersChannel = "viewer.offers:";

std::string channel_key(const std::string& show, const std::string& viewer) {
  return std::string(kOffersChannel) + show + "#" + viewer;
}

// Without what was sold out since. Of the holdout nothing is shown.
std::string offers_json(const Core& core, const ViewerOffers* told, const std::string& show) {
  ViewerOffers out;
  out.set_show(show);
  if (told != nullptr && told->show() == show && !told->held_out()) {
    const auto is_there = [&](const OfferedItem& item) {
      const auto* product = core.shop_view.product(item.sku());
      return product != nullptr && product->available() > 0;
    };
    out.set_at_ms(told->at_ms());
    for (const OfferedItem& item : told->items())
      if (is_there(item)) *out.add_items() = item;
    for (const OfferedItem& item : told->with_cart())
      if (is_there(item)) *out.add_with_cart() = item;
    if (told->has_action()) *out.mutable_action() = told->action();
  }
  return model::to_json(out);
}

void log_activity(Core& core, const std::string& show, const Activity& activity,
                  Engine::Done done = {}) {
  Append append{.topic = topics::viewer_activity.name(),
                .record = {show, encoded(activity), {}, {}}};
  if (auto accepted = core.audience.append(std::move(append), done); !accepted && done)
    done(tl::unexpected<Error>(accepted.error()));
}

}  // namespace

void feed_offers(Core& core, const Positioned& record) {
  const auto offers = decoded<ViewerOffers>(record.record.value);
  if (!offers) return;
  core.offers.apply(*offers);
  if (offers->held_out()) return;
  core.hub.publish(channel_key(offers->show(), offers->viewer()), record.position,
                   record.record.timestamp,
                   [&] { return offers_json(core, &*offers, offers->show()); });
}

ChannelSource offers_source(Core& core, const std::string& show, const std::string& viewer) {
  if (core.arrival_rate.take(viewer + "|" + show, core.env.clock.now()) == 0) {
    Activity activity;
    activity.set_viewer(viewer);
    activity.mutable_arrived()->set_shop(core.options.shop);
    log_activity(core, show, activity);  // when the log refuses it, she gets offers by her acts
  }
  ChannelSource source{channel_key(show, viewer), std::string(kOffersChannel) + show,
                       ChannelKind::State, Domain::Insight};
  source.snapshot = [&core, show, viewer] {
    return offers_json(core, core.offers.of(viewer), show);
  };
  return source;
}

void log_opened(Core& core, const std::string& show, const std::string& viewer,
                const std::string& sku, std::function<void(Result<Position>)> done) {
  Activity activity;
  activity.set_viewer(viewer);
  activity.mutable_opened()->set_shop(core.options.shop);
  activity.mutable_opened()->set_sku(sku);
  log_activity(core, show, activity,
               [loop = &core.loop, done = std::move(done)](Result<Position> result) {
                 loop->post([done, result = std::move(result)] { done(result); });
               });
}

}  // namespace vitrine::gateway
