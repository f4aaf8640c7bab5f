#pragma once
// One WebSocket: the frames of docs/api.md between a client and the hub; and the registry of all
// sockets and event streams.
//
// Threads: the loop's only. Bounds: kFramesPerSecond from a client (then 4429), the connection's
// queue (then see channel.h).
#include <memory>
#include <string>
#include <unordered_map>

#include "gateway/call.h"
#include "gateway/core.h"

namespace simdjson::dom {
class element;
}

namespace vitrine::gateway {

// What the registry needs of a socket or a stream.
class Client : public net::ConnectionEvents, public Receiver {
 public:
  virtual void sweep(Time now) = 0;  // once a second
  virtual void end_for_restart() = 0;
};

class Sockets {
 public:
  explicit Sockets(Core& core) : core_(core) {}
  void add(const std::shared_ptr<Client>& client) { clients_[client.get()] = client; }
  void remove(Client& client) { clients_.erase(&client); }
  void sweep();
  void end_for_restart();
  std::size_t size() const { return clients_.size(); }

 private:
  Core& core_;
  std::unordered_map<Client*, std::weak_ptr<Client>> clients_;
};

class Socket : public Client, public std::enable_shared_from_this<Socket> {
 public:
  static constexpr double kFramesPerSecond = 50;
  Socket(Core& core, Caller caller);
  void open(net::Connection& connection);  // right after the upgrade: says hello

  void on_message(net::Connection& connection, std::string_view text) override;
  void on_drained(net::Connection& connection) override;
  void on_closed(net::Connection& connection) override;
  bool push(const Channel& channel, const ChannelFrame& frame) override;
  void drop(std::uint16_t code, std::string_view reason) override;
  void sweep(Time now) override;
  void end_for_restart() override;

 private:
  void send(const std::string& json);
  void ack(const std::string& id, Position at, std::uint64_t number, bool held = false);
  void nack(const std::string& id, const Problem& problem);
  void on_frame(const simdjson::dom::element& frame, std::string_view type);
  void on_subscribe(const simdjson::dom::element& frame);
  void on_command(const simdjson::dom::element& frame);
  void chat(const std::string& id, const std::string& show, const std::string& data);
  void react(const std::string& id, const std::string& show, const std::string& data);

  Core& core_;
  Caller caller_;
  std::string session_;
  net::Connection* connection_ = nullptr;  // null once closed
  bool closing_ = false;
  RateLimiter frames_{{kFramesPerSecond, 4 * kFramesPerSecond}, 2};
};

// Does the request come from our own pages, from an allowed origin, or from no page at all?
bool origin_allowed(const Core& core, const net::Request& request);

}  // namespace vitrine::gateway
