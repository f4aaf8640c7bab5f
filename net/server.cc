// Listening, the connections' registry, the flush at the end of each visit, and the sweep of
// timers.
#include "net/server.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <unordered_map>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/metrics.h"
#include "net/socket_connection.h"

namespace vitrine::net {
namespace {

constexpr int kAcceptsPerVisit = 64;
constexpr int kAcceptPauseMs = 100;  // after the system ran out of files
constexpr std::size_t kFlushesPerVisit = 128;
constexpr std::size_t kRefusedMax = 256;  // beyond: closed without a word
constexpr std::size_t kReadBytes = 64U << 10U;
constexpr std::size_t kSweepSlices = 8;

std::atomic<std::uint64_t> next_connection_id{1};

std::string address_text(const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* raw =
      address.ss_family == AF_INET6
          ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in6&>(address).sin6_addr)
          : &reinterpret_cast<const sockaddr_in&>(address).sin_addr;
  inet_ntop(address.ss_family, raw, text.data(), text.size());
  return text.data();
}

Result<int> open_listener(const ServerOptions& options, std::uint16_t& port) {
  const auto failed = [&](const std::string& why) {
    return fail(Code::Io, "listen on " + options.bind + " port " + std::to_string(options.port) +
                              ": " + why + "; choose a free port and an address of this host");
  };
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const std::string service = std::to_string(options.port);
  if (const int error = getaddrinfo(options.bind.c_str(), service.c_str(), &hints, &found)) {
    return failed(gai_strerror(error));
  }
  const int fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int one = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  const bool bound =
      fd >= 0 && bind(fd, found->ai_addr, found->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0;
  const std::string why = std::strerror(errno);
  freeaddrinfo(found);
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (!bound || getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    if (fd >= 0) close(fd);
    return failed(why);
  }
  port =
      ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                                          : reinterpret_cast<const sockaddr_in&>(address).sin_port);
  return fd;
}

class SocketServer final : public Server,
                           public FdHandler,
                           public VisitHook,
                           public ConnectionHost {
 public:
  SocketServer(EventLoop& loop, ServerOptions options, Handler handler,
               std::shared_ptr<TlsContext> tls, int listener, std::uint16_t port)
      : loop_(loop),
        options_(std::move(options)),
        handler_(std::move(handler)),
        tls_(std::move(tls)),
        listener_(listener),
        port_(port) {
    read_buffer_.resize(kReadBytes);
    loop_.add_hook(*this);
    VT_CHECK(loop_.watch(listener_, EPOLLIN, *this));
    const int shortest = std::min(options_.limits.request_ms_max, options_.limits.idle_ms_max);
    const int period = std::clamp(shortest / 8, 5, 1000);
    const int slices = static_cast<int>(kSweepSlices);
    sweep_timer_ = loop_.every(std::max(1, period / slices), [this] { sweep(); });
  }
  ~SocketServer() override;
  SocketServer(const SocketServer&) = delete;
  SocketServer& operator=(const SocketServer&) = delete;

  std::uint16_t port() const override { return port_; }
  std::size_t connections() const override { return counted_; }
  void stop_accepting() override;
  void on_events(std::uint32_t events) override;
  bool end_of_visit() override;

 private:
  EventLoop& loop() override { return loop_; }
  const Limits& limits() const override { return options_.limits; }
  const Handler& handler() const override { return handler_; }
  std::string& read_buffer() override { return read_buffer_; }
  std::string& write_buffer() override { return write_buffer_; }
  Counter& writes_total() override { return writes_total_; }
  void flush_later(SocketConnection& connection, bool urgent) override;
  void bury(SocketConnection& connection) override;
  void admit(int fd, const sockaddr_storage& address);
  void pause_accepting();
  void sweep();
  bool flush_some(std::deque<SocketConnection*>& waiting, std::size_t count);

  EventLoop& loop_;
  ServerOptions options_;
  Handler handler_;
  std::shared_ptr<TlsContext> tls_;
  int listener_;
  std::uint16_t port_;
  std::uint64_t sweep_timer_ = 0;
  std::uint64_t pause_timer_ = 0;
  std::size_t sweep_slice_ = 0;
  std::string read_buffer_;
  std::string write_buffer_;
  std::vector<std::shared_ptr<SocketConnection>> connections_;
  std::vector<std::shared_ptr<SocketConnection>> buried_;  // freed at the end of the visit
  std::size_t counted_ = 0;                                // without those refused at the door
  std::unordered_map<std::string, std::size_t> per_address_;
  std::deque<SocketConnection*> answers_;    // to be flushed: these at once,
  std::deque<SocketConnection*> receivers_;  // these in turns
  Gauge& gauge_ = vitrine::gauge("vitrine_net_connections", "open connections");
  Counter& accepted_total_ = counter("vitrine_net_accepted_total", "connections accepted");
  Counter& writes_total_ = counter("vitrine_net_writes_total", "writes to sockets");
  Counter& refused_total_ = counter("vitrine_net_refused_total", "connections refused by a limit");
};

SocketServer::~SocketServer() {
  stop_accepting();
  loop_.cancel(sweep_timer_);
  // Handlers' owners may close other connections in on_closed(): the list shrinks as we go.
  while (!connections_.empty()) {
    const auto last = connections_.back();
    last->goodbye();
  }
  buried_.clear();
  loop_.remove_hook(*this);
}

void SocketServer::stop_accepting() {
  if (listener_ < 0) return;
  loop_.cancel(pause_timer_);
  loop_.unwatch(listener_);
  close(listener_);
  listener_ = -1;
}

void SocketServer::on_events(std::uint32_t /*events*/) {
  for (int i = 0; i < kAcceptsPerVisit && listener_ >= 0; ++i) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    const int fd = accept4(listener_, reinterpret_cast<sockaddr*>(&address), &size,
                           SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      admit(fd, address);
      continue;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      return pause_accepting();
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) return;
    // Anything else concerns the one connection that was about to be accepted.
  }
}

// The waiting connection stays in the kernel's queue and would wake us again and again.
void SocketServer::pause_accepting() {
  log(LogLevel::Warn, "net.accept_paused", {{"why", std::strerror(errno)}});
  loop_.change(listener_, 0, *this);
  pause_timer_ = loop_.after(kAcceptPauseMs, [this] {
    if (listener_ >= 0) loop_.change(listener_, EPOLLIN, *this);
  });
}

void SocketServer::admit(int fd, const sockaddr_storage& address) {
  const Limits& limits = options_.limits;
  std::string peer = address_text(address);
  const bool crowded = counted_ >= limits.connections_max ||
                       (limits.connections_per_address_max > 0 && per_address_.contains(peer) &&
                        per_address_[peer] >= limits.connections_per_address_max);
  if (crowded) refused_total_.add();
  if (crowded && (tls_ || connections_.size() - counted_ >= kRefusedMax)) {
    close(fd);
    return;
  }
  const int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  auto connection = std::make_shared<SocketConnection>(
      *this, fd, next_connection_id.fetch_add(1, std::memory_order_relaxed), std::move(peer),
      tls_ ? tls_->accept(fd) : nullptr);
  if (!connection->start()) return;
  accepted_total_.add();
  connection->slot = connections_.size();
  connection->counted = !crowded;
  connections_.push_back(connection);
  if (crowded) {
    connection->refuse({503, "overloaded", "Too many connections; try again in a moment."});
    return;
  }
  ++counted_;
  gauge_.add(1);
  if (limits.connections_per_address_max > 0) ++per_address_[connection->peer()];
}

void SocketServer::bury(SocketConnection& connection) {
  const std::size_t slot = connection.slot;
  if (connection.counted) {
    --counted_;
    gauge_.add(-1);
    const auto found = per_address_.find(connection.peer());
    if (found != per_address_.end() && --found->second == 0) per_address_.erase(found);
  }
  buried_.push_back(std::move(connections_[slot]));
  if (slot + 1 != connections_.size()) {
    connections_[slot] = std::move(connections_.back());
    connections_[slot]->slot = slot;
  }
  connections_.pop_back();
}

void SocketServer::flush_later(SocketConnection& connection, bool urgent) {
  if (connection.flush_queued) return;
  connection.flush_queued = true;
  (urgent ? answers_ : receivers_).push_back(&connection);
}

bool SocketServer::flush_some(std::deque<SocketConnection*>& waiting, std::size_t count) {
  for (count = std::min(count, waiting.size()); count > 0; --count) {
    SocketConnection& connection = *waiting.front();
    waiting.pop_front();
    connection.flush_queued = false;
    if (connection.flush()) flush_later(connection, &waiting == &answers_);
  }
  return !waiting.empty();
}

bool SocketServer::end_of_visit() {
  const bool more_answers = flush_some(answers_, answers_.size());
  const bool more_receivers = flush_some(receivers_, kFlushesPerVisit);
  const auto is_dead = [](const SocketConnection* c) { return c->flush_queued && !c->alive(); };
  if (!buried_.empty()) {
    std::erase_if(answers_, is_dead);
    std::erase_if(receivers_, is_dead);
    buried_.clear();
  }
  return more_answers || more_receivers;
}

void SocketServer::sweep() {
  sweep_slice_ = (sweep_slice_ + 1) % kSweepSlices;
  // A connection that ends here is replaced by the last one, which is then looked at next time.
  for (std::size_t i = sweep_slice_; i < connections_.size(); i += kSweepSlices) {
    const auto connection = connections_[i];
    connection->sweep();
  }
}

}  // namespace

Result<std::unique_ptr<Server>> Server::listen(Loop& loop, ServerOptions options, Handler handler) {
  std::shared_ptr<TlsContext> tls;
  if (!options.tls.certificate.empty()) {
    VT_TRY(tls, TlsContext::server(options.tls));
  }
  std::uint16_t port = 0;
  VT_TRY(const int listener, open_listener(options, port));
  // Loop::create() makes no other kind.
  auto& event_loop = static_cast<EventLoop&>(loop);
  return std::unique_ptr<Server>(std::make_unique<SocketServer>(
      event_loop, std::move(options), std::move(handler), std::move(tls), listener, port));
}

}  // namespace vitrine::net
