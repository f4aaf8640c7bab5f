#include "gateway/core.h"

#include "gateway/autopilot_adapter.h"
#include "gateway/media.h"
#include "gateway/pages.h"
#include "gateway/payment_adapter.h"
#include "gateway/presence.h"
#include "gateway/reactions.h"
#include "gateway/socket.h"
#include "gateway/topology_feed.h"

namespace vitrine::gateway {

Core::Core(Env& env_in, net::Loop& loop_in, const Engines& engines, Options options_in,
           Tokens tokens_in, Codes codes_in)
    : env(env_in),
      loop(loop_in),
      shop(engines.shop),
      audience(engines.audience),
      insight(engines.insight),
      options(std::move(options_in)),
      tokens(std::move(tokens_in)),
      codes(std::move(codes_in)),
      request_rate(options.requests),
      guest_rate(options.guests),
      view_rate(options.views),
      arrival_rate(options.arrivals),
      hub(env, loop) {}

Core::~Core() = default;

std::string Core::as_of(Domain domain, Position at) const {
  return cursor_text({domain, engine(domain).incarnation(), at});
}

Engine& Core::engine(Domain domain) const {
  switch (domain) {
    case Domain::Audience: return audience;
    case Domain::Insight: return insight;
    default: return shop;
  }
}

Pending& Core::asks(Domain domain) {
  switch (domain) {
    case Domain::Audience: return audience_asks;
    case Domain::Insight: return insight_asks;
    default: return shop_asks;
  }
}

std::string Core::shop_as_of() const {
  return as_of(Domain::Shop, Position{shop_tail->next().value() - 1});
}

std::string Core::new_id(std::string_view prefix) { return std::string(prefix) + secret_hex(10); }

}  // namespace vitrine::gateway
