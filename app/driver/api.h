#pragma once
// One person's calls to the public API: a token, a connection that is kept, and patience.
//
// Threads: one at a time. Bound: an answer is waited for kAnswerMsMax.
#include <atomic>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "net/http_client.h"

namespace vitrine::driver {

inline constexpr int kAnswerMsMax = 15'000;

struct Answer {
  int status = 0;  // 0: nobody answered
  std::string body;
  int retry_after_s = 0;
  bool replayed = false;  // Idempotent-Replayed
  bool ok() const { return status >= 200 && status < 300; }
  std::string code() const;      // of a problem: "stock-unavailable" …
  std::string describe() const;  // for people: status, code and detail
};

// Where the server is: "http://127.0.0.1:8080", or https with a certificate the system trusts.
Result<net::Endpoint> endpoint_of(std::string_view url);

class Api {
 public:
  Api(const net::Endpoint& server, std::string token);

  void set_token(std::string token) { token_ = std::move(token); }
  // One attempt. `key` becomes the Idempotency-Key.
  Answer call(std::string_view method, const std::string& path, const std::string& body = {},
              const std::string& key = {});
  // The same request, with the same key, until there is an answer that is one: not while the server
  // is away, overloaded, or still busy with the twin of this request. Status 0 only after `stop`
  // became true.
  Answer insist(const std::atomic<bool>& stop, std::string_view method, const std::string& path,
                const std::string& body = {}, const std::string& key = {});

 private:
  net::HttpClient client_;
  std::string token_;
};

// Waits `ms`, less when `stop` becomes true meanwhile.
void rest(const std::atomic<bool>& stop, int ms);

}  // namespace vitrine::driver
