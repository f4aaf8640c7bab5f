#pragma once
// Commands into the log, outcomes out of it.
//
// A command's correlation is drawn here; its events carry it. Nothing is answered before it is
// committed.
#include <functional>

#include "commerce/model/proto/audience.pb.h"
#include "commerce/model/proto/insight.pb.h"
#include "commerce/model/proto/models.pb.h"
#include "commerce/model/proto/shop.pb.h"
#include "commerce/model/proto/show.pb.h"
#include "gateway/call.h"
#include "gateway/core.h"

namespace vitrine::gateway {

// Appends and tells the outcome, or the problem, once, on the loop.
void ask(Core& core, Domain domain, std::string_view topic, std::string key, std::string value,
         Pending::Answer answer);

// The events of a decision that was not refused, with the position of each (0 for a repeated
// answer, whose first positions are in the views).
template <class Event>
struct Events {
  std::vector<Event> events;
  std::vector<Position> positions;
  template <class Has>
  const Event* find(Has&& has) const {
    for (const auto& event : events) {
      if (has(event)) return &event;
    }
    return nullptr;
  }
};

// For a call: refusals, repeats and failures are answered here, `done` gets the events.
void ask_shop(const CallPtr& call, ShopCommand command,
              std::function<void(const Events<ShopEvent>&)> done);
void ask_show(const CallPtr& call, const std::string& show, ShowCommand command,
              std::function<void(const Events<ShowEvent>&)> done);

// Chat is asked by calls and by sockets. On success `done` gets the one event and its position.
void ask_chat(Core& core, const std::string& show, const ChatCommand& command, Refuse refuse,
              std::function<void(const ChatEvent&, Position)> done);

// To the models' domain. On success `done` gets the first event and its position.
void ask_insight(const CallPtr& call, const std::string& show, InsightCommand command,
                 std::function<void(const InsightEvent&, Position)> done);

// To a model's life. On success `done` gets the event.
void ask_model(const CallPtr& call, const std::string& model, ModelCommand command,
               std::function<void(const ModelEvent&)> done);

Problem problem_of(const Refused& refused);
Problem problem_of(const ShowRefused& refused);
Problem problem_of(const Error& error);
Problem problem_of_code(std::string_view code, std::string detail);

}  // namespace vitrine::gateway
