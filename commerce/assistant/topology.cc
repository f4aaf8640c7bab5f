#include "commerce/assistant/topology.h"

#include "commerce/assistant/desk.h"
#include "commerce/assistant/shelf.h"
#include "commerce/model/topics.h"

namespace vitrine::assistant {

void add_assistant(App& app) {
  app.stream(topics::shop_events)
      .process("assistant-shelf", [](Stores& stores) { return Shelf{stores}; })
      .to(topics::insight_shelf);
  const auto told = app.stream(topics::insight_commands);
  told.filter([](const InsightCommand& command) { return command.has_faq(); })
      .process("assistant-faq", [](Stores& stores) { return FaqKeeper{stores}; }, topics::shop_faq)
      .to(topics::show_insights);
  const auto faqs = app.broadcast(topics::shop_faq);
  const auto shelf = app.broadcast(topics::insight_shelf);

  const auto said = app.stream(topics::show_chat)
                        .filter([](const ChatEvent& event) {
                          return event.has_posted() && Desk::may_ask(event.posted());
                        })
                        .map([](const ChatEvent& event) {
                          AssistantInput input;
                          *input.mutable_posted() = event.posted();
                          return input;
                        });
  const auto asked = told.filter([](const InsightCommand& command) { return !command.has_faq(); })
                         .map([](const InsightCommand& command) {
                           AssistantInput input;
                           *input.mutable_command() = command;
                           return input;
                         });
  const auto shown = app.stream(topics::show_timeline).map([](const ShowEvent& event) {
    AssistantInput input;
    *input.mutable_timeline() = event;
    return input;
  });
  said.merge(asked)
      .merge(shown)
      .process("assistant",
               [faqs, shelf](Stores& stores) {
                 return Desk{stores, faqs, shelf};
               })
      .to(topics::show_insights);
}

}  // namespace vitrine::assistant
