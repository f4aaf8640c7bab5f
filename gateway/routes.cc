// The table itself, in the order of docs/api.md, and what follows from it.
#include <algorithm>

#include <google/protobuf/message.h>
#include "commerce/model/proto/api.pb.h"
#include "commerce/model/proto/audience.pb.h"
#include "commerce/model/proto/autopilot.pb.h"
#include "commerce/model/proto/models.pb.h"

#include "gateway/route.h"

namespace vitrine::gateway {
namespace {

using enum ProblemType;
using namespace api;  // NOLINT(google-build-using-namespace): the bodies' names, as in docs/api.md

template <class M>
const google::protobuf::Message* of() {
  return &M::default_instance();
}

// One operation, told on.
struct Operation : Route {
  Operation answers(std::vector<int> codes) && {
    return statuses = std::move(codes), std::move(*this);
  }
  Operation refuses(std::vector<ProblemType> types) && {
    return problems = std::move(types), std::move(*this);
  }
  Operation keyed() && { return needs_key = true, std::move(*this); }
  Operation writing() && { return writes = true, std::move(*this); }
  Operation asks(std::vector<QueryParameter> parameters) && {
    return query = std::move(parameters), std::move(*this);
  }
  Operation as(std::string media_type) && {
    return other_type = std::move(media_type), std::move(*this);
  }
};

using Handler = void (*)(Core&, const CallPtr&);

Operation route(std::string method, std::string path, Who who, std::string summary,
                const google::protobuf::Message* body, const google::protobuf::Message* answer,
                Handler handle) {
  Operation operation;
  operation.method = std::move(method);
  operation.path = std::move(path);
  operation.who = who;
  operation.summary = std::move(summary);
  operation.body = body;
  operation.answer = answer;
  operation.handle = handle;
  return operation;
}

const QueryParameter kLimit{"limit", "how many at most, 1 to 200", true};
const QueryParameter kCursor{"cursor", "next_cursor of the page before", false};
const QueryParameter kChatCursor{
    "cursor", "next_cursor of the page before; newest = the last `limit` messages", false};

std::vector<Route> auth_routes() {
  return {
      route("POST", "/v1/auth/guest", Who::Anyone, "Become a viewer", of<GuestRequest>(),
            of<Identity>(), handlers::guest)
          .answers({201})
          .refuses({RateLimited}),
      route("POST", "/v1/auth/host", Who::Anyone, "Redeem the host's one-time link",
            of<CodeRequest>(), of<Identity>(), handlers::host)
          .answers({201})
          .refuses({Unauthenticated, StorageFull}),
      route("POST", "/v1/auth/moderator", Who::Anyone, "Redeem a moderator's one-time link",
            of<CodeRequest>(), of<Identity>(), handlers::moderator)
          .answers({201})
          .refuses({Unauthenticated, StorageFull}),
      route("POST", "/v1/auth/ticket", Who::AnyToken, "A one-use ticket for the socket, 30 s",
            nullptr, of<Ticket>(), handlers::ticket)
          .answers({201}),
  };
}

std::vector<Route> show_routes() {
  return {
      route("GET", "/v1/store/shows", Who::Anyone, "The shows", nullptr, of<ShowList>(),
            handlers::list_shows),
      route("GET", "/v1/store/shows/{show}", Who::Anyone, "One show", nullptr, of<api::ShowView>(),
            handlers::get_show)
          .refuses({NotFound}),
      route("GET", "/v1/store/products", Who::Anyone, "The products", nullptr, of<ProductList>(),
            handlers::list_products)
          .refuses({Malformed})
          .asks({kLimit, kCursor}),
      route("GET", "/v1/store/products/{sku}", Who::Anyone, "One product", nullptr,
            of<ProductView>(), handlers::get_product)
          .refuses({NotFound}),
      route("GET", "/v1/store/shows/{show}/kpis", Who::HostOrModerator,
            "The show's figures; no revenue for moderators", nullptr, of<ShowKpis>(),
            handlers::get_kpis)
          .refuses({NotFound}),
      route("GET", "/v1/store/shows/{show}/chat", Who::Anyone, "The chat, oldest first", nullptr,
            nullptr, handlers::list_chat)
          .refuses({NotFound, Malformed})
          .asks({kLimit, kChatCursor}),
      route("POST", "/v1/store/shows/{show}/chat", Who::AnyToken,
            "Say something; the id makes it once", of<ChatRequest>(), of<Accepted>(),
            handlers::post_chat)
          .answers({201, 200, 202})
          .refuses({NotFound, Flood, Banned})
          .writing(),
      route("POST", "/v1/store/shows/{show}/reactions", Who::AnyToken, "React",
            of<ReactionRequest>(), of<Accepted>(), handlers::post_reaction)
          .answers({202})
          .refuses({NotFound})
          .writing(),
      route("POST", "/v1/store/shows/{show}/polls/{poll}/votes", Who::Viewer, "Vote, once a person",
            of<VoteRequest>(), of<Poll>(), handlers::vote)
          .answers({201, 200})
          .refuses({NotFound, PollClosed})
          .writing(),
  };
}

std::vector<Route> store_routes() {
  return {
      route("GET", "/v1/store/cart", Who::Viewer, "Your cart", nullptr, of<CartView>(),
            handlers::get_cart),
      route("PUT", "/v1/store/cart/lines/{sku}", Who::Viewer,
            "Set how many of a product; 0 removes", of<CartLineRequest>(), of<CartView>(),
            handlers::put_cart_line)
          .refuses({NotFound})
          .writing(),
      route("POST", "/v1/store/reservations", Who::Viewer,
            "Hold stock, all or nothing; no lines = the cart", of<ReserveRequest>(),
            of<ReservationView>(), handlers::reserve)
          .answers({201})
          .refuses({StockUnavailable, PriceChanged, NotFound})
          .keyed()
          .writing(),
      route("GET", "/v1/store/reservations/{id}", Who::Viewer, "Your reservation", nullptr,
            of<ReservationView>(), handlers::get_reservation)
          .refuses({NotFound, ReservationExpired}),
      route("DELETE", "/v1/store/reservations/{id}", Who::Viewer, "Give a reservation back",
            nullptr, nullptr, handlers::release)
          .answers({204})
          .refuses({NotFound, ReservationExpired})
          .keyed()
          .writing(),
      route("POST", "/v1/store/orders", Who::Viewer, "Buy what is reserved", of<OrderRequest>(),
            of<Order>(), handlers::place_order)
          .answers({201, 202})
          .refuses({PaymentDeclined, ReservationExpired, NotFound})
          .keyed()
          .writing(),
      route("GET", "/v1/store/orders", Who::Viewer, "Your orders, newest first", nullptr,
            of<OrderList>(), handlers::list_orders)
          .refuses({Malformed})
          .asks({kLimit, kCursor}),
      route("GET", "/v1/store/orders/{id}", Who::Viewer, "Your order", nullptr, of<Order>(),
            handlers::get_order)
          .refuses({NotFound}),
  };
}

std::vector<Route> host_routes() {
  return {
      route("POST", "/v1/host/shows", Who::Host, "A new show", of<ShowRequest>(),
            of<api::ShowView>(), handlers::create_show)
          .answers({201})
          .refuses({})
          .writing(),
      route("POST", "/v1/host/shows/{show}/state", Who::Host, "Go live, pause, end",
            of<StateRequest>(), of<api::ShowView>(), handlers::change_state)
          .refuses({NotFound, ProblemType::ShowState})
          .writing(),
      route("PUT", "/v1/host/shows/{show}/pins/{sku}", Who::Host, "Pin a product, at most three",
            of<PinRequest>(), of<api::ShowView>(), handlers::pin)
          .refuses({NotFound, PinLimit, ProblemType::ShowState})
          .writing(),
      route("DELETE", "/v1/host/shows/{show}/pins/{sku}", Who::Host, "Take a pin down", nullptr,
            of<api::ShowView>(), handlers::unpin)
          .refuses({NotFound})
          .writing(),
      route("POST", "/v1/host/shows/{show}/polls", Who::Host, "Open a poll", of<PollRequest>(),
            of<Poll>(), handlers::open_poll)
          .answers({201})
          .refuses({NotFound, ProblemType::ShowState})
          .writing(),
      route("POST", "/v1/host/shows/{show}/polls/{poll}/close", Who::Host, "Close a poll", nullptr,
            of<Poll>(), handlers::close_poll)
          .refuses({NotFound, PollClosed})
          .writing(),
      route("PUT", "/v1/host/products/{sku}", Who::Host, "Put a product into the catalogue",
            of<ProductRequest>(), of<ProductView>(), handlers::put_product)
          .refuses({})
          .writing(),
      route("PUT", "/v1/host/products/{sku}/stock", Who::Host, "Set the units on hand",
            of<StockRequest>(), of<ProductView>(), handlers::set_stock)
          .refuses({NotFound, StockUnavailable})
          .keyed()
          .writing(),
      route("PUT", "/v1/host/products/{sku}/price", Who::Host, "Set the price", of<PriceRequest>(),
            of<ProductView>(), handlers::set_price)
          .refuses({NotFound})
          .writing(),
      route("GET", "/v1/host/orders", Who::Host, "All orders, newest first", nullptr,
            of<OrderList>(), handlers::list_all_orders)
          .refuses({Malformed})
          .asks({kLimit, kCursor}),
      route("POST", "/v1/host/moderators", Who::Host, "A one-time link for a moderator",
            of<ModeratorRequest>(), of<ModeratorLink>(), handlers::invite_moderator)
          .answers({201})
          .refuses({StorageFull, Overloaded}),
      route("POST", "/v1/host/shows/{show}/chat/{message}/remove", Who::HostOrModerator,
            "Remove a message", of<RemoveRequest>(), of<Accepted>(), handlers::remove_chat)
          .refuses({NotFound})
          .writing(),
  };
}

std::vector<Route> insight_routes() {
  return {
      route("GET", "/v1/host/shows/{show}/insights", Who::HostOrModerator,
            "What the models tell of the show", nullptr, of<InsightsView>(),
            handlers::get_insights)
          .refuses({NotFound}),
      route("POST", "/v1/host/shows/{show}/questions/{question}/answer", Who::HostOrModerator,
            "Answer a question for all who asked", of<AnswerRequest>(), of<QuestionView>(),
            handlers::answer_question)
          .refuses({NotFound})
          .writing(),
      route("POST", "/v1/host/shows/{show}/questions/{question}/dismiss", Who::HostOrModerator,
            "Take a question off the list", nullptr, of<Accepted>(), handlers::dismiss_question)
          .refuses({NotFound})
          .writing(),
      route("POST", "/v1/store/shows/{show}/views", Who::Viewer,
            "Look at a product; what is offered follows it", of<ProductViewRequest>(),
            of<Accepted>(), handlers::view_product)
          .answers({202})
          .refuses({NotFound})
          .writing(),
      route("PUT", "/v1/host/shows/{show}/clearing/{sku}", Who::Host,
            "Let a product weigh more in what viewers are offered; 0 = as any other",
            of<ClearingRequest>(), of<ClearingSet>(), handlers::set_clearing)
          .refuses({NotFound})
          .writing(),
      route("POST", "/v1/host/shows/{show}/leads/{lead}/contact", Who::HostOrModerator,
            "Note that a hot lead was spoken to; the first time counts", nullptr, of<HotLead>(),
            handlers::contact_lead)
          .refuses({NotFound})
          .writing(),
      route("POST", "/v1/host/shows/{show}/questions/{question}/retract", Who::HostOrModerator,
            "Take an answer back", nullptr, of<Accepted>(), handlers::retract_answer)
          .refuses({NotFound})
          .writing(),
      route("PUT", "/v1/host/shows/{show}/assistant", Who::HostOrModerator,
            "The assistant is off, suggests, or answers by itself (auto)", of<AssistantRequest>(),
            of<AssistantFigures>(), handlers::set_assistant)
          .refuses({NotFound})
          .writing(),
      route("GET", "/v1/store/shows/{show}/answers", Who::Anyone,
            "The newest answers of host and assistant, each with its source", nullptr,
            of<AnswersView>(), handlers::get_answers)
          .refuses({NotFound}),
      route("GET", "/v1/store/faq", Who::Anyone, "What the shop says of itself and its products",
            nullptr, of<ShopFaq>(), handlers::get_faq),
      route("PUT", "/v1/host/faq", Who::Host, "Set it anew; `version` is that of the one read",
            of<FaqRequest>(), of<ShopFaq>(), handlers::put_faq)
          .refuses({Precondition})
          .writing(),
      route("POST", "/v1/host/models/{model}", Who::Host,
            "Add, promote, roll back or shadow a version of a model", of<ModelRequest>(),
            of<ModelEvent>(), handlers::tell_model)
          .refuses({NotFound, ProblemType::ModelState, Unproven})
          .writing(),
  };
}

std::vector<Route> autopilot_routes() {
  return {
      route("PUT", "/v1/host/shows/{show}/autopilot/{kind}", Who::Host,
            "Let alerts of a kind act by themselves after a time for a veto, or not",
            of<AutopilotRequest>(), of<AutopilotSet>(), handlers::set_autopilot)
          .refuses({NotFound})
          .writing(),
      route("POST", "/v1/host/shows/{show}/actions/{action}/veto", Who::HostOrModerator,
            "Say no to an automatic action before its deadline", nullptr, of<AutoAction>(),
            handlers::veto_action)
          .refuses({NotFound})
          .writing(),
      route("POST", "/v1/host/shows/{show}/actions/{action}/undo", Who::Host,
            "Take back what an automatic action has done", nullptr, of<AutoAction>(),
            handlers::undo_action)
          .refuses({NotFound})
          .writing(),
  };
}

std::vector<Route> moderation_routes() {
  const auto about = [](std::string action, std::string summary,
                        const google::protobuf::Message* body, Handler handle) {
    return route("POST", "/v1/host/shows/{show}/people/{viewer}/" + std::move(action),
                 Who::HostOrModerator, std::move(summary), body, of<PersonView>(), handle)
        .refuses({NotFound})
        .writing();
  };
  const auto decide = [](std::string verdict, std::string summary, Handler handle) {
    return route("POST", "/v1/host/shows/{show}/held/{held}/" + std::move(verdict),
                 Who::HostOrModerator, std::move(summary), of<DecisionRequest>(), of<Accepted>(),
                 handle)
        .refuses({NotFound})
        .writing();
  };
  return {
      route("GET", "/v1/host/shows/{show}/moderation", Who::HostOrModerator,
            "Held messages, the newest actions, slow mode", nullptr, of<api::ModerationView>(),
            handlers::get_moderation)
          .refuses({NotFound}),
      decide("release", "Show a held message: it gets its number now", handlers::release_held),
      decide("reject", "Never show a held message", handlers::reject_held),
      route("GET", "/v1/host/shows/{show}/people/{viewer}", Who::HostOrModerator,
            "A person's newest messages, and what was decided about them", nullptr,
            of<PersonView>(), handlers::get_person)
          .refuses({NotFound}),
      about("mute", "Refuse their messages for a while", of<PersonRequest>(),
            handlers::mute_person),
      about("ban", "Keep them out of the chat for a while", of<PersonRequest>(),
            handlers::ban_person),
      about("shadow", "Show their messages only to themselves for a while", of<PersonRequest>(),
            handlers::shadow_person),
      about("pardon", "Undo mute, ban, shadow ban and strikes", of<DecisionRequest>(),
            handlers::pardon_person),
      route("PUT", "/v1/host/shows/{show}/slow-mode", Who::HostOrModerator,
            "One message a viewer in so many seconds; 0 = off", of<SlowModeRequest>(),
            of<api::ModerationView>(), handlers::set_slow_mode)
          .refuses({NotFound})
          .writing(),
  };
}

std::vector<Route> other_routes() {
  return {
      route("GET", "/v1/socket", Who::Anyone,
            "The WebSocket: subprotocols vitrine.v1.json, ticket.<ticket>", nullptr, nullptr,
            handlers::socket)
          .answers({101})
          .refuses({Unauthenticated, Permission, Malformed}),
      route("GET", "/v1/events", Who::Anyone, "Server-Sent Events, with the cookie vt_ticket",
            nullptr, nullptr, handlers::events)
          .refuses({Unauthenticated, Permission, NotFound, Malformed})
          .asks({{"ch", "a channel; may come several times"},
                 {"cursor", "where to go on, as Last-Event-ID"}})
          .as("text/event-stream"),
      route("GET", "/v1/ops/topology", Who::Host,
            "The map of topics, operators and states, and what flows along it", nullptr,
            of<api::Topology>(), handlers::topology),
      route("GET", "/healthz", Who::Anyone, "Is it serving?", nullptr, nullptr, handlers::health)
          .refuses({StorageFull}),
      route("GET", "/metrics", Who::Anyone, "Prometheus text, to this machine only", nullptr,
            nullptr, handlers::metrics)
          .refuses({Permission})
          .as("text/plain"),
      route("GET", "/openapi.json", Who::Anyone, "This document", nullptr, nullptr,
            handlers::openapi),
      route("POST", "/demo/plug", Who::Host, "Demo only: kill the server with SIGKILL", nullptr,
            nullptr, handlers::plug)
          .answers({202})
          .refuses({NotFound}),
      route("GET", "/demo/counters", Who::Anyone, "Demo only: what the driver counted", nullptr,
            nullptr, handlers::counters)
          .refuses({NotFound}),
  };
}

}  // namespace

bool may(Who who, Role role) {
  switch (who) {
    case Who::Anyone:
    case Who::AnyToken: return true;
    case Who::Viewer: return role == Role::Viewer;
    case Who::Host: return role == Role::Host;
    case Who::HostOrModerator: return role != Role::Viewer;
  }
  return false;
}

const std::vector<Route>& routes() {
  static const std::vector<Route> table = [] {
    std::vector<Route> all;
    for (auto part : {auth_routes(), show_routes(), store_routes(), host_routes(),
                      insight_routes(), autopilot_routes(), moderation_routes(), other_routes()}) {
      std::move(part.begin(), part.end(), std::back_inserter(all));
    }
    return all;
  }();
  return table;
}

}  // namespace vitrine::gateway
