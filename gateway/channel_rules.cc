#include "gateway/channel_rules.h"

#include "commerce/model/json.h"
#include "gateway/feed.h"
#include "gateway/insight_feed.h"
#include "gateway/json_text.h"
#include "gateway/moderation_feed.h"
#include "gateway/offers_feed.h"
#include "gateway/topology_feed.h"

namespace vitrine::gateway {
namespace {

using Found = tl::expected<ChannelSource, Problem>;

tl::unexpected<Problem> no_such() {
  return tl::unexpected<Problem>(Problem{ProblemType::NotFound, "There is no such channel."});
}

tl::unexpected<Problem> forbidden() {
  return tl::unexpected<Problem>(
      Problem{ProblemType::Permission, "This channel is not for this token."});
}

std::string orders_json(Core& core, const std::vector<const ShopView::Placed*>& orders) {
  api::OrderList list;
  for (const auto* placed : orders) *list.add_items() = placed->order;
  list.set_as_of(core.shop_as_of());
  return model::to_json(list);
}

std::string stock_json(Core& core) {
  JsonArray items;
  for (const auto& [sku, view] : core.shop_view.products()) {
    if (view.has_product()) items.raw(model::to_json(view));
  }
  return JsonObject{}.raw("items", items.str()).str();
}

Found show_channel(Core& core, const Caller& caller, const std::string& name, std::string_view kind,
                   const std::string& id) {
  if (core.shows.show(id) == nullptr) return no_such();
  if (kind == "show.timeline") return timeline_source(core, id);
  if (kind == "show.chat") return chat_source(id);
  if (kind == "show.answers") return answers_source(core, id);
  ChannelSource source{name, name, ChannelKind::Tick, Domain::Audience};
  if (kind == "show.reactions") {
    source.snapshot = [&core, id] { return reactions_json(*core.shows.show(id), nullptr); };
    return source;
  }
  if (kind == "show.audience") {
    source.snapshot = [&core, id] {
      return JsonObject{}
          .number("viewers_now", std::max<std::int64_t>(0, core.shows.show(id)->viewers_now))
          .str();
    };
    return source;
  }
  if (kind == "show.insights") {
    if (caller.role == Role::Viewer) return forbidden();
    return insights_source(core, id);
  }
  if (kind == "show.moderation") {
    if (caller.role == Role::Viewer) return forbidden();
    return moderation_source(core, id);
  }
  if (kind != "show.kpis") return no_such();
  if (caller.role == Role::Viewer) return forbidden();
  const bool with_revenue = caller.role == Role::Host;
  if (!with_revenue) source.key += "#moderator";
  source.snapshot = [&core, id, with_revenue] {
    return kpis_json(*core.shows.show(id), with_revenue);
  };
  return source;
}

Found own_channel(Core& core, const Caller& caller, const std::string& name) {
  if (caller.role != Role::Viewer) return forbidden();
  ChannelSource source{name + "#" + caller.id, name, ChannelKind::State, Domain::Shop};
  const std::string viewer = caller.id;
  if (name == "viewer.cart") {
    source.snapshot = [&core, viewer] { return model::to_json(cart_now(core, viewer)); };
  } else {
    source.snapshot = [&core, viewer] {
      return orders_json(core, core.shop_view.orders_of(viewer, Position{0}, 50));
    };
  }
  return source;
}

}  // namespace

Found channel_for(Core& core, const Caller& caller, std::string_view text) {
  if (text.size() > 200) return no_such();
  const std::string name(text);
  if (name == "viewer.cart" || name == "viewer.orders") return own_channel(core, caller, name);
  if (name == TopologyFeed::kChannel) {
    if (caller.role != Role::Host) return forbidden();
    return core.topology->source();
  }
  const auto colon = name.find(':');
  if (colon == std::string::npos) return no_such();
  const std::string kind = name.substr(0, colon);
  const std::string id = name.substr(colon + 1);
  if (kind == "viewer.offers") {
    if (caller.role != Role::Viewer) return forbidden();
    if (core.shows.show(id) == nullptr) return no_such();
    return offers_source(core, id, caller.id);
  }
  if (kind.starts_with("show.")) return show_channel(core, caller, name, kind, id);
  if (id != core.options.shop) return no_such();
  ChannelSource source{name, name, ChannelKind::State, Domain::Shop};
  if (kind == "shop.stock") {
    source.snapshot = [&core] { return stock_json(core); };
    return source;
  }
  if (kind != "shop.orders") return no_such();
  if (caller.role != Role::Host) return forbidden();
  source.snapshot = [&core] { return orders_json(core, core.shop_view.orders(Position{0}, 50)); };
  return source;
}

}  // namespace vitrine::gateway
