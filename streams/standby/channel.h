#pragma once
// Frames between two processes that share a secret, over a socket: TLS 1.3 with the secret as its
// pre-shared key. Either side proves that it has the key, nobody else reads or changes a byte or
// says one again, and a recorded session is not opened by a key that leaks later.
//
// Threads: a Channel belongs to one; cut() and Wake::set() are for any.
#include <array>
#include <memory>
#include <optional>
#include <string>

#include "base/time.h"
#include "streams/standby/wire.h"

namespace vitrine {

class LinkKey {
 public:
  // Conflict when others than its owner may read the file, Invalid when it is too short.
  static Result<LinkKey> read(const std::string& path);
  explicit LinkKey(BytesView secret);
  BytesView bytes() const { return {bytes_.data(), bytes_.size()}; }

 private:
  std::array<char, 32> bytes_{};
};

// Ends somebody's waiting.
class Wake {
 public:
  Wake();
  ~Wake();
  Wake(const Wake&) = delete;
  Wake& operator=(const Wake&) = delete;
  void set() const;
  void clear() const;
  int fd() const { return fd_; }

 private:
  int fd_ = -1;
};

class Channel {
 public:
  enum class Side { Client, Server };
  // Owns the socket from here on. Unavailable: the other side does not answer, or has another key.
  static Result<std::unique_ptr<Channel>> open(int socket, Side side, const LinkKey& key,
                                               Duration patience);
  static Result<std::unique_ptr<Channel>> connect(const std::string& host, std::uint16_t port,
                                                  const LinkKey& key, Duration patience);
  virtual ~Channel() = default;

  // Returns when the socket has taken all of it. Unavailable when for so long it took nothing.
  virtual Result<void> send(standby_wire::Kind kind, BytesView body) = 0;
  // The next frame; nothing when none is whole within `wait`, or when `wake` was set.
  virtual Result<std::optional<standby_wire::Frame>> receive(Duration wait,
                                                             const Wake* wake = nullptr) = 0;
  // Both sides learn that it is over.
  virtual void cut() = 0;
};

class Listener {
 public:
  static Result<Listener> open(const std::string& bind, std::uint16_t port);
  Listener(Listener&& other) noexcept;
  Listener& operator=(Listener&&) = delete;
  ~Listener();
  std::uint16_t port() const { return port_; }
  // A socket; nothing when `wake` was set.
  std::optional<int> accept(const Wake& wake) const;

 private:
  Listener(int fd, std::uint16_t port) : fd_(fd), port_(port) {}
  int fd_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace vitrine
