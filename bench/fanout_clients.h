#pragma once
// The receiving side of the fan-out bench: many plain sockets in a process of their own.
//
// The process is forked, so its CPU is told apart from the server's. It counts every delivery,
// checks that the messages of a connection come in order without a gap, and measures from the
// moment a message was due to the moment it was received.
// Threads: one caller. Start it before the process has threads.
#include <cstdint>
#include <string>

#include <sys/types.h>

#include "base/bytes.h"
#include "base/result.h"

namespace vitrine::fanout {

inline constexpr ByteCount kMessageBytes = 200;

// Text of kMessageBytes that says its place in the run and when it was due (monotonic clock).
std::string message_text(std::uint32_t sequence, std::int64_t due_ns);

std::int64_t now_ns();
double own_cpu_s();  // user and system, of this process and all its threads

enum class Wire : std::uint32_t { WebSocket, Raw };  // Raw: the frames come without a handshake

struct Received {
  std::uint64_t deliveries = 0;  // of messages due since begin()
  std::uint64_t gaps = 0;        // messages that were not the next of their connection
  std::uint64_t open = 0;        // connections
  std::int64_t last_ns = 0;      // when the last delivery was received
  double p50_ms = 0;             // due to received, in steps of 0.05 ms up to 3 s
  double p99_ms = 0;
  double cpu_s = 0;  // of the clients' process since it began
};

class Clients {
 public:
  static Result<Clients> start();
  Clients(Clients&& other) noexcept;
  Clients& operator=(Clients&&) = delete;
  ~Clients();  // ends the process

  // Asks for `count` more connections; opened() waits for them. Between the two, somebody accepts.
  Result<void> open(Wire wire, std::uint16_t port, std::uint32_t count);
  Result<void> opened();
  Result<void> close_all();
  // Counts afresh, and only messages that were due at `from_ns` or later.
  Result<void> begin(std::int64_t from_ns);
  Result<Received> received();

 private:
  Clients(int control, pid_t process) : control_(control), process_(process) {}
  int control_;
  pid_t process_;
};

}  // namespace vitrine::fanout
