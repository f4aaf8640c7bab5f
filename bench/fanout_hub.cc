#include "bench/fanout_hub.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <future>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace vitrine::fanout {
namespace {

constexpr int kIdleMs = 3'600'000;  // no pings among the messages
constexpr int kRawPatienceMs = 5'000;
constexpr std::int64_t kQuietNs = 500'000'000;

// Owns file descriptors.
struct Sockets {
  std::vector<int> fds;
  Sockets() = default;
  Sockets(const Sockets&) = delete;
  Sockets& operator=(const Sockets&) = delete;
  ~Sockets() {
    for (const int fd : fds) close(fd);
  }
};

Error refused_by_system(const std::string& what) {
  return {Code::Io, what + ": " + std::strerror(errno) + "; use fewer --clients"};
}

Result<std::uint16_t> listen_raw(Sockets& listener) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return tl::unexpected(refused_by_system("make a listener"));
  listener.fds.push_back(fd);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(fd, generic, size) != 0 || listen(fd, SOMAXCONN) != 0 ||
      getsockname(fd, generic, &size) != 0) {
    return tl::unexpected(refused_by_system("listen on a loopback port"));
  }
  return ntohs(address.sin_port);
}

Result<void> open_raw(Clients& clients, std::uint32_t count, Sockets& sockets) {
  Sockets listener;
  VT_TRY(const std::uint16_t port, listen_raw(listener));
  VT_TRY_VOID(clients.open(Wire::Raw, port, count));
  while (sockets.fds.size() < count) {
    pollfd waiting{listener.fds[0], POLLIN, 0};
    if (poll(&waiting, 1, kRawPatienceMs) <= 0) break;  // opened() knows why
    const int fd = accept4(listener.fds[0], nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return tl::unexpected(refused_by_system("accept a connection"));
    const int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    sockets.fds.push_back(fd);
  }
  return clients.opened();
}

bool send_whole(int fd, std::string_view data) {
  while (!data.empty()) {
    const ssize_t n = send(fd, data.data(), data.size(), MSG_NOSIGNAL);
    if (n >= 0) {
      data.remove_prefix(static_cast<std::size_t>(n));
      continue;
    }
    pollfd waiting{fd, POLLOUT, 0};
    if (errno != EAGAIN || poll(&waiting, 1, kRawPatienceMs) <= 0) return false;
  }
  return true;
}

}  // namespace

void Hub::start(const Plan& plan) {
  stop();
  plan_ = plan;
  offered = 0;
  refused = 0;
  timer_ = loop_.every(1, [this] { tick(); });
}

void Hub::stop() { loop_.cancel(std::exchange(timer_, 0)); }

void Hub::tick() {
  const std::int64_t now = now_ns();  // once: what becomes due meanwhile waits for the next tick
  std::uint64_t i = offered;
  for (; i < plan_.messages && plan_.due_ns(i) <= now; ++i) {
    const net::Frame frame = net::ws_text_frame(message_text(sequence_++, plan_.due_ns(i)));
    std::uint64_t without_room = 0;
    for (net::Connection* to : connections_) without_room += to->send(frame) ? 0 : 1;
    if (without_room > 0) refused += without_room;
  }
  offered = i;
  if (i == plan_.messages) stop();
}

Result<std::unique_ptr<HubServer>> HubServer::start(std::size_t connections_max) {
  std::unique_ptr<HubServer> self(new HubServer);
  VT_TRY(self->loop_, net::Loop::create());
  self->hub_ = std::make_shared<Hub>(*self->loop_);
  net::ServerOptions options;
  options.limits.connections_max = connections_max;
  options.limits.idle_ms_max = kIdleMs;
  const auto handler = [hub = self->hub_](net::Request&&, std::unique_ptr<net::Responder> to) {
    if (auto* connection = to->upgrade("", hub)) hub->add(*connection);
  };
  VT_TRY(self->server_, net::Server::listen(*self->loop_, options, handler));
  self->thread_ = std::thread([loop = self->loop_.get()] { loop->run(); });
  return self;
}

HubServer::~HubServer() {
  if (!thread_.joinable()) return;
  on_loop([this] {
    hub_->stop();
    server_.reset();
  });
  loop_->stop();
  thread_.join();
}

void HubServer::on_loop(const std::function<void()>& work) {
  std::promise<void> done;
  loop_->post([&] {
    work();
    done.set_value();
  });
  done.get_future().wait();
}

void HubServer::start(const Plan& plan) {
  on_loop([&] { hub_->start(plan); });
}

void HubServer::stop() {
  on_loop([this] { hub_->stop(); });
}

Result<RawFigures> raw_round(Clients& clients, std::uint32_t count, std::uint64_t frames_per_send,
                             double seconds) {
  Sockets sockets;
  VT_TRY_VOID(open_raw(clients, count, sockets));
  VT_TRY(const Received before, clients.received());
  const std::int64_t begin = now_ns();
  VT_TRY_VOID(clients.begin(begin));
  const double cpu_before = own_cpu_s();
  const std::int64_t end = begin + static_cast<std::int64_t>(seconds * 1e9);
  std::uint32_t sequence = 0;
  bool sent = true;
  std::string block;
  while (sent && now_ns() < end) {
    block.clear();
    for (std::uint64_t i = 0; i < frames_per_send; ++i) {
      block.append(*net::ws_text_frame(message_text(sequence++, now_ns())));
    }
    for (const int fd : sockets.fds) sent = send_whole(fd, block) && sent;
  }
  RawFigures raw;
  raw.server_cpu_s = own_cpu_s() - cpu_before;
  const std::uint64_t expected = std::uint64_t{sequence} * count;
  VT_TRY(const Received after, wait_for(clients, expected, now_ns() + 5'000'000'000));
  raw.deliveries = after.deliveries;
  raw.complete = sent && after.deliveries == expected && after.gaps == 0;
  raw.deliveries_per_s =
      static_cast<double>(after.deliveries) * 1e9 / static_cast<double>(after.last_ns - begin);
  raw.client_cpu_s = after.cpu_s - before.cpu_s;
  VT_TRY_VOID(clients.close_all());
  return raw;
}

Result<Received> wait_for(Clients& clients, std::uint64_t deliveries, std::int64_t until_ns) {
  std::uint64_t seen = 0;
  std::int64_t changed_ns = now_ns();
  for (;;) {
    VT_TRY(const Received now, clients.received());
    if (now.deliveries != seen) changed_ns = now_ns();
    seen = now.deliveries;
    const bool quiet = now_ns() - changed_ns > kQuietNs;
    if (seen >= deliveries || quiet || now_ns() > until_ns) return now;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

}  // namespace vitrine::fanout
