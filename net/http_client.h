#pragma once
// A small blocking client for drivers, tests and benches: HTTP/1.1 with keep-alive, and WebSocket.
//
// Threads: one at a time per client. Every call ends by its deadline. Bounds: a response or message
// beyond kClientBytesMax is an error.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/server.h"
#include "net/tls.h"

namespace vitrine::net {

enum class WsOpcode : std::uint8_t;

inline constexpr ByteCount kClientBytesMax = 64U << 20U;

struct Endpoint {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  bool tls = false;
  std::string trusted_pem;  // with tls: trust these certificates only; empty = the system's
  int timeout_ms = 10'000;  // for connecting and for each call
};

struct HttpResponse {
  int status = 0;
  std::vector<Header> headers;
  std::string body;
  std::string_view header(std::string_view name) const;  // empty when absent
};

// A connected socket with deadlines.
class ClientSocket {
 public:
  static Result<std::unique_ptr<ClientSocket>> connect(const Endpoint& endpoint);
  ~ClientSocket();
  ClientSocket(const ClientSocket&) = delete;
  ClientSocket& operator=(const ClientSocket&) = delete;

  Result<void> write(std::string_view data, int timeout_ms);
  // Appends what has arrived, at least one byte; Unavailable at the end of input, Overloaded at the
  // deadline.
  Result<void> read(std::string& out, int timeout_ms);
  int fd() const { return fd_; }

 private:
  ClientSocket(int fd, std::shared_ptr<TlsContext> context, std::unique_ptr<TlsSession> tls);
  Result<void> wait(bool for_write, std::int64_t deadline_ms);
  int fd_;
  std::shared_ptr<TlsContext> context_;
  std::unique_ptr<TlsSession> tls_;
};

class HttpClient {
 public:
  explicit HttpClient(Endpoint endpoint) : endpoint_(std::move(endpoint)) {}

  // Connects when needed. A request that fails on a reused connection before any answer is tried
  // once more on a fresh one when its method is idempotent (GET, HEAD, PUT, DELETE, OPTIONS).
  Result<HttpResponse> request(std::string_view method, std::string_view target,
                               const std::vector<Header>& headers = {}, std::string_view body = {});
  Result<HttpResponse> get(std::string_view target, const std::vector<Header>& headers = {}) {
    return request("GET", target, headers);
  }
  Result<HttpResponse> post(std::string_view target, std::string_view body,
                            const std::vector<Header>& headers = {}) {
    return request("POST", target, headers, body);
  }

 private:
  Result<HttpResponse> exchange(const std::string& message, bool head_only);
  Endpoint endpoint_;
  std::unique_ptr<ClientSocket> socket_;
  std::string input_;  // received beyond the last response
};

// Takes one response off the front of `input`, reading more from the socket as needed.
Result<HttpResponse> read_response(ClientSocket& socket, std::string& input, bool head_only,
                                   int timeout_ms);

class WsClient {
 public:
  static Result<WsClient> connect(const Endpoint& endpoint, std::string_view target,
                                  std::string_view subprotocols = {},
                                  const std::vector<Header>& headers = {});

  Result<void> send(std::string_view text);
  // The next text message. Overloaded when none came in time; Unavailable once the server closed,
  // and then close_code() says why. Pings are answered on the way.
  Result<std::string> receive(int timeout_ms);
  // Sends a close frame and waits for the server's.
  Result<void> close(std::uint16_t code = 1000, std::string_view reason = {});
  int fd() const { return socket_->fd(); }
  std::uint16_t close_code() const {
    return close_code_;
  }  // 0 while open, 1006 without a close frame
  const std::string& subprotocol() const { return subprotocol_; }

 private:
  WsClient() = default;
  Result<void> send_frame(WsOpcode opcode, std::string_view payload);
  std::unique_ptr<ClientSocket> socket_;
  std::string input_;
  std::string message_;  // fragments so far
  std::string subprotocol_;
  int timeout_ms_ = 0;
  std::uint16_t close_code_ = 0;
};

}  // namespace vitrine::net
