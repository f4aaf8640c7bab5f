#pragma once
// Which channels there are, who may listen, and where their content comes from. The table is in
// docs/api.md.
#include <string_view>

#include <tl/expected.hpp>

#include "gateway/channel.h"
#include "gateway/core.h"
#include "gateway/problem.h"

namespace vitrine::gateway {

tl::expected<ChannelSource, Problem> channel_for(Core& core, const Caller& caller,
                                                 std::string_view name);

}  // namespace vitrine::gateway
