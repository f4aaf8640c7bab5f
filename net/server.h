#pragma once
// An HTTP/1.1 and WebSocket server on one event loop. Knows bytes and connections, nothing of
// shops.
//
// Requests are whole (head and body) before the handler sees them; responses may be sent later,
// from the loop thread. A connection that upgraded to WebSocket or began a stream (Server-Sent
// Events) is written to by frames that were encoded once and are shared by all receivers: one send
// per connection per visit of everything pending.
//
// Threads: everything here is called on the loop's thread, except Loop::post() and Loop::wake(),
// which any thread may call. Bounds: every limit stands in Limits; what exceeds one is answered
// (400, 408, 413, 414, 431, close 1009 …), never buffered.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace vitrine::net {

struct Limits {
  ByteCount head_bytes_max = 16U << 10U;   // beyond: 431
  ByteCount uri_bytes_max = 4U << 10U;     // beyond: 414
  ByteCount body_bytes_max = 256U << 10U;  // beyond: 413
  int request_ms_max = 10'000;             // head and body must be whole by then: 408 and close
  int idle_ms_max = 75'000;  // keep-alive without a request; WebSocket without any frame (pings are
                             // sent at a third)
  ByteCount message_bytes_max = 64U << 10U;  // a WebSocket message; beyond: close 1009
  ByteCount queue_bytes_max =
      256U << 10U;  // unsent bytes of one connection; see Connection::queued_bytes
  std::size_t connections_max = 20'000;         // beyond: 503 and close
  std::size_t connections_per_address_max = 0;  // 0 = no limit
};

struct Header {
  std::string name;
  std::string value;
};  // names are compared without case

struct Request {
  std::string method;
  std::string target;  // as sent
  std::string path;    // percent-decoded, without query; always begins with '/'
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order
  std::vector<Header> headers;
  std::string body;
  std::string peer;  // address text
  bool tls = false;
  std::string_view header(std::string_view name) const;  // empty when absent
  const std::string* query_value(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::vector<Header> headers;  // Content-Length, Date and Connection are added by the server
  std::shared_ptr<const std::string> body;  // shared so that cached files and frames are not copied
  static Response text(int status, std::string content_type, std::string body);
};

// A frame or chunk ready to be written, encoded once for all its receivers.
using Frame = std::shared_ptr<const std::string>;
Frame ws_text_frame(std::string_view payload);  // one unfragmented, unmasked text frame

class Connection;

// What an upgraded or streaming connection tells its owner.
class ConnectionEvents {
 public:
  virtual ~ConnectionEvents() = default;
  virtual void on_message(Connection& connection, std::string_view text) = 0;  // whole, valid UTF-8
  virtual void on_drained(Connection& connection) = 0;  // queue became empty after having been full
  virtual void on_closed(Connection& connection) = 0;   // last call; the reference dies after it
};

class Connection {
 public:
  virtual ~Connection() = default;
  virtual std::uint64_t id() const = 0;  // unique in this process
  // Queues; false (and nothing queued) when queue_bytes_max would be passed: the owner decides on a
  // gap or a close.
  virtual bool send(const Frame& frame) = 0;
  virtual ByteCount queued_bytes() const = 0;
  virtual void close(std::uint16_t code,
                     std::string_view reason) = 0;  // WebSocket close, or the end of a stream
  virtual const std::string& peer() const = 0;
};

// Answers exactly one request. May be kept and used later on the loop thread; dropping it
// unanswered sends 500.
class Responder {
 public:
  virtual ~Responder() = default;
  virtual void respond(Response response) = 0;
  // WebSocket: completes the handshake with this subprotocol (may be empty). Returns null when the
  // request is no valid upgrade (the 400/426 has been sent).
  virtual Connection* upgrade(std::string_view subprotocol,
                              std::shared_ptr<ConnectionEvents> events) = 0;
  // An endless response body, e.g. text/event-stream: the head is sent at once, frames follow as
  // raw bytes.
  virtual Connection* stream(Response head, std::shared_ptr<ConnectionEvents> events) = 0;
  virtual bool alive() const = 0;  // false once the client went away
};

using Handler = std::function<void(Request&&, std::unique_ptr<Responder>)>;

struct TlsFiles {
  std::string certificate, key;
};  // PEM paths

struct ServerOptions {
  std::string bind = "127.0.0.1";
  std::uint16_t port = 0;  // 0 picks one
  TlsFiles tls;            // empty = plain
  Limits limits;
};

// One thread's event loop (epoll) with timers.
class Loop {
 public:
  static Result<std::unique_ptr<Loop>> create();
  virtual ~Loop() = default;
  virtual void run() = 0;                             // until stop()
  virtual void stop() = 0;                            // any thread
  virtual void post(std::function<void()> work) = 0;  // any thread; runs on the loop
  virtual std::uint64_t after(int ms, std::function<void()> work) = 0;  // once; loop thread
  virtual std::uint64_t every(int ms,
                              std::function<void()> work) = 0;  // until cancelled; loop thread
  virtual void cancel(std::uint64_t timer) = 0;
};

class Server {
 public:
  static Result<std::unique_ptr<Server>> listen(Loop& loop, ServerOptions options, Handler handler);
  virtual ~Server() = default;  // closes every connection with 1012
  virtual std::uint16_t port() const = 0;
  virtual std::size_t connections() const = 0;
  virtual void stop_accepting() = 0;
};

}  // namespace vitrine::net
