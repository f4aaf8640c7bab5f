#include "gateway/socket.h"

#include <simdjson.h>

#include <algorithm>

#include "base/log.h"
#include "base/metrics.h"
#include "gateway/ask.h"
#include "gateway/body.h"
#include "gateway/channel_rules.h"
#include "gateway/feed.h"
#include "gateway/json_text.h"
#include "gateway/presence.h"
#include "gateway/reactions.h"

namespace vitrine::gateway {
namespace {

Gauge& sockets_open() {
  static Gauge& open = gauge("vitrine_gateway_sockets", "open WebSockets");
  return open;
}

std::string text_of(const simdjson::dom::element& frame, const char* key) {
  std::string_view text;
  return frame[key].get(text) == simdjson::SUCCESS ? std::string(text) : std::string{};
}

// A body that lacks its id, which the frame carries: {"text":…} becomes {"id":…,"text":…}.
std::string with_id(const std::string& id, const std::string& data) {
  const std::string member = "{\"id\":" + json_quoted(id);
  return data == "{}" ? member + "}" : member + "," + data.substr(1);
}

}  // namespace

void Sockets::sweep() {
  const Time now = core_.env.clock.now();
  const auto clients = clients_;  // a client may leave meanwhile
  for (const auto& [address, weak] : clients) {
    if (const auto client = weak.lock()) client->sweep(now);
  }
}

void Sockets::end_for_restart() {
  const auto clients = clients_;
  for (const auto& [address, weak] : clients) {
    if (const auto client = weak.lock()) client->end_for_restart();
  }
}

Socket::Socket(Core& core, Caller caller)
    : core_(core), caller_(std::move(caller)), session_(core.new_id("ses_")) {}

void Socket::open(net::Connection& connection) {
  connection_ = &connection;
  sockets_open().add(1);
  core_.sockets->add(shared_from_this());
  JsonObject limits;
  limits.number("message_bytes", core_.options.server.limits.message_bytes_max);
  limits.number("frames_per_second", static_cast<int>(kFramesPerSecond))
      .number("channels", Hub::kChannelsMax);
  JsonObject hello;
  hello.text("t", "hello")
      .text("session", session_)
      .number("server_time", millis_of(core_.env.clock.now()));
  send(hello.raw("limits", limits.str()).str());
}

void Socket::send(const std::string& json) {
  if (connection_ == nullptr || closing_) return;
  // Answers are small and few; a client that does not even read those is closed.
  if (!connection_->send(net::ws_text_frame(json))) drop(4408, "too slow a reader");
}

bool Socket::push(const Channel&, const ChannelFrame& frame) {
  return connection_ != nullptr && !closing_ && connection_->send(frame.for_socket());
}

// Closing waits for the loop: whoever calls may be in the middle of the hub's lists.
void Socket::drop(std::uint16_t code, std::string_view reason) {
  if (closing_ || connection_ == nullptr) return;
  const int retry_after_s = code == 4408 || code == 1013 ? 2 : 1;
  (void)connection_->send(net::ws_text_frame(JsonObject{}
                                                 .text("t", "bye")
                                                 .number("code", code)
                                                 .number("retry_after", retry_after_s)
                                                 .str()));
  closing_ = true;
  counter("vitrine_gateway_sockets_dropped_total", "closed by the server", "code",
          std::to_string(code))
      .add();
  core_.loop.post([self = shared_from_this(), code, reason = std::string(reason)] {
    if (self->connection_ != nullptr) self->connection_->close(code, reason);
  });
}

void Socket::end_for_restart() { drop(1012, "the server restarts"); }

void Socket::sweep(Time now) {
  if (caller_.expires_at <= now) drop(4401, "the token is over");
}

void Socket::on_drained(net::Connection&) { core_.hub.drained(*this); }

void Socket::on_closed(net::Connection&) {
  connection_ = nullptr;
  closing_ = true;
  sockets_open().add(-1);
  core_.hub.remove(*this);
  core_.presence->left(caller_.id, session_);
  core_.sockets->remove(*this);
}

void Socket::on_message(net::Connection&, std::string_view text) {
  if (closing_) return;
  if (frames_.take(session_, core_.env.clock.now()) > 0) return drop(4429, "too many frames");
  static thread_local simdjson::dom::parser parser;
  simdjson::dom::element frame;
  std::string_view type;
  if (parser.parse(text.data(), text.size()).get(frame) != simdjson::SUCCESS ||
      !frame.is_object() || frame["t"].get(type) != simdjson::SUCCESS) {
    return nack("", {ProblemType::Malformed, "A frame is one JSON object with a member t."});
  }
  on_frame(frame, type);
}

void Socket::on_frame(const simdjson::dom::element& frame, std::string_view type) {
  if (type == "sub") return on_subscribe(frame);
  if (type == "unsub") return core_.hub.unsubscribe(*this, text_of(frame, "ch"));
  if (type == "cmd") return on_command(frame);
  if (type == "beat") return core_.presence->beat(text_of(frame, "show"), caller_.id, session_);
  if (type == "sync") {
    JsonObject sync;
    sync.text("t", "sync");
    if (const auto id = text_of(frame, "id"); !id.empty()) sync.text("id", id);
    return send(sync.number("server_time", millis_of(core_.env.clock.now())).str());
  }
  nack(text_of(frame, "id"),
       {ProblemType::Schema, "Unknown kind of frame.", 0, {{"/t", "sub, unsub, cmd, beat, sync"}}});
}

void Socket::on_subscribe(const simdjson::dom::element& frame) {
  const std::string name = text_of(frame, "ch");
  const auto source = channel_for(core_, caller_, name);
  if (!source) return nack(name, source.error());
  if (!core_.hub.subscribe(*this, *source, text_of(frame, "cursor"))) {
    nack(name, {ProblemType::RateLimited, "Too many channels on one socket.", 1});
  }
}

void Socket::ack(const std::string& id, Position at, std::uint64_t number, bool held) {
  const std::string offset = core_.as_of(Domain::Audience, at);
  JsonObject out;
  out.text("t", "ack").text("id", id).text("off", offset).number("number", number);
  if (held) out.raw("held", "true");
  send(out.str());
}

void Socket::nack(const std::string& id, const Problem& problem) {
  JsonObject out;
  out.text("t", "nack").text("id", id);
  send(out.raw("problem", problem_json(problem, "/v1/socket", session_)).str());
}

void Socket::on_command(const simdjson::dom::element& frame) {
  const std::string id = text_of(frame, "id");
  const std::string operation = text_of(frame, "op");
  std::string show = text_of(frame, "ch");
  if (const auto colon = show.find(':'); colon != std::string::npos) show = show.substr(colon + 1);
  simdjson::dom::element data;
  if (frame["data"].get(data) != simdjson::SUCCESS || !data.is_object()) {
    return nack(id, {ProblemType::Malformed, "A command has data, an object."});
  }
  if (core_.shows.show(show) == nullptr)
    return nack(id, {ProblemType::NotFound, "There is no such show."});
  const std::string json = simdjson::minify(data);
  if (operation == "chat") return chat(id, show, json);
  if (operation == "react") return react(id, show, json);
  nack(id, {ProblemType::Schema, "Unknown operation.", 0, {{"/op", "chat or react"}}});
}

void Socket::chat(const std::string& id, const std::string& show, const std::string& data) {
  api::ChatRequest request;
  if (const auto read = read_body(with_id(id, data), request); !read) return nack(id, read.error());
  const auto self = weak_from_this();
  ask_chat(
      core_, show, chat_command(caller_, request),
      [self, id](const Problem& problem) {
        if (const auto socket = self.lock()) socket->nack(id, problem);
      },
      [self, id](const ChatEvent& event, Position at) {
        const auto socket = self.lock();
        if (!socket) return;
        const ChatAnswer answer = chat_answer(event);
        socket->ack(id, at, answer.number, answer.held);
      });
}

void Socket::react(const std::string& id, const std::string& show, const std::string& data) {
  api::ReactionRequest request;
  if (const auto read = read_body(data, request); !read) return nack(id, read.error());
  if (!Reactions::is_kind(request.kind()))
    return nack(id, {ProblemType::Schema, "No such reaction.", 0, {{"/kind", ""}}});
  const auto self = weak_from_this();
  core_.reactions->add(
      show, request.kind(), static_cast<std::uint64_t>(std::max(1, request.count())),
      [self, id](const Problem& problem) {
        if (const auto socket = self.lock()) socket->nack(id, problem);
      },
      [self, id](Position at) {
        if (const auto socket = self.lock()) socket->ack(id, at, 0);
      });
}

bool origin_allowed(const Core& core, const net::Request& request) {
  const std::string origin(request.header("Origin"));
  if (origin.empty()) return true;
  const auto scheme = origin.find("://");
  const std::string host = scheme == std::string::npos ? origin : origin.substr(scheme + 3);
  if (host == request.header("Host")) return true;
  const auto& allowed = core.options.allowed_origins;
  return std::find(allowed.begin(), allowed.end(), origin) != allowed.end();
}

namespace handlers {

void socket(Core& core, const CallPtr& call) {
  constexpr std::string_view kProtocol = "vitrine.v1.json", kTicket = "ticket.";
  if (!origin_allowed(core, call->request))
    return call->refuse({ProblemType::Permission, "Not from this origin."});
  std::string_view offered = call->request.header("Sec-WebSocket-Protocol");
  std::string_view ticket;
  bool speaks = false;
  while (!offered.empty()) {
    const auto end = std::min(offered.find(','), offered.size());
    std::string_view word = offered.substr(0, end);
    offered.remove_prefix(std::min(end + 1, offered.size()));
    while (word.starts_with(' ')) word.remove_prefix(1);
    while (word.ends_with(' ')) word.remove_suffix(1);
    speaks = speaks || word == kProtocol;
    if (word.starts_with(kTicket)) ticket = word.substr(kTicket.size());
  }
  const auto caller = core.tickets.redeem(ticket, core.env.clock.now());
  if (!caller) return call->refuse({ProblemType::Unauthenticated, "A fresh ticket is needed."});
  if (!speaks) return call->refuse({ProblemType::Malformed, "The subprotocol is vitrine.v1.json."});
  auto client = std::make_shared<Socket>(core, *caller);
  auto* connection = call->take_responder()->upgrade(kProtocol, client);
  if (connection != nullptr) client->open(*connection);
}

}  // namespace handlers
}  // namespace vitrine::gateway
