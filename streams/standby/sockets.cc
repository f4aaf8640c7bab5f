#include "streams/standby/sockets.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "streams/standby/channel.h"

namespace vitrine {
namespace {

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

Result<Addresses> resolve(const std::string& host, std::uint16_t port, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (error != 0)
    return fail(Code::NotFound, "find " + host + ": " + ::gai_strerror(error));
  return Addresses(found, &::freeaddrinfo);
}

Result<int> connect_to(const addrinfo& address, Duration patience) {
  const int fd = ::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return fail(Code::Io, std::strerror(errno));
  int error = ::connect(fd, address.ai_addr, address.ai_addrlen) == 0 ? 0 : errno;
  if (error == EINPROGRESS) {
    pollfd one{fd, POLLOUT, 0};
    socklen_t size = sizeof error;
    if (::poll(&one, 1, static_cast<int>(patience.count())) <= 0) {
      error = ETIMEDOUT;
    } else {
      ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    }
  }
  if (error == 0) return fd;
  ::close(fd);
  return fail(Code::Unavailable, std::strerror(error));
}

}  // namespace

void send_at_once(int socket) {
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Result<int> connected_socket(const std::string& host, std::uint16_t port, Duration patience) {
  VT_TRY(const Addresses addresses, resolve(host, port, 0));
  std::string why = "no address";
  for (const addrinfo* at = addresses.get(); at != nullptr; at = at->ai_next) {
    const auto fd = connect_to(*at, patience);
    if (fd) {
      send_at_once(*fd);
      return fd;
    }
    why = fd.error().message;
  }
  return fail(Code::Unavailable, "connect to " + host + ":" + std::to_string(port) + ": " + why);
}

Result<Listener> Listener::open(const std::string& bind, std::uint16_t port) {
  VT_TRY(const Addresses addresses, resolve(bind, port, AI_PASSIVE));
  const addrinfo& address = *addresses;
  const auto refuse = [&](int fd) {
    const int error = errno;
    if (fd >= 0) ::close(fd);
    return fail(error == EADDRINUSE ? Code::Conflict : Code::Io,
                "listen for standbys on " + bind + ":" + std::to_string(port) + ": " +
                    std::strerror(error) + "; choose another port or address");
  };
  const int fd = ::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int on = 1;
  if (fd < 0) return refuse(fd);
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  constexpr int kBacklog = 16;
  if (::bind(fd, address.ai_addr, address.ai_addrlen) != 0 || ::listen(fd, kBacklog) != 0)
    return refuse(fd);
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size);
  const std::uint16_t chosen =
      bound.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6*>(&bound)->sin6_port
                                  : reinterpret_cast<const sockaddr_in*>(&bound)->sin_port;
  return Listener(fd, ntohs(chosen));
}

Listener::Listener(Listener&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), port_(other.port_) {}
Listener::~Listener() {
  if (fd_ >= 0) ::close(fd_);
}

std::optional<int> Listener::accept(const Wake& wake) const {
  while (true) {
    std::array<pollfd, 2> fds{pollfd{fd_, POLLIN, 0}, pollfd{wake.fd(), POLLIN, 0}};
    if (::poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR) return std::nullopt;
    if (fds[1].revents != 0) return std::nullopt;
    const int socket = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) {
      if (errno == EMFILE || errno == ENFILE) {  // until somebody closes one
        pollfd only{wake.fd(), POLLIN, 0};
        ::poll(&only, 1, 100);
      }
      continue;
    }
    send_at_once(socket);
    return socket;
  }
}

}  // namespace vitrine
