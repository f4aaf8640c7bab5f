#pragma once
// What the chat's desk has committed, told to the moderators that listen, and as of now.
#include "gateway/channel.h"
#include "gateway/core.h"

namespace vitrine::gateway {

api::ModerationView moderation_now(const Core& core, const std::string& show);
api::PersonView person_now(const Core& core, const std::string& show, const std::string& person);
ChannelSource moderation_source(Core& core, const std::string& show);

}  // namespace vitrine::gateway
