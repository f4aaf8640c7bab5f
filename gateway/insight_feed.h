#pragma once
// What the models have committed, folded into the view and told to the hosts that listen.
#include "gateway/channel.h"
#include "gateway/core.h"

namespace vitrine::gateway {

// One committed record of the models' domain, in position order.
void feed_insight(Core& core, const Positioned& record);

api::InsightsView insights_now(const Core& core, const std::string& show);
ChannelSource insights_source(Core& core, const std::string& show);

// The part of it that viewers see: questions that were answered.
api::AnswersView answers_now(const Core& core, const std::string& show);
ChannelSource answers_source(Core& core, const std::string& show);

}  // namespace vitrine::gateway
