#include "gateway/call.h"

#include <google/protobuf/message.h>

#include <algorithm>
#include <charconv>

#include "base/metrics.h"
#include "commerce/model/json.h"
#include "gateway/core.h"
#include "gateway/hls.h"

namespace vitrine::gateway {

Call::Call(Core& core_in, net::Request request_in, std::unique_ptr<net::Responder> responder)
    : core(core_in),
      request(std::move(request_in)),
      responder_(std::move(responder)),
      started_nanos_(core.env.clock.monotonic_nanos()) {}

Call::~Call() {
  if (claimed_in_ != nullptr) claimed_in_->erase(idempotency_key);
}

void Call::send(int status, std::string_view content_type, std::string body_text) {
  static Histogram& durations =
      histogram("vitrine_gateway_request_seconds", "from the whole request to its answer");
  if (answered()) return;
  net::Response response;
  response.status = status;
  if (!content_type.empty())
    response.headers.push_back({"Content-Type", std::string(content_type)});
  response.headers.push_back({"Cache-Control", "no-store"});
  response.headers.push_back({"X-Content-Type-Options", "nosniff"});
  response.headers.push_back({"X-Server-Time", rfc3339(core.env.clock.now())});
  if (replayed) response.headers.push_back({"Idempotent-Replayed", "true"});
  for (auto& header : extra_headers) response.headers.push_back(std::move(header));
  response.body = std::make_shared<const std::string>(std::move(body_text));
  auto responder = std::move(responder_);
  responder->respond(std::move(response));
  durations.record(static_cast<std::uint64_t>(core.env.clock.monotonic_nanos() - started_nanos_));
}

void Call::answer(int status, const google::protobuf::Message& message) {
  answer_json(status, model::to_json(message));
}

void Call::answer_json(int status, std::string json) {
  send(status, "application/json", std::move(json));
}

void Call::answer_empty(int status) { send(status, "", ""); }

void Call::answer_raw(net::Response response) {
  if (answered()) return;
  const auto is_nosniff = [](const net::Header& h) { return h.name == "X-Content-Type-Options"; };
  if (std::none_of(response.headers.begin(), response.headers.end(), is_nosniff)) {
    response.headers.push_back({"X-Content-Type-Options", "nosniff"});
  }
  auto responder = std::move(responder_);
  responder->respond(std::move(response));
}

void Call::refuse(const Problem& problem) {
  const ProblemFacts& facts = facts_of(problem.type);
  counter("vitrine_gateway_problems_total", "answers that said no", "code", facts.code).add();
  if (problem.retry_after_s > 0)
    extra_headers.push_back({"Retry-After", std::to_string(problem.retry_after_s)});
  if (problem.type == ProblemType::Unauthenticated) {
    extra_headers.push_back({"WWW-Authenticate", R"(Bearer realm="vitrine")"});
  }
  send(facts.status, "application/problem+json", problem_json(problem, request.path, trace_id));
}

const std::string& Call::parameter(std::string_view name) const {
  for (const auto& [key, value] : parameters) {
    if (key == name) return value;
  }
  VT_CHECK_MSG(false, "a handler asked for a parameter its path does not have");
  return parameters.front().second;
}

std::size_t Call::limit_or_refuse() {
  const std::string* text = request.query_value("limit");
  if (text == nullptr) return 50;
  std::size_t limit = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), limit);
  if (error == std::errc{} && end == text->data() + text->size() && limit >= 1 && limit <= 200)
    return limit;
  refuse({ProblemType::Malformed, "limit is a number from 1 to 200", 0, {{"?limit", "1 to 200"}}});
  return 0;
}

bool Call::claim_key(std::unordered_set<std::string>& in_flight) {
  if (!in_flight.insert(idempotency_key).second) return false;
  claimed_in_ = &in_flight;
  return true;
}

}  // namespace vitrine::gateway
