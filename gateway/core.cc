#include "gateway/core.h"

#include "gateway/media.h"
#include "gateway/pages.h"
#include "gateway/payment_adapter.h"
#include "gateway/presence.h"
#include "gateway/reactions.h"
#include "gateway/socket.h"
#include "gateway/topology_feed.h"

namespace vitrine::gateway {

Core::Core(Env& env_in, net::Loop& loop_in, Engine& shop_in, Engine& audience_in,
           Options options_in, Tokens tokens_in, Codes codes_in)
    : env(env_in),
      loop(loop_in),
      shop(shop_in),
      audience(audience_in),
      options(std::move(options_in)),
      tokens(std::move(tokens_in)),
      codes(std::move(codes_in)),
      request_rate(options.requests),
      guest_rate(options.guests),
      hub(env, loop) {}

Core::~Core() = default;

std::string Core::as_of(Domain domain, Position at) const {
  const Engine& engine = domain == Domain::Shop ? shop : audience;
  return cursor_text({domain, engine.incarnation(), at});
}

std::string Core::shop_as_of() const {
  return as_of(Domain::Shop, Position{shop_tail->next().value() - 1});
}

std::string Core::new_id(std::string_view prefix) { return std::string(prefix) + secret_hex(10); }

}  // namespace vitrine::gateway
