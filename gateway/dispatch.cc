#include "gateway/dispatch.h"

#include <google/protobuf/message.h>

#include "commerce/model/ids.h"
#include "gateway/body.h"
#include "gateway/call.h"
#include "gateway/media.h"
#include "gateway/pages.h"
#include "gateway/socket.h"

namespace vitrine::gateway {
namespace {

// Each step says whether the call may go on; the first that says no has answered it.

bool route_or_refuse(const CallPtr& call) {
  Match match = match_route(call->request.method, call->request.path);
  if (match.route == nullptr && match.allowed.empty()) {
    call->refuse({ProblemType::NotFound, "There is nothing here."});
    return false;
  }
  if (match.route == nullptr) {
    std::string allowed;
    for (const auto& method : match.allowed) allowed += (allowed.empty() ? "" : ", ") + method;
    call->extra_headers.push_back({"Allow", allowed});
    call->refuse({ProblemType::Method, "Offered here: " + allowed + "."});
    return false;
  }
  call->route = match.route;
  call->parameters = std::move(match.parameters);
  return true;
}

bool accepts_json(std::string_view accept) {
  return accept.empty() || accept.find("*/*") != std::string_view::npos ||
         accept.find("application/*") != std::string_view::npos ||
         accept.find("json") != std::string_view::npos;
}

bool accept_or_refuse(const CallPtr& call) {
  if (!call->route->other_type.empty() || call->route->statuses.front() == 101) return true;
  if (accepts_json(call->request.header("Accept"))) return true;
  call->refuse({ProblemType::NotAcceptable, "Answers are application/json."});
  return false;
}

bool caller_or_refuse(Core& core, const CallPtr& call) {
  constexpr std::string_view kBearer = "Bearer ";
  const std::string_view header = call->request.header("Authorization");
  if (header.starts_with(kBearer)) {
    if (auto caller = core.tokens.check(header.substr(kBearer.size()), core.env.clock.now())) {
      call->caller = std::move(*caller);
      call->authenticated = true;
    }
  }
  if (call->route->who == Who::Anyone) return true;
  if (!call->authenticated) {
    call->refuse({ProblemType::Unauthenticated, "Send Authorization: Bearer <token>."});
    return false;
  }
  if (may(call->route->who, call->caller.role)) return true;
  call->refuse({ProblemType::Permission,
                "A " + std::string(name_of(call->caller.role)) + " may not do this."});
  return false;
}

bool rate_or_refuse(Core& core, const CallPtr& call) {
  if (!call->route->path.starts_with("/v1/")) return true;
  const std::string& identity = call->authenticated ? call->caller.id : call->request.peer;
  const int wait_s = core.request_rate.take(identity, core.env.clock.now());
  if (wait_s == 0) return true;
  call->refuse({ProblemType::RateLimited, "Too many requests.", wait_s});
  return false;
}

bool body_or_refuse(const CallPtr& call) {
  if (call->route->body == nullptr) return true;
  std::string_view type = call->request.header("Content-Type");
  type = type.substr(0, type.find(';'));
  if (type != "application/json") {
    call->refuse({ProblemType::MediaType, "Send Content-Type: application/json."});
    return false;
  }
  call->body.reset(call->route->body->New());
  if (auto read = read_body(call->request.body, *call->body); !read) {
    call->refuse(read.error());
    return false;
  }
  return true;
}

bool ids_or_refuse(const CallPtr& call) {
  for (const auto& [name, value] : call->parameters) {
    if (model::is_id(value)) continue;
    call->refuse({ProblemType::NotFound, "There is nothing here."});
    return false;
  }
  return true;
}

bool key_or_refuse(Core& core, const CallPtr& call) {
  if (!call->route->needs_key) return true;
  const std::string key(call->request.header("Idempotency-Key"));
  if (key.empty() || key.size() > 255) {
    call->refuse(
        {ProblemType::IdempotencyKeyMissing, "Send Idempotency-Key, 1 to 255 characters."});
    return false;
  }
  const std::string operation = call->request.method + "|" + call->request.path;
  call->idempotency_key = call->caller.id + "|" + operation + "|" + key;
  call->body_hash = short_hash(operation + "|" + call->request.body);
  // The same call again gets the same bytes, so its trace is the call's, not the attempt's.
  call->trace_id = to_hex(short_hash(call->idempotency_key));
  if (call->claim_key(core.keys_in_flight)) return true;
  call->idempotency_key.clear();
  call->refuse(
      {ProblemType::InProgress, "The first request with this key is not answered yet.", 1});
  return false;
}

bool is_read(const net::Request& request) {
  return request.method == "GET" || request.method == "HEAD";
}

}  // namespace

void dispatch(Core& core, net::Request request, std::unique_ptr<net::Responder> responder) {
  auto call = std::make_shared<Call>(core, std::move(request), std::move(responder));
  call->trace_id = secret_hex(8);
  const std::string& path = call->request.path;
  const bool is_api = path.starts_with("/v1/") || path.starts_with("/demo/") ||
                      path == "/healthz" || path == "/metrics" || path == "/openapi.json";
  if (!is_api && is_read(call->request)) {
    if (path.starts_with("/media/")) return core.media->serve(call);
    if (path.starts_with("/tiles/")) return core.pages->tile(call);
    return core.pages->page(call);
  }
  if (!route_or_refuse(call)) return;
  if (!is_read(call->request) && !origin_allowed(core, call->request)) {
    return call->refuse({ProblemType::Permission, "Not from this origin."});
  }
  if (!accept_or_refuse(call) || !caller_or_refuse(core, call) || !rate_or_refuse(core, call) ||
      !ids_or_refuse(call) || !body_or_refuse(call) || !key_or_refuse(core, call)) {
    return;
  }
  call->route->handle(core, call);
}

}  // namespace vitrine::gateway
