#include "app/driver/api.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <thread>

#include "app/driver/json.h"

namespace vitrine::driver {
namespace {

constexpr int kBackoffMs = 50;
constexpr int kBackoffMsMax = 2'000;

bool is_an_answer(const Answer& answer) {
  if (answer.status == 0 || answer.status == 429 || answer.status >= 500) return false;
  return answer.status != 409 || answer.code() != "in-progress";
}

}  // namespace

std::string Answer::code() const { return ok() ? std::string{} : json_text(body, "/code"); }

std::string Answer::describe() const {
  if (status == 0) return "nobody answered (" + body + ")";
  return std::to_string(status) + " " + code() + ": " + json_text(body, "/detail");
}

Result<net::Endpoint> endpoint_of(std::string_view url) {
  net::Endpoint endpoint;
  const auto refused = [&] {
    return fail(Code::Invalid,
                "address " + std::string(url) + ": write it as http://127.0.0.1:8080");
  };
  std::string_view rest_of = url;
  endpoint.tls = rest_of.starts_with("https://");
  if (!endpoint.tls && !rest_of.starts_with("http://")) return refused();
  rest_of.remove_prefix(endpoint.tls ? 8 : 7);
  if (rest_of.ends_with('/')) rest_of.remove_suffix(1);
  const auto colon = rest_of.rfind(':');
  endpoint.host = std::string(rest_of.substr(0, colon));
  endpoint.port = endpoint.tls ? 443 : 80;
  if (colon != rest_of.npos) {
    const auto digits = rest_of.substr(colon + 1);
    const auto [at, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), endpoint.port);
    if (error != std::errc{} || at != digits.data() + digits.size()) return refused();
  }
  if (endpoint.host.empty()) return refused();
  endpoint.timeout_ms = kAnswerMsMax;
  return endpoint;
}

Api::Api(const net::Endpoint& server, std::string token)
    : client_(server), token_(std::move(token)) {}

Answer Api::call(std::string_view method, const std::string& path, const std::string& body,
                 const std::string& key) {
  std::vector<net::Header> headers;
  if (!token_.empty()) headers.push_back({"Authorization", "Bearer " + token_});
  if (!body.empty()) headers.push_back({"Content-Type", "application/json"});
  if (!key.empty()) headers.push_back({"Idempotency-Key", key});
  auto response = client_.request(method, path, headers, body);
  Answer answer;
  if (!response) {
    answer.body = response.error().message;
    return answer;
  }
  answer.status = response->status;
  answer.replayed = response->header("idempotent-replayed") == "true";
  const auto wait = response->header("retry-after");
  std::from_chars(wait.data(), wait.data() + wait.size(), answer.retry_after_s);
  answer.body = std::move(response->body);
  return answer;
}

Answer Api::insist(const std::atomic<bool>& stop, std::string_view method, const std::string& path,
                   const std::string& body, const std::string& key) {
  int backoff_ms = kBackoffMs;
  while (!stop) {
    auto answer = call(method, path, body, key);
    if (is_an_answer(answer)) return answer;
    rest(stop, std::max(backoff_ms, answer.retry_after_s * 1000));
    backoff_ms = std::min(backoff_ms * 2, kBackoffMsMax);
  }
  return {};
}

void rest(const std::atomic<bool>& stop, int ms) {
  for (; ms > 0 && !stop; ms -= 50)
    std::this_thread::sleep_for(std::chrono::milliseconds(std::min(ms, 50)));
}

}  // namespace vitrine::driver
