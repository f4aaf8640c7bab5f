// What a connection says and understands: HTTP requests one after the other, then WebSocket.
#include <exception>
#include <utility>

#include "base/log.h"
#include "net/socket_connection.h"

namespace vitrine::net {
namespace {

constexpr Refusal kInternal{500, "internal", "The request could not be answered."};
constexpr Refusal kNoUpgrade{426, "upgrade-required", "This address speaks WebSocket 13 only."};
constexpr Refusal kBadUpgrade{400, "bad-request", "The WebSocket handshake is not valid."};

struct Handshake {
  Refusal refusal = kNoUpgrade;
  std::string accept_key;   // empty: refuse
  std::string offered;      // subprotocols
};

Handshake read_handshake(const Request& request) {
  Handshake handshake;
  if (!has_token(request.header("upgrade"), "websocket") ||
      !has_token(request.header("connection"), "upgrade") ||
      request.header("sec-websocket-version") != "13") {
    return handshake;
  }
  handshake.refusal = kBadUpgrade;
  if (request.method != "GET" || !request.body.empty()) return handshake;
  handshake.accept_key = ws_accept_key(request.header("sec-websocket-key"));
  for (const Header& header : request.headers) {
    if (!same_text(header.name, "sec-websocket-protocol")) continue;
    handshake.offered.append(handshake.offered.empty() ? "" : ",").append(header.value);
  }
  return handshake;
}

class SocketResponder final : public Responder {
 public:
  SocketResponder(std::weak_ptr<SocketConnection> connection, Handshake handshake)
      : connection_(std::move(connection)), handshake_(std::move(handshake)) {}
  ~SocketResponder() override { respond(problem(kInternal)); }
  SocketResponder(const SocketResponder&) = delete;
  SocketResponder& operator=(const SocketResponder&) = delete;

  void respond(Response response) override {
    if (const auto connection = take()) connection->respond(std::move(response));
  }
  Connection* upgrade(std::string_view subprotocol,
                      std::shared_ptr<ConnectionEvents> events) override {
    const auto connection = take();
    if (!connection) return nullptr;
    if (handshake_.accept_key.empty()) {
      Response answer = problem(handshake_.refusal);
      answer.headers.push_back({"Upgrade", "websocket"});
      answer.headers.push_back({"Sec-WebSocket-Version", "13"});
      connection->respond(std::move(answer));
      return nullptr;
    }
    // A subprotocol that was not offered would make the client fail the connection.
    if (!has_token(handshake_.offered, subprotocol)) subprotocol = {};
    return connection->upgrade(handshake_.accept_key, subprotocol, std::move(events));
  }
  Connection* stream(Response head, std::shared_ptr<ConnectionEvents> events) override {
    const auto connection = take();
    return connection ? connection->stream(head, std::move(events)) : nullptr;
  }
  bool alive() const override {
    const auto connection = connection_.lock();
    return connection && connection->alive();
  }

 private:
  // The connection, once: a second answer finds nobody.
  std::shared_ptr<SocketConnection> take() {
    auto connection = std::exchange(connection_, {}).lock();
    return connection && connection->alive() ? connection : nullptr;
  }
  std::weak_ptr<SocketConnection> connection_;
  Handshake handshake_;
};

}  // namespace

void SocketConnection::take_input(BytesView data) {
  switch (phase_) {
    case Phase::Http:
      input_.append(data);
      return process_http();
    case Phase::WebSocket:
      if (input_.empty()) return feed_websocket(data);
      input_.append(data);  // behind the frames that came before the handshake was answered
      return feed_websocket(std::exchange(input_, {}));
    case Phase::Handshake:
    case Phase::Stream:    // a stream's client has nothing to say
    case Phase::Farewell:  // read, so that the close does not become a reset and eat our answer
    case Phase::Dead: return;
  }
}

void SocketConnection::process_http() {
  if (parsing_) return;  // a handler answered at once: the loop below goes on
  parsing_ = true;
  std::size_t used = 0;
  while (phase_ == Phase::Http && !in_flight_ && keep_alive_ && used < input_.size() &&
         queue_.bytes() < host_.limits().queue_bytes_max) {
    if (!parser_) {
      parser_ = std::make_unique<HttpParser>(host_.limits());
      phase_since_ms_ = now();
    }
    const std::size_t n = parser_->feed(BytesView(input_).substr(used));
    used += n;
    if (parser_->failed()) {
      refuse(parser_->refusal());
    } else if (parser_->done()) {
      dispatch();
    } else {
      if (parser_->take_continue()) queue_text("HTTP/1.1 100 Continue\r\n\r\n");
      break;
    }
  }
  parsing_ = false;
  if (phase_ == Phase::Http) {
    input_.erase(0, used);
    if (input_.empty()) input_ = {};
  } else if (phase_ == Phase::WebSocket && used < input_.size()) {
    const std::string early = std::exchange(input_, {}).substr(used);
    feed_websocket(early);
  } else {
    input_ = {};
  }
}

void SocketConnection::dispatch() {
  Request request = parser_->take();
  request.peer = peer_;
  request.tls = tls_ != nullptr;
  keep_alive_ = parser_->keep_alive() && !input_ended_;
  head_only_ = request.method == "HEAD";
  parser_.reset();
  in_flight_ = true;
  ++requests_;
  const auto self = shared_from_this();
  auto responder = std::make_unique<SocketResponder>(self, read_handshake(request));
  try {
    host_.handler()(std::move(request), std::move(responder));
  } catch (const std::exception& error) {
    // The responder was dropped on the way out, which answered 500.
    log(LogLevel::Error, "net.handler_threw", {{"why", error.what()}});
  }
}

void SocketConnection::respond(Response response) {
  if (phase_ != Phase::Http || !in_flight_) return;
  in_flight_ = false;
  for (const Header& header : response.headers) {
    if (same_text(header.name, "connection") && has_token(header.value, "close")) {
      keep_alive_ = false;
    }
  }
  const Persist persist = keep_alive_ ? Persist::KeepAlive : Persist::Close;
  queue_text(response_head(response, persist, false));
  const bool has_body = !head_only_ && response.status != 204 && response.status != 304;
  if (has_body && response.body) queue_.push(std::move(response.body));
  phase_since_ms_ = now();
  if (!keep_alive_) return begin_farewell();
  if (!input_.empty()) process_http();
}

void SocketConnection::refuse(const Refusal& refusal) {
  const Response response = problem(refusal);
  queue_text(response_head(response, Persist::Close, false) + *response.body);
  keep_alive_ = false;
  // process_http() may be on the stack with the parser in use; the farewell drops it afterwards.
  begin_farewell();
}

Connection* SocketConnection::stream(const Response& head,
                                     std::shared_ptr<ConnectionEvents> events) {
  if (phase_ != Phase::Http || !in_flight_) return nullptr;
  in_flight_ = false;
  keep_alive_ = false;
  queue_text(response_head(head, Persist::Close, true));
  if (head.body) queue_.push(head.body);
  if (head_only_) {
    begin_farewell();
    return nullptr;
  }
  phase_ = Phase::Stream;
  events_ = std::move(events);
  return this;
}

Connection* SocketConnection::upgrade(const std::string& accept_key, std::string_view subprotocol,
                                      std::shared_ptr<ConnectionEvents> events) {
  if (phase_ != Phase::Http || !in_flight_) return nullptr;
  in_flight_ = false;
  std::string head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n";
  head.append("Connection: Upgrade\r\nSec-WebSocket-Accept: ").append(accept_key).append("\r\n");
  if (!subprotocol.empty()) {
    head.append("Sec-WebSocket-Protocol: ").append(subprotocol).append("\r\n");
  }
  queue_text(head.append("\r\n"));
  phase_ = Phase::WebSocket;
  phase_since_ms_ = last_read_ms_ = last_ping_ms_ = now();
  ws_ = std::make_unique<WsReader>(host_.limits().message_bytes_max);
  events_ = std::move(events);
  if (!parsing_ && !input_.empty()) {
    // Frames that came early are the owner's business only after it knows the connection.
    host_.loop().post([weak = weak_from_this()] {
      const auto self = weak.lock();
      if (self && self->phase_ == Phase::WebSocket && !self->input_.empty()) {
        self->feed_websocket(std::exchange(self->input_, {}));
      }
    });
  }
  return this;
}

void SocketConnection::feed_websocket(BytesView data) {
  const auto self = shared_from_this();
  Bytes replies;
  ws_->feed(data, [this, &replies](std::string_view text) {
    if (close_sent_ || !events_) return;
    queue_pongs(replies);  // a ping before a text is answered before it
    const auto events = events_;
    try {
      events->on_message(*this, text);
    } catch (const std::exception& error) {
      log(LogLevel::Error, "net.message_handler_threw", {{"why", error.what()}});
      close(1011, "internal error");
    }
  }, replies);
  if (phase_ != Phase::WebSocket) return;
  if (!ws_->open()) {
    if (!close_sent_) queue_text(std::move(replies));
    close_sent_ = true;
    begin_farewell();
    notify_closed();
    return;
  }
  queue_pongs(replies);
}

// Pongs of a client that floods and does not read are dropped: only the latest is owed.
void SocketConnection::queue_pongs(Bytes& pongs) {
  const bool room = queue_.bytes() + pongs.size() <= host_.limits().queue_bytes_max;
  if (!pongs.empty() && !close_sent_ && room) queue_text(std::move(pongs));
  pongs.clear();
}

void SocketConnection::close(std::uint16_t code, std::string_view reason) {
  if (phase_ == Phase::Stream) return begin_farewell();
  if (phase_ != Phase::WebSocket || close_sent_) return;
  queue_text(ws_frame(WsOpcode::Close, ws_close_payload(code, reason)));
  close_sent_ = true;
  phase_since_ms_ = now();
}

}  // namespace vitrine::net
