#pragma once
// The sending sides of the fan-out bench: a hub on net::Server, and bare sockets as the limit.
#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "bench/fanout_clients.h"
#include "net/server.h"

namespace vitrine::fanout {

// Message i is due at begin_ns + i / rate, whether the ones before have left or not.
struct Plan {
  std::int64_t begin_ns = 0;
  double per_second = 0;
  std::uint64_t messages = 0;
  std::int64_t due_ns(std::uint64_t i) const {
    return begin_ns + static_cast<std::int64_t>(static_cast<double>(i) * 1e9 / per_second);
  }
};

// Offers the messages of a plan to all its connections by a timer of the loop (every 1 ms).
// Threads: the loop's, except the atomics.
class Hub final : public net::ConnectionEvents {
 public:
  explicit Hub(net::Loop& loop) : loop_(loop) {}
  void start(const Plan& plan);
  void stop();
  void add(net::Connection& connection) { connections_.push_back(&connection); }
  void on_message(net::Connection&, std::string_view) override {}
  void on_drained(net::Connection&) override {}
  void on_closed(net::Connection& connection) override { std::erase(connections_, &connection); }

  std::atomic<std::uint64_t> offered{0};  // messages of the present plan
  std::atomic<std::uint64_t> refused{0};  // deliveries for which a connection's queue had no room

 private:
  void tick();
  net::Loop& loop_;
  Plan plan_;
  std::uint64_t timer_ = 0;
  std::uint32_t sequence_ = 0;
  std::vector<net::Connection*> connections_;
};

// The hub's server, its loop on a thread of its own.
class HubServer {
 public:
  static Result<std::unique_ptr<HubServer>> start(std::size_t connections_max);
  ~HubServer();
  HubServer(const HubServer&) = delete;
  HubServer& operator=(const HubServer&) = delete;

  std::uint16_t port() const { return server_->port(); }
  Hub& hub() { return *hub_; }
  void start(const Plan& plan);  // any thread; returns when the plan is with the loop
  void stop();

 private:
  HubServer() = default;
  void on_loop(const std::function<void()>& work);
  std::unique_ptr<net::Loop> loop_;
  std::shared_ptr<Hub> hub_;
  std::unique_ptr<net::Server> server_;
  std::thread thread_;
};

struct RawFigures {
  double deliveries_per_s = 0;
  double server_cpu_s = 0;
  double client_cpu_s = 0;
  std::uint64_t deliveries = 0;
  bool complete = false;
};

// The same frames, `frames_per_send` side by side in one send() per socket, as fast as it goes.
Result<RawFigures> raw_round(Clients& clients, std::uint32_t count, std::uint64_t frames_per_send,
                             double seconds);

// Waits until `deliveries` have come, or half a second passes without any, or the time is over.
Result<Received> wait_for(Clients& clients, std::uint64_t deliveries, std::int64_t until_ns);

}  // namespace vitrine::fanout
