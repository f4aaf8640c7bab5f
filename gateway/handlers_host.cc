// What the host does: shows, pins, polls, products.
#include "gateway/ask.h"
#include "gateway/feed.h"

namespace vitrine::gateway::handlers {
namespace {

bool refuse_unknown_show(Core& core, const CallPtr& call) {
  if (core.shows.show(call->parameter("show")) != nullptr) return false;
  call->refuse({ProblemType::NotFound, "There is no such show."});
  return true;
}

void ask_for_show(const CallPtr& call, ShowCommand command) {
  const std::string show = call->parameter("show");
  ask_show(call, show, std::move(command), [call, show](const Events<ShowEvent>&) {
    call->answer(200, show_now(call->core, *call->core.shows.show(show)));
  });
}

// Pins of products that are not there are the caller's slip: 422 with the place.
bool refuse_unknown_sku(Core& core, const CallPtr& call) {
  if (core.shop_view.product(call->parameter("sku")) != nullptr) return false;
  call->refuse({ProblemType::Schema, "There is no such product.", 0, {{"/sku", "unknown"}}});
  return true;
}

void ask_for_product(const CallPtr& call, ShopCommand command, std::string sku) {
  ask_shop(call, std::move(command), [call, sku = std::move(sku)](const Events<ShopEvent>& events) {
    api::ProductView view = product_now(call->core, sku);
    if (const auto* set = events.find([](const ShopEvent& e) { return e.has_stock_set(); })) {
      // The figures of the moment it was set, so that a repeated call reads the same.
      view.set_available(set->stock_set().available());
      view.set_on_hand(set->stock_set().on_hand());
    }
    call->answer(200, view);
  });
}

}  // namespace

void create_show(Core& core, const CallPtr& call) {
  const auto& body = call->body_as<api::ShowRequest>();
  const std::string show = core.new_id("show_");
  ShowCommand command;
  command.mutable_create()->set_shop(core.options.shop);
  command.mutable_create()->set_title(body.title());
  command.mutable_create()->set_host_name(body.host_name());
  ask_show(call, show, std::move(command), [call, show](const Events<ShowEvent>&) {
    call->answer(201, show_now(call->core, *call->core.shows.show(show)));
  });
}

void change_state(Core& core, const CallPtr& call) {
  if (refuse_unknown_show(core, call)) return;
  const auto& body = call->body_as<api::StateRequest>();
  ShowCommand command;
  command.mutable_change_state()->set_to(body.to());
  command.mutable_change_state()->set_starts_at_ms(body.starts_at_ms());
  ask_for_show(call, std::move(command));
}

void pin(Core& core, const CallPtr& call) {
  if (refuse_unknown_show(core, call) || refuse_unknown_sku(core, call)) return;
  ShowCommand command;
  command.mutable_pin()->set_sku(call->parameter("sku"));
  command.mutable_pin()->set_media_time_ms(call->body_as<api::PinRequest>().media_time_ms());
  ask_for_show(call, std::move(command));
}

void unpin(Core& core, const CallPtr& call) {
  if (refuse_unknown_show(core, call)) return;
  ShowCommand command;
  command.mutable_unpin()->set_sku(call->parameter("sku"));
  ask_for_show(call, std::move(command));
}

void open_poll(Core& core, const CallPtr& call) {
  if (refuse_unknown_show(core, call)) return;
  const auto& body = call->body_as<api::PollRequest>();
  ShowCommand command;
  command.mutable_open_poll()->set_question(body.question());
  *command.mutable_open_poll()->mutable_answers() = body.answers();
  ask_show(
      call, call->parameter("show"), std::move(command), [call](const Events<ShowEvent>& events) {
        const auto* opened = events.find([](const ShowEvent& e) { return e.has_poll_opened(); });
        if (opened == nullptr)
          return call->refuse({ProblemType::Overloaded, "The show gave no answer.", 1});
        call->answer(201, opened->poll_opened().poll());
      });
}

void close_poll(Core& core, const CallPtr& call) {
  if (refuse_unknown_show(core, call)) return;
  ShowCommand command;
  command.mutable_close_poll()->set_poll(call->parameter("poll"));
  ask_show(
      call, call->parameter("show"), std::move(command), [call](const Events<ShowEvent>& events) {
        const auto* closed = events.find([](const ShowEvent& e) { return e.has_poll_closed(); });
        if (closed == nullptr)
          return call->refuse({ProblemType::Overloaded, "The show gave no answer.", 1});
        call->answer(200, closed->poll_closed().poll());
      });
}

void put_product(Core&, const CallPtr& call) {
  const auto& body = call->body_as<api::ProductRequest>();
  const std::string sku = call->parameter("sku");
  ShopCommand command;
  auto& product = *command.mutable_put_product()->mutable_product();
  product.set_sku(sku);
  product.set_title(body.title());
  product.set_description(body.description());
  product.set_category(body.category());
  *product.mutable_price() = body.price();
  product.set_image(body.image().empty() ? "/tiles/" + sku + ".svg" : body.image());
  ask_for_product(call, std::move(command), sku);
}

void set_stock(Core&, const CallPtr& call) {
  const std::string sku = call->parameter("sku");
  ShopCommand command;
  command.mutable_set_stock()->set_sku(sku);
  command.mutable_set_stock()->set_on_hand(call->body_as<api::StockRequest>().on_hand());
  ask_for_product(call, std::move(command), sku);
}

void set_price(Core&, const CallPtr& call) {
  const std::string sku = call->parameter("sku");
  ShopCommand command;
  command.mutable_set_price()->set_sku(sku);
  *command.mutable_set_price()->mutable_price() = call->body_as<api::PriceRequest>().price();
  ask_for_product(call, std::move(command), sku);
}

}  // namespace vitrine::gateway::handlers
