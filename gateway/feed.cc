#include "gateway/feed.h"

#include "base/log.h"
#include "commerce/model/json.h"
#include "commerce/model/topics.h"
#include "gateway/json_text.h"
#include "gateway/payment_adapter.h"

namespace vitrine::gateway {
namespace {

constexpr std::array<std::string_view, 3> kPublicNames{"author", "nickname", "host_name"};
const model::JsonOptions kPublic{.omit_personal = true, .keep = kPublicNames};

std::string stock_json(const api::ProductView& view, bool whole) {
  JsonObject data;
  data.text("sku", view.product().sku()).number("available", view.available());
  data.raw("price", model::to_json(view.product().price()));
  if (whole) data.raw("product", model::to_json(view.product()));
  return data.str();
}

void tell_shop(Core& core, const std::string& shop, const ShopView::Changes& changes,
               const Positioned& record) {
  const auto publish = [&](const std::string& key, const std::function<std::string()>& data) {
    core.hub.publish(key, record.position, record.record.timestamp, data);
  };
  const auto tell_stock = [&](const std::string& sku, bool whole) {
    if (const auto* view = core.shop_view.product(sku)) {
      publish("shop.stock:" + shop, [&] { return stock_json(*view, whole); });
    }
  };
  for (const auto& sku : changes.stock) tell_stock(sku, false);
  for (const auto& sku : changes.products) tell_stock(sku, true);
  if (!changes.cart_of.empty()) {
    publish("viewer.cart#" + changes.cart_of,
            [&] { return model::to_json(cart_now(core, changes.cart_of)); });
  }
  if (const auto* placed = changes.order.empty() ? nullptr : core.shop_view.order(changes.order)) {
    const auto data = [&] { return model::to_json(placed->order); };
    publish("viewer.orders#" + placed->order.viewer(), data);
    publish("shop.orders:" + shop, data);
    if (placed->order.status() != PENDING) {
      Positioned outcome = record;
      outcome.record.correlation = changes.order;
      core.order_asks.collect(outcome);
    }
  }
}

void feed_timeline(Core& core, const Positioned& record) {
  const auto event = decoded<ShowEvent>(record.record.value);
  const std::string& show = record.record.key;
  if (!event || !core.shows.apply(show, *event, record.position, record.record.timestamp)) return;
  if (event->has_created()) {
    core.hub.ensure(timeline_source(core, show));
    core.hub.ensure(chat_source(show));
  }
  core.hub.publish("show.timeline:" + show, record.position, record.record.timestamp,
                   [&] { return public_json(*event).value(); });
}

}  // namespace

void feed_shop(Core& core, const Positioned& record) {
  if (record.topic == topics::shop_events.name()) {
    const auto event = decoded<ShopEvent>(record.record.value);
    if (!event) return;
    const auto changes = core.shop_view.apply(record.record.key, *event, record.position);
    tell_shop(core, record.record.key, changes, record);
  } else if (record.topic == topics::show_timeline.name()) {
    feed_timeline(core, record);
  } else if (const auto request = decoded<PaymentRequest>(record.record.value)) {
    core.payments->on_request(*request);
    return;  // the adapter's; no caller waits for it
  }
  core.shop_asks.collect(record);
}

void feed_audience(Core& core, const Positioned& record) {
  const std::string& show = record.record.key;
  const auto publish = [&](std::string_view channel, const std::function<std::string()>& data) {
    core.hub.publish(std::string(channel) + show, record.position, record.record.timestamp, data);
  };
  if (record.topic == topics::show_chat.name()) {
    if (const auto event = decoded<ChatEvent>(record.record.value)) {
      core.shows.apply(show, *event);
      core.moderation.apply(show, *event, record.record.timestamp);
      if (ModerationView::is_for_moderators(*event))
        publish("show.moderation:", [&] { return model::to_json(*event); });
      if (event->has_removed()) core.removed_messages.insert(event->removed().message());
      if (event->has_posted() || event->has_removed())
        publish("show.chat:", [&] { return public_json(*event).value(); });
    }
    core.audience_asks.collect(record);
  } else if (record.topic == topics::show_reactions.name()) {
    const auto tick = decoded<ReactionTick>(record.record.value);
    if (!tick) return;
    core.shows.apply(show, *tick);
    if (const auto* known = core.shows.show(show)) {
      publish("show.reactions:", [&] { return reactions_json(*known, &*tick); });
    }
  } else if (const auto kpis = decoded<ShowKpis>(record.record.value)) {
    core.shows.apply(show, *kpis);
    auto* known = core.shows.show(show);
    if (known == nullptr) return;
    publish("show.kpis:", [&] { return kpis_json(*known, true); });
    core.hub.publish("show.kpis:" + show + "#moderator", record.position, record.record.timestamp,
                     [&] { return kpis_json(*known, false); });
    if (known->viewers_now == kpis->viewers_now()) return;
    known->viewers_now = kpis->viewers_now();
    publish("show.audience:",
            [&] { return JsonObject{}.number("viewers_now", known->viewers_now).str(); });
  }
}

std::optional<std::string> public_json(const ShowEvent& event) {
  if (!ShowView::is_public(event)) return std::nullopt;
  if (!event.has_cause()) return model::to_json(event, kPublic);
  ShowEvent without_cause = event;  // why something was done by itself is for the host
  without_cause.clear_cause();
  return model::to_json(without_cause, kPublic);
}

std::optional<std::string> public_json(const ChatEvent& event) {
  if (!event.has_posted() && !event.has_removed()) return std::nullopt;
  return model::to_json(event, kPublic);
}

api::ShowView show_now(const Core& core, const ShowView::Show& show) {
  api::ShowView view = show.view;
  view.set_as_of(core.as_of(Domain::Shop, show.at));
  return view;
}

std::string kpis_json(const ShowView::Show& show, bool with_revenue) {
  ShowKpis kpis = show.kpis.value_or(ShowKpis{});
  kpis.set_show(show.view.id());
  if (!with_revenue) kpis.clear_revenue();
  return model::to_json(kpis);
}

std::string reactions_json(const ShowView::Show& show, const ReactionTick* tick) {
  JsonObject counts, totals;
  if (tick != nullptr) {
    for (const auto& count : tick->counts()) counts.number(count.kind(), count.count());
  }
  for (const auto& [kind, total] : show.reactions) totals.number(kind, total);
  return JsonObject{}.raw("counts", counts.str()).raw("totals", totals.str()).str();
}

api::CartView cart_now(const Core& core, const std::string& viewer) {
  api::CartView cart = core.shop_view.cart(viewer);
  cart.set_as_of(core.shop_as_of());
  return cart;
}

api::ProductView product_now(const Core& core, const std::string& sku) {
  const auto* view = core.shop_view.product(sku);
  return view == nullptr ? api::ProductView{} : *view;
}

ChatAnswer chat_answer(const ChatEvent& event) {
  if (event.has_held()) return {0, true, false};
  if (event.has_repeated_post())
    return {event.repeated_post().number(), event.repeated_post().held(), true};
  // Under a shadow ban the answer is as any other's.
  if (event.has_shadowed()) return {event.shadowed().message().number(), false, false};
  return {event.posted().number(), false, false};
}

ChatCommand chat_command(const Caller& author, const api::ChatRequest& request) {
  ChatCommand command;
  auto& post = *command.mutable_post();
  post.set_id(request.id());
  post.set_author(author.id);
  post.set_nickname(author.nickname);
  post.set_role(std::string(name_of(author.role)));
  post.set_text(request.text());
  post.set_media_time_ms(request.media_time_ms());
  return command;
}

ChannelSource timeline_source(Core& core, const std::string& show) {
  const auto snapshot = [&core, show] {
    return model::to_json(show_now(core, *core.shows.show(show)));
  };
  const auto encode = [show](const Positioned& record) -> std::optional<std::string> {
    if (record.record.key != show) return std::nullopt;
    const auto event = decoded<ShowEvent>(record.record.value);
    return event ? public_json(*event) : std::nullopt;
  };
  const std::string name = "show.timeline:" + show;
  return {name,  name, ChannelKind::Log, Domain::Shop, snapshot, topics::show_timeline.name(),
          encode};
}

ChannelSource chat_source(const std::string& show) {
  const auto encode = [show](const Positioned& record) -> std::optional<std::string> {
    if (record.record.key != show) return std::nullopt;
    const auto event = decoded<ChatEvent>(record.record.value);
    return event ? public_json(*event) : std::nullopt;
  };
  const std::string name = "show.chat:" + show;
  return {name, name, ChannelKind::Log, Domain::Audience, {}, topics::show_chat.name(), encode};
}

}  // namespace vitrine::gateway
