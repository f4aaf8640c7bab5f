#pragma once
// A TCP proxy between Kafka clients and a broker, for tests of connections that break: each one is
// cut, silenced in one or both directions (half open: nobody hears of it), or delayed.
//
// It reads which kinds of requests a connection carries, so that a test can break the way to the
// group's coordinator only, or cut exactly when a commit's last request has come by.
// Threads: its own; the rest is for the test's.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <deque>
#include <list>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace vitrine::kafka_test {

// Kafka's numbers of the requests that tests ask for.
enum class Api : std::int16_t {
  Any = -1,
  Produce = 0,
  Fetch = 1,
  Heartbeat = 12,
  EndTxn = 26,
  TxnOffsetCommit = 28,
};

class Proxy {
 public:
  enum class Fault {
    None,
    Cut,      // connections are reset; new ones, too
    Silence,  // both directions stand still, and nobody is told
  };

  Proxy(std::uint16_t listen, std::uint16_t forward) : forward_(forward) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int yes = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    const sockaddr_in at = address(listen);
    good_ = bind(listener_, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0 &&
            ::listen(listener_, 64) == 0;
    thread_ = std::thread([this] { run(); });
  }
  ~Proxy() {
    stopping_ = true;
    thread_.join();
    close(listener_);
    for (Pair& pair : pairs_) shut(pair);
  }
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  bool good() const { return good_; }
  // From now on, for connections that have carried such requests; Any: for all.
  void set(Fault fault, Api of = Api::Any) {
    const std::lock_guard lock(mutex_);
    fault_ = fault;
    of_ = of;
  }
  void heal() {
    set(Fault::None);
    const std::lock_guard lock(mutex_);
    for (Pair& pair : pairs_) pair.held = false;
  }
  // Whatever is silent stays so for ever, while new connections are well: half open.
  void heal_new_ones() {
    const std::lock_guard lock(mutex_);
    for (Pair& pair : pairs_) pair.dead = true;
    fault_ = Fault::None;
  }
  void delay(std::chrono::milliseconds by) { delay_millis_ = by.count(); }
  enum class Lose { Request, Answer, Everything, Nothing };
  // At the next request of that kind: its connection is cut before it, or before its answer, or
  // (Everything) all are from there on; or (Nothing) it is held back until heal().
  void wait_for(Api api, Lose lose) {
    const std::lock_guard lock(mutex_);
    waits_for_ = api;
    lose_ = lose;
  }
  bool has_come() const {
    const std::lock_guard lock(mutex_);
    return waits_for_ == Api::Any;
  }
  int connections() const {
    const std::lock_guard lock(mutex_);
    return static_cast<int>(pairs_.size());
  }

 private:
  using Clock = std::chrono::steady_clock;
  struct Piece {
    Clock::time_point due;
    std::string bytes;
  };
  struct Way {
    std::deque<Piece> pieces;
    bool ended = false;
  };
  struct Pair {
    int client = -1, broker = -1;
    Way there, back;
    std::string frame;  // of the request that is coming by
    std::set<std::int16_t> carried;
    bool dead = false;      // silent for ever
    bool held = false;      // silent until heal()
    bool cut_next = false;  // at the next answer
    bool gone = false;
  };

  static sockaddr_in address(std::uint16_t port) {
    sockaddr_in out{};
    out.sin_family = AF_INET;
    out.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    out.sin_port = htons(port);
    return out;
  }
  // With a reset, as a cable that is pulled at a router looks.
  static void shut(Pair& pair) {
    const linger now{1, 0};
    for (int* one : {&pair.client, &pair.broker}) {
      if (*one < 0) continue;
      setsockopt(*one, SOL_SOCKET, SO_LINGER, &now, sizeof now);
      close(*one);
      *one = -1;
    }
    pair.gone = true;
  }

  bool struck(const Pair& pair) const {
    if (fault_ == Fault::None) return false;
    return of_ == Api::Any || pair.carried.contains(static_cast<std::int16_t>(of_));
  }

  void accept_one() {
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    Pair pair;
    pair.client = client;
    pair.broker = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in at = address(forward_);
    const bool cut = fault_ == Fault::Cut && of_ == Api::Any;
    if (cut || connect(pair.broker, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0)
      shut(pair);
    else
      pairs_.push_back(std::move(pair));
  }

  // Requests are a length and a body that begins with their number.
  void look_at(Pair& pair, std::string_view bytes) {
    pair.frame.append(bytes);
    constexpr std::size_t kHead = 6;
    while (pair.frame.size() >= kHead) {
      std::uint32_t length = 0;
      std::uint16_t api = 0;
      std::memcpy(&length, pair.frame.data(), sizeof length);
      std::memcpy(&api, pair.frame.data() + sizeof length, sizeof api);
      if (pair.frame.size() < sizeof length + ntohl(length)) return;
      pair.frame.erase(0, sizeof length + ntohl(length));
      const auto number = static_cast<std::int16_t>(ntohs(api));
      pair.carried.insert(number);
      if (waits_for_ == Api::Any || number != static_cast<std::int16_t>(waits_for_)) continue;
      waits_for_ = Api::Any;
      pair.held = lose_ == Lose::Nothing;
      pair.cut_next = lose_ == Lose::Answer || lose_ == Lose::Everything;
      if (lose_ == Lose::Request) return shut(pair);
    }
  }

  void take(Pair& pair, int from, Way& way, bool request) {
    char buffer[65'536];
    const ssize_t got = recv(from, buffer, sizeof buffer, MSG_DONTWAIT);
    if (got < 0) return;
    if (got == 0) return shut(pair);
    const std::string_view bytes(buffer, static_cast<std::size_t>(got));
    if (request) look_at(pair, bytes);
    if (!request && pair.cut_next) {
      shut(pair);
      if (lose_ == Lose::Everything) fault_ = Fault::Cut, of_ = Api::Any;
    }
    if (pair.gone) return;
    const auto due = Clock::now() + std::chrono::milliseconds{delay_millis_.load()};
    way.pieces.push_back({due, std::string(bytes)});
  }

  void give(Pair& pair, int to, Way& way) {
    while (!pair.gone && !way.pieces.empty() && way.pieces.front().due <= Clock::now()) {
      std::string& bytes = way.pieces.front().bytes;
      const ssize_t put = send(to, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (put < 0) return;
      bytes.erase(0, static_cast<std::size_t>(put));
      if (bytes.empty()) way.pieces.pop_front();
    }
  }

  void turn() {
    const std::lock_guard lock(mutex_);
    pollfd knocks{listener_, POLLIN, 0};
    if (poll(&knocks, 1, 0) > 0) accept_one();
    for (Pair& pair : pairs_) {
      if (struck(pair) && fault_ == Fault::Cut) shut(pair);
      if (pair.gone || pair.dead || pair.held || struck(pair)) continue;
      take(pair, pair.client, pair.there, true);
      if (!pair.gone && !pair.held) give(pair, pair.broker, pair.there);
      if (!pair.gone) take(pair, pair.broker, pair.back, false);
      if (!pair.gone) give(pair, pair.client, pair.back);
    }
    pairs_.remove_if([](const Pair& pair) { return pair.gone; });
  }

  void run() {
    while (!stopping_) {
      turn();
      wait();
    }
  }

  // Until somebody speaks, or a millisecond: faults and delays have their own times.
  void wait() {
    std::vector<pollfd> all{{listener_, POLLIN, 0}};
    {
      const std::lock_guard lock(mutex_);
      for (const Pair& pair : pairs_) {
        if (pair.dead || pair.held || struck(pair)) continue;
        all.push_back({pair.client, POLLIN, 0});
        all.push_back({pair.broker, POLLIN, 0});
      }
    }
    poll(all.data(), all.size(), 1);
  }

  const std::uint16_t forward_;
  int listener_ = -1;
  bool good_ = false;
  std::atomic<bool> stopping_{false};
  std::atomic<std::int64_t> delay_millis_{0};
  mutable std::mutex mutex_;  // guards the rest
  Fault fault_ = Fault::None;
  Api of_ = Api::Any;
  Api waits_for_ = Api::Any;
  Lose lose_ = Lose::Request;
  std::list<Pair> pairs_;
  std::thread thread_;
};

}  // namespace vitrine::kafka_test
