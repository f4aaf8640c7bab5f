// The versions of the models, changed by a host's tool (`vitrine model … --at`).
#include "commerce/models/letters.h"
#include "gateway/ask.h"

namespace vitrine::gateway::handlers {

void tell_model(Core&, const CallPtr& call) {
  const auto bytes = models::bytes_of_letters(call->body_as<ModelRequest>().command());
  const auto command = bytes ? decoded<ModelCommand>(*bytes) : std::nullopt;
  if (!command || command->body_case() == ModelCommand::BODY_NOT_SET)
    return call->refuse({ProblemType::Schema, "These letters are no ModelCommand."});
  ask_model(call, call->parameter("model"), *command,
            [call](const ModelEvent& event) { call->answer(200, event); });
}

}  // namespace vitrine::gateway::handlers
