#pragma once
// One accepted socket through its life: TLS handshake, HTTP requests in order, then perhaps a
// WebSocket or an endless stream, and a close that lets the last answer arrive.
//
// For net's own files only. The server owns connections; everything happens on the loop's thread.
#include <memory>

#include "base/metrics.h"
#include "net/event_loop.h"
#include "net/http_parser.h"
#include "net/send_queue.h"
#include "net/tls.h"
#include "net/ws_frame.h"
#include "net/ws_reader.h"

namespace vitrine::net {

class SocketConnection;

// What a connection needs of its server.
class ConnectionHost {
 public:
  virtual ~ConnectionHost() = default;
  virtual EventLoop& loop() = 0;
  virtual const Limits& limits() const = 0;
  virtual const Handler& handler() const = 0;
  virtual std::string& read_buffer() = 0;   // shared by all: valid during one read
  virtual std::string& write_buffer() = 0;  // shared by all: valid during one write
  virtual Counter& writes_total() = 0;
  // Flushed at the end of the visit; answers to requests go before frames for many.
  virtual void flush_later(SocketConnection& connection, bool urgent) = 0;
  virtual void bury(SocketConnection& connection) = 0;  // forgets it at the end of the visit
};

class SocketConnection final : public FdHandler,
                               public Connection,
                               public std::enable_shared_from_this<SocketConnection> {
 public:
  SocketConnection(ConnectionHost& host, int fd, std::uint64_t id, std::string peer,
                   std::unique_ptr<TlsSession> tls);
  ~SocketConnection() override;

  // Connection
  std::uint64_t id() const override { return id_; }
  bool send(const Frame& frame) override;
  ByteCount queued_bytes() const override { return queue_.bytes(); }
  void close(std::uint16_t code, std::string_view reason) override;
  const std::string& peer() const override { return peer_; }

  // For the server
  bool start();                  // false: the loop does not take it
  void refuse(const Refusal& refusal);
  bool flush();                  // true: more to send, come again
  void sweep();                  // the timers, called now and then
  void goodbye();                // the server ends: 1012 to WebSockets, then closed at once
  void teardown();
  void on_events(std::uint32_t events) override;

  // For a responder
  bool alive() const { return phase_ != Phase::Dead; }
  void respond(Response response);
  Connection* upgrade(const std::string& accept_key, std::string_view subprotocol,
                      std::shared_ptr<ConnectionEvents> events);
  Connection* stream(const Response& head, std::shared_ptr<ConnectionEvents> events);

  std::size_t slot = 0;          // the server's own bookkeeping
  bool flush_queued = false;
  bool counted = true;

 private:
  enum class Phase { Handshake, Http, WebSocket, Stream, Farewell, Dead };
  void on_handshake();
  void on_readable();
  void on_end_of_input();
  void take_input(BytesView data);
  void process_http();
  void dispatch();
  void feed_websocket(BytesView data);
  void queue_pongs(Bytes& pongs);
  void begin_farewell();         // flush, shut down our side, wait a little for the other
  void notify_closed();
  void queue_text(std::string text);
  void update_interest();
  void sweep_http(std::int64_t now);
  void sweep_websocket(std::int64_t now);
  std::int64_t now() const { return host_.loop().now_ms(); }

  ConnectionHost& host_;
  const int fd_;
  const std::uint64_t id_;
  const std::string peer_;
  std::unique_ptr<TlsSession> tls_;
  Phase phase_ = Phase::Http;
  std::uint32_t interest_ = 0;
  SendQueue queue_;
  std::string input_;            // received and not yet parsed; bounded by pausing the socket
  std::unique_ptr<HttpParser> parser_;
  std::unique_ptr<WsReader> ws_;
  std::shared_ptr<ConnectionEvents> events_;

  std::int64_t phase_since_ms_;  // of the connection, its current request, or its farewell
  std::int64_t last_read_ms_;
  std::int64_t last_write_ms_;
  std::int64_t last_ping_ms_ = 0;
  std::uint64_t requests_ = 0;
  bool in_flight_ = false;       // a request is with the handler: the next one waits
  bool parsing_ = false;
  bool keep_alive_ = true;
  bool head_only_ = false;
  bool input_ended_ = false;
  bool write_blocked_ = false;
  bool tls_wants_write_ = false;
  bool was_full_ = false;
  bool close_sent_ = false;      // WebSocket: our close frame is queued
  bool shut_ = false;            // our sending side is shut down
};

}  // namespace vitrine::net
