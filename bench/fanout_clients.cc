#include "bench/fanout_clients.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/env.h"

namespace vitrine::fanout {
namespace {

constexpr std::int64_t kBucketNs = 50'000;
constexpr std::size_t kBuckets = 60'000;
constexpr std::uint32_t kControl = ~0U;  // the control socket's mark in epoll
constexpr ByteCount kReadBytes = 256U << 10U;

enum class What : std::uint32_t { Open, CloseAll, Begin, Tell };

struct Order {
  What what = What::Tell;
  Wire wire = Wire::WebSocket;
  std::uint32_t port = 0;
  std::uint32_t count = 0;
  std::int64_t from_ns = 0;
};

struct Answer {
  std::uint32_t ok = 0;
  std::array<char, 84> why{};
  Received received;
};

void put_hex(std::string& out, std::uint64_t value, int digits) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
    out += kDigits[value >> static_cast<unsigned>(shift) & 15U];
  }
}

std::uint64_t read_hex(const char* text, int digits) {
  std::uint64_t value = 0;
  for (int i = 0; i < digits; ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    value = (value << 4U) | ((c & 15U) + (c >> 6U) * 9U);
  }
  return value;
}

struct Client {
  int fd = -1;
  std::uint32_t next_sequence = 0;
  bool begun = false;        // has got a message since begin(): the next has to follow it
  std::string partial = {};  // the beginning of a frame
};

// Everything below runs in the forked process, on its one thread.
class Receiver {
 public:
  explicit Receiver(int control) : control_(control), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    watch(control_, kControl);
  }
  void run();

 private:
  bool watch(int fd, std::uint32_t mark) const;
  bool obey();
  std::string open(const Order& order);
  std::string connect_one(const Order& order);
  void read_from(Client& client);
  std::size_t take_frames(Client& client, std::string_view data, std::int64_t now);
  void take_message(Client& client, std::string_view text, std::int64_t now);
  double quantile_ms(double q) const;

  int control_;
  int epoll_;
  std::int64_t from_ns_ = 0;
  std::vector<Client> clients_;
  std::vector<std::uint32_t> latencies_ = std::vector<std::uint32_t>(kBuckets);
  std::vector<char> buffer_ = std::vector<char>(kReadBytes);
  Received received_;
};

bool Receiver::watch(int fd, std::uint32_t mark) const {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u32 = mark;
  return epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) == 0;
}

void Receiver::run() {
  std::array<epoll_event, 256> events{};
  for (;;) {
    const int count = epoll_wait(epoll_, events.data(), events.size(), -1);
    bool ordered = false;
    for (int i = 0; i < count; ++i) {
      const std::uint32_t mark = events[static_cast<std::size_t>(i)].data.u32;
      if (mark == kControl)
        ordered = true;
      else
        read_from(clients_[mark]);
    }
    // Last, because an order may close what the other events are about.
    if (ordered && !obey()) return;
  }
}

bool Receiver::obey() {
  Order order;
  if (recv(control_, &order, sizeof order, 0) != static_cast<ssize_t>(sizeof order)) return false;
  std::string why;
  if (order.what == What::Open) {
    why = open(order);
  } else if (order.what == What::CloseAll) {
    for (const Client& client : clients_) {
      if (client.fd >= 0) ::close(client.fd);
    }
    clients_.clear();
    received_.open = 0;
  } else if (order.what == What::Begin) {
    from_ns_ = order.from_ns;
    for (Client& client : clients_) client.begun = false;
    std::fill(latencies_.begin(), latencies_.end(), 0U);
    received_ = Received{.open = received_.open};
  }
  Answer answer;
  answer.ok = why.empty() ? 1 : 0;
  why.copy(answer.why.data(), answer.why.size() - 1);
  answer.received = received_;
  answer.received.p50_ms = quantile_ms(0.5);
  answer.received.p99_ms = quantile_ms(0.99);
  answer.received.cpu_s = own_cpu_s();
  const ssize_t sent = send(control_, &answer, sizeof answer, MSG_NOSIGNAL);
  return sent == static_cast<ssize_t>(sizeof answer);
}

std::string Receiver::open(const Order& order) {
  for (std::uint32_t i = 0; i < order.count; ++i) {
    const std::string why = connect_one(order);
    if (!why.empty()) return why;
  }
  return {};
}

// One after the other and blocking: nothing is measured yet.
std::string Receiver::connect_one(const Order& order) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(order.port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const std::string why = std::string("connect: ") + std::strerror(errno);
    if (fd >= 0) ::close(fd);
    return why;
  }
  clients_.push_back({.fd = fd});
  ++received_.open;
  std::string head;
  if (order.wire == Wire::WebSocket) {
    constexpr std::string_view kUpgrade =
        "GET /hub HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    if (send(fd, kUpgrade.data(), kUpgrade.size(), MSG_NOSIGNAL) < 0) return "send the handshake";
    while (!head.ends_with("\r\n\r\n")) {
      const ssize_t n = recv(fd, buffer_.data(), buffer_.size(), 0);
      if (n <= 0) return "the server closed during the handshake";
      head.append(buffer_.data(), static_cast<std::size_t>(n));
    }
    if (!head.starts_with("HTTP/1.1 101 ")) return head.substr(0, head.find('\r'));
  }
  fcntl(fd, F_SETFL, O_NONBLOCK);
  return watch(fd, static_cast<std::uint32_t>(clients_.size() - 1)) ? "" : "watch a socket";
}

void Receiver::read_from(Client& client) {
  const std::size_t kept = client.partial.size();
  client.partial.copy(buffer_.data(), kept);
  const ssize_t n = recv(client.fd, buffer_.data() + kept, buffer_.size() - kept, 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n <= 0) {
    ::close(std::exchange(client.fd, -1));
    --received_.open;
    return;
  }
  const std::string_view data(buffer_.data(), kept + static_cast<std::size_t>(n));
  client.partial.assign(data.substr(take_frames(client, data, now_ns())));
}

// How many bytes were whole frames. A server's frames are unmasked; only texts are of interest.
std::size_t Receiver::take_frames(Client& client, std::string_view data, std::int64_t now) {
  std::size_t used = 0;
  while (data.size() - used >= 2) {
    const auto at = [&](std::size_t i) {
      return std::size_t{static_cast<unsigned char>(data[used + i])};
    };
    std::size_t size = at(1);
    std::size_t head = 2;
    if (size == 126) {
      if (data.size() - used < 4) break;
      size = at(2) << 8U | at(3);
      head = 4;
    } else if (size > 126) {
      ++received_.gaps;  // nothing here is as long as that: the bytes are no longer frames
      return data.size();
    }
    if (data.size() - used < head + size) break;
    if ((at(0) & 15U) == 1) take_message(client, data.substr(used + head, size), now);
    used += head + size;
  }
  return used;
}

void Receiver::take_message(Client& client, std::string_view text, std::int64_t now) {
  if (text.size() != kMessageBytes) {
    ++received_.gaps;
    return;
  }
  const auto sequence = static_cast<std::uint32_t>(read_hex(text.data(), 8));
  const auto due_ns = static_cast<std::int64_t>(read_hex(text.data() + 8, 16));
  if (due_ns < from_ns_) return;  // left over from before begin()
  if (client.begun && sequence != client.next_sequence) ++received_.gaps;
  client.begun = true;
  client.next_sequence = sequence + 1;
  const auto bucket = static_cast<std::size_t>(std::max<std::int64_t>(now - due_ns, 0) / kBucketNs);
  ++latencies_[std::min(bucket, kBuckets - 1)];
  ++received_.deliveries;
  received_.last_ns = now;
}

double Receiver::quantile_ms(double q) const {
  const auto rank = static_cast<std::uint64_t>(q * static_cast<double>(received_.deliveries));
  std::uint64_t before = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    before += latencies_[i];
    if (before > rank) return static_cast<double>(i + 1) * static_cast<double>(kBucketNs) / 1e6;
  }
  return 0;
}

Result<Answer> read_answer(int control) {
  Answer answer;
  if (recv(control, &answer, sizeof answer, 0) != static_cast<ssize_t>(sizeof answer)) {
    return fail(Code::Unavailable, "wait for the clients' process: it ended; run again");
  }
  if (answer.ok == 0) {
    return fail(Code::Io, std::string("open the clients' connections: ") + answer.why.data() +
                              "; use fewer --clients or raise the limit of open files");
  }
  return answer;
}

Result<void> tell(int control, const Order& order) {
  const ssize_t sent = send(control, &order, sizeof order, MSG_NOSIGNAL);
  if (sent == static_cast<ssize_t>(sizeof order)) return {};
  return fail(Code::Unavailable, "tell the clients' process: it ended; run again");
}

Result<Answer> ask(int control, const Order& order) {
  VT_TRY_VOID(tell(control, order));
  return read_answer(control);
}

}  // namespace

std::string message_text(std::uint32_t sequence, std::int64_t due_ns) {
  std::string text;
  text.reserve(kMessageBytes);
  put_hex(text, sequence, 8);
  put_hex(text, static_cast<std::uint64_t>(due_ns), 16);
  text.resize(kMessageBytes, '.');
  return text;
}

std::int64_t now_ns() { return real_env().clock.monotonic_nanos(); }

double own_cpu_s() {
  rusage use{};
  getrusage(RUSAGE_SELF, &use);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(use.ru_utime) + seconds(use.ru_stime);
}

Result<Clients> Clients::start() {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return fail(Code::Io, std::string("make a pair of sockets: ") + std::strerror(errno));
  }
  std::fflush(stdout);
  const pid_t process = fork();
  if (process < 0) return fail(Code::Io, std::string("fork the clients: ") + std::strerror(errno));
  if (process == 0) {
    ::close(ends[0]);
    Receiver(ends[1]).run();
    _exit(0);
  }
  ::close(ends[1]);
  return Clients(ends[0], process);
}

Clients::Clients(Clients&& other) noexcept
    : control_(std::exchange(other.control_, -1)), process_(std::exchange(other.process_, -1)) {}

Clients::~Clients() {
  if (control_ < 0) return;
  ::close(control_);  // its end: the process ends by itself
  waitpid(process_, nullptr, 0);
}

Result<void> Clients::open(Wire wire, std::uint16_t port, std::uint32_t count) {
  return tell(control_, {.what = What::Open, .wire = wire, .port = port, .count = count});
}

Result<void> Clients::opened() {
  VT_TRY([[maybe_unused]] const Answer answer, read_answer(control_));
  return {};
}

Result<void> Clients::close_all() {
  VT_TRY([[maybe_unused]] const Answer answer, ask(control_, {.what = What::CloseAll}));
  return {};
}

Result<void> Clients::begin(std::int64_t from_ns) {
  VT_TRY([[maybe_unused]] const Answer answer,
         ask(control_, {.what = What::Begin, .from_ns = from_ns}));
  return {};
}

Result<Received> Clients::received() {
  VT_TRY(const Answer answer, ask(control_, {.what = What::Tell}));
  return answer.received;
}

}  // namespace vitrine::fanout
