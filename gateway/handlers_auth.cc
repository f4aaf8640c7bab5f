// Who may come in: guests, the host's and moderators' one-time links, tickets for sockets.
#include "commerce/model/proto/api.pb.h"
#include "gateway/call.h"
#include "gateway/core.h"

namespace vitrine::gateway::handlers {
namespace {

void answer_identity(const CallPtr& call, Caller caller, Duration life) {
  caller.expires_at = call->core.env.clock.now() + life;
  api::Identity identity;
  identity.set_id(caller.id);
  identity.set_role(std::string(name_of(caller.role)));
  identity.set_nickname(caller.nickname);
  identity.set_token(call->core.tokens.issue(caller));
  identity.set_expires_at_ms(millis_of(caller.expires_at));
  call->answer(201, identity);
}

void redeem(const CallPtr& call, Role role) {
  Core& core = call->core;
  const auto& code = call->body_as<api::CodeRequest>().code();
  auto caller = core.codes.redeem(code, role, core.env.clock.now());
  if (!caller)
    return call->refuse({ProblemType::StorageFull, "The link could not be marked as used.", 10});
  if (!*caller)
    return call->refuse(
        {ProblemType::Unauthenticated, "This link was used, is over or never was."});
  answer_identity(call, **caller, core.options.host_life);
}

}  // namespace

void guest(Core& core, const CallPtr& call) {
  if (const int wait_s = core.guest_rate.take(call->request.peer, core.env.clock.now());
      wait_s > 0) {
    return call->refuse({ProblemType::RateLimited, "Too many new guests from one place.", wait_s});
  }
  Caller caller{
      core.new_id("vwr_"), Role::Viewer, call->body_as<api::GuestRequest>().nickname(), {}};
  answer_identity(call, std::move(caller), core.options.guest_life);
}

void host(Core&, const CallPtr& call) { redeem(call, Role::Host); }

void moderator(Core&, const CallPtr& call) { redeem(call, Role::Moderator); }

void ticket(Core& core, const CallPtr& call) {
  api::Ticket answer;
  answer.set_ticket(core.tickets.issue(core.env, call->caller));
  answer.set_expires_at_ms(millis_of(core.env.clock.now() + Tickets::kLife));
  std::string cookie =
      "vt_ticket=" + answer.ticket() + "; HttpOnly; SameSite=Strict; Path=/v1/events; Max-Age=30";
  if (call->request.tls) cookie += "; Secure";
  call->extra_headers.push_back({"Set-Cookie", std::move(cookie)});
  call->answer(201, answer);
}

void invite_moderator(Core& core, const CallPtr& call) {
  const Time until = core.env.clock.now() + core.options.code_life;
  auto code =
      core.codes.issue(Role::Moderator, call->body_as<api::ModeratorRequest>().nickname(), until);
  if (!code) {
    const bool full = code.error().code == Code::StorageFull;
    return call->refuse(
        {full ? ProblemType::StorageFull : ProblemType::Overloaded, "No link could be made.", 10});
  }
  api::ModeratorLink link;
  link.set_code(*code);
  link.set_expires_at_ms(millis_of(until));
  call->answer(201, link);
}

}  // namespace vitrine::gateway::handlers
