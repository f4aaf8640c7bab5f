#pragma once
// What is to be told to another domain about an action that is `due` or `undoing`. Pure.
//
// The same action gives the same bytes, and a command that comes twice does nothing the second
// time: the show knows it by its idempotency key, the chat by its cause.
#include <optional>
#include <string>

#include "commerce/model/proto/audience.pb.h"
#include "commerce/model/proto/autopilot.pb.h"
#include "commerce/model/proto/show.pb.h"

namespace vitrine::autopilot {

// Is there something to carry out?
bool is_decided(const AutoAction& action);

// To show.commands or to chat.commands, whichever it is for.
std::optional<ShowCommand> show_command_of(const std::string& show, const AutoAction& action);
std::optional<ChatCommand> chat_command_of(const AutoAction& action);

}  // namespace vitrine::autopilot
