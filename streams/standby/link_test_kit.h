#pragma once
// For the tests of this room: a key file, and a relay that stands between the two sides and can
// stop or spoil what passes.
#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <fstream>
#include <list>
#include <string>
#include <thread>

#include "streams/standby/channel.h"
#include "streams/standby/sockets.h"

namespace vitrine::test {

inline std::string key_file(const std::string& folder,
                            const std::string& secret = "0123456789abcdef") {
  const std::string path = folder + "/" + std::to_string(std::hash<std::string>{}(secret)) + ".key";
  std::ofstream(path) << secret << "\n";
  ::chmod(path.c_str(), S_IRUSR | S_IWUSR);
  return path;
}

// True when it becomes so within a minute: nobody waits for a time, only for an event.
template <class Condition>
bool eventually(Condition condition) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::yield();
  }
  return true;
}

// True when it stays so for long enough that what is wrong would have happened.
template <class Condition>
bool stays(Condition condition) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(400);
  while (condition()) {
    if (std::chrono::steady_clock::now() > until) return true;
    std::this_thread::yield();
  }
  return false;
}

class Relay {
 public:
  explicit Relay(std::uint16_t to) : to_(to), listener_(Listener::open("127.0.0.1", 0).value()) {
    thread_ = std::thread([this] {
      while (const auto socket = listener_.accept(wake_)) {
        const auto there = connected_socket("127.0.0.1", to_, Duration{5'000});
        if (!there) {
          ::close(*socket);
          continue;
        }
        pumps_.emplace_back([this, a = *socket, b = *there] { pump(a, b); });
      }
    });
  }
  ~Relay() {
    stopping_ = true;
    wake_.set();
    thread_.join();
    for (auto& pump : pumps_) pump.join();
  }
  std::uint16_t port() const { return listener_.port(); }
  // Nothing passes, in neither direction, and nobody is told.
  void hold(bool held) { held_ = held; }
  // One bit of the next bytes from the server is another one.
  void flip() { flip_ = true; }
  bool flipped() const { return !flip_; }

 private:
  void pump(int a, int b) {
    std::array<char, 16U << 10U> buffer{};
    while (!stopping_) {
      if (held_) {
        std::this_thread::yield();
        continue;
      }
      std::array<pollfd, 2> fds{pollfd{a, POLLIN, 0}, pollfd{b, POLLIN, 0}};
      ::poll(fds.data(), 2, 10);
      bool over = false;
      for (const auto& [from, to, at] : {std::tuple{a, b, 0}, std::tuple{b, a, 1}}) {
        if (fds[static_cast<std::size_t>(at)].revents == 0 || held_) continue;
        const ssize_t got = ::recv(from, buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno != EAGAIN)) over = true;
        if (got <= 0) continue;
        if (at == 1 && flip_.exchange(false)) buffer[static_cast<std::size_t>(got - 1)] ^= 1;
        for (ssize_t sent = 0; sent < got && !stopping_;) {
          const ssize_t n = ::send(to, buffer.data() + sent, static_cast<std::size_t>(got - sent),
                                   MSG_NOSIGNAL | MSG_DONTWAIT);
          if (n > 0) sent += n;
          if (n < 0 && errno != EAGAIN) {
            over = true;
            break;
          }
        }
      }
      if (over) break;
    }
    ::close(a);
    ::close(b);
  }

  const std::uint16_t to_;
  const Listener listener_;
  const Wake wake_;
  std::atomic<bool> stopping_{false}, held_{false}, flip_{false};
  std::list<std::thread> pumps_;
  std::thread thread_;
};

}  // namespace vitrine::test
