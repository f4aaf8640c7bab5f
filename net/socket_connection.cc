// A connection's socket: reading, writing, interest, timers, and its end. What is said on it, in
// HTTP or WebSocket, is in socket_protocols.cc.
#include "net/socket_connection.h"

#include <cstring>

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace vitrine::net {
namespace {

constexpr int kFarewellMs = 2'000;        // how long the other side may take to close
constexpr int kReadsPerVisit = 4;         // then others have their turn
constexpr ByteCount kPipelinedBytes = 64U << 10U;

}  // namespace

SocketConnection::SocketConnection(ConnectionHost& host, int fd, std::uint64_t id,
                                   std::string peer, std::unique_ptr<TlsSession> tls)
    : host_(host), fd_(fd), id_(id), peer_(std::move(peer)), tls_(std::move(tls)),
      phase_since_ms_(now()), last_read_ms_(now()), last_write_ms_(now()) {
  if (tls_) phase_ = Phase::Handshake;
}

SocketConnection::~SocketConnection() {
  if (phase_ != Phase::Dead) ::close(fd_);
}

bool SocketConnection::start() {
  interest_ = EPOLLIN | EPOLLRDHUP;
  return host_.loop().watch(fd_, interest_, *this);
}

void SocketConnection::on_events(std::uint32_t events) {
  if (phase_ == Phase::Dead) return;
  if ((events & EPOLLERR) != 0 || ((events & EPOLLHUP) != 0 && (events & EPOLLIN) == 0)) {
    return teardown();
  }
  if (phase_ == Phase::Handshake) return on_handshake();
  if ((events & EPOLLOUT) != 0) {
    write_blocked_ = tls_wants_write_ = false;
    if (flush()) host_.flush_later(*this, true);
  }
  if (phase_ != Phase::Dead && (events & (EPOLLIN | EPOLLRDHUP)) != 0) on_readable();
  if (phase_ != Phase::Dead) update_interest();
}

void SocketConnection::on_handshake() {
  const IoResult result = tls_->handshake();
  if (result.status == IoStatus::Eof || result.status == IoStatus::Failed) return teardown();
  tls_wants_write_ = result.status == IoStatus::WantWrite;
  if (result.status == IoStatus::Done) {
    phase_ = Phase::Http;
    phase_since_ms_ = last_read_ms_ = now();
    on_readable();
  }
  if (phase_ != Phase::Dead) update_interest();
}

void SocketConnection::on_readable() {
  std::string& buffer = host_.read_buffer();
  for (int i = 0; i < kReadsPerVisit || (tls_ && tls_->has_pending()); ++i) {
    if (input_.size() > host_.limits().head_bytes_max + kPipelinedBytes) return;
    const IoResult result = tls_ ? tls_->read(buffer.data(), buffer.size())
                                 : plain_read(fd_, buffer.data(), buffer.size());
    if (result.status == IoStatus::WantRead) return;
    if (result.status == IoStatus::WantWrite) {
      tls_wants_write_ = true;
      return;
    }
    if (result.status == IoStatus::Eof) return on_end_of_input();
    if (result.status == IoStatus::Failed) return teardown();
    last_read_ms_ = now();
    take_input({buffer.data(), result.bytes});
    if (phase_ == Phase::Dead) return;
    if (!tls_ && result.bytes < buffer.size()) return;
  }
}

void SocketConnection::on_end_of_input() {
  input_ended_ = true;
  // A client may shut its sending side and still want the answer it asked for.
  const bool owes_answer = phase_ == Phase::Http && (in_flight_ || !queue_.empty());
  const bool says_farewell = phase_ == Phase::Farewell && !shut_;
  if (!owes_answer && !says_farewell) return teardown();
  keep_alive_ = false;
  if (phase_ == Phase::Http && !in_flight_) begin_farewell();
}

bool SocketConnection::send(const Frame& frame) {
  if ((phase_ != Phase::WebSocket && phase_ != Phase::Stream) || close_sent_) return false;
  if (queue_.bytes() + frame->size() > host_.limits().queue_bytes_max) {
    was_full_ = true;
    return false;
  }
  if (queue_.empty()) last_write_ms_ = now();
  queue_.push(frame);
  if (!write_blocked_) host_.flush_later(*this, false);
  return true;
}

void SocketConnection::queue_text(std::string text) {
  if (queue_.empty()) last_write_ms_ = now();
  queue_.push(std::make_shared<const std::string>(std::move(text)));
  if (!write_blocked_) host_.flush_later(*this, true);
}

bool SocketConnection::flush() {
  if (phase_ == Phase::Dead || phase_ == Phase::Handshake || write_blocked_) return false;
  if (!queue_.empty()) {
    host_.writes_total().add();
    const IoResult result = queue_.write(fd_, tls_.get(), host_.write_buffer());
    if (result.status == IoStatus::Failed || result.status == IoStatus::Eof) {
      teardown();
      return false;
    }
    if (result.bytes > 0) last_write_ms_ = now();
    write_blocked_ = result.status == IoStatus::WantWrite;
    if (!queue_.empty()) {
      update_interest();
      return !write_blocked_ && result.status == IoStatus::Done;
    }
    write_blocked_ = false;
    if (was_full_ && events_) {
      was_full_ = false;
      const auto events = events_;
      events->on_drained(*this);
    }
  }
  if (phase_ == Phase::Farewell && queue_.empty() && !shut_) {
    shut_ = true;
    phase_since_ms_ = now();
    if (tls_) tls_->shutdown();
    ::shutdown(fd_, SHUT_WR);
    if (input_ended_) {
      teardown();
      return false;
    }
  }
  if (phase_ == Phase::Http && !in_flight_ && !input_.empty()) {
    process_http();
    // What was decrypted while we were not reading makes no event.
    if (tls_ && tls_->has_pending()) on_readable();
  }
  if (phase_ != Phase::Dead) update_interest();
  return phase_ != Phase::Dead && !queue_.empty() && !write_blocked_;
}

void SocketConnection::update_interest() {
  std::uint32_t wanted = 0;
  const bool roomy = input_.size() <= host_.limits().head_bytes_max + kPipelinedBytes;
  if (!input_ended_ && roomy) wanted |= EPOLLIN | EPOLLRDHUP;
  if (write_blocked_ || tls_wants_write_) wanted |= EPOLLOUT;
  if (wanted == interest_) return;
  interest_ = wanted;
  host_.loop().change(fd_, wanted, *this);
}

void SocketConnection::begin_farewell() {
  if (phase_ == Phase::Farewell || phase_ == Phase::Dead) return;
  phase_ = Phase::Farewell;
  phase_since_ms_ = now();
  input_ = {};
  parser_.reset();
  host_.flush_later(*this, true);
}

void SocketConnection::notify_closed() {
  if (!events_) return;
  const auto events = std::exchange(events_, nullptr);
  events->on_closed(*this);
}

void SocketConnection::teardown() {
  if (phase_ == Phase::Dead) return;
  const auto self = shared_from_this();
  phase_ = Phase::Dead;
  host_.loop().unwatch(fd_);
  ::close(fd_);
  queue_.clear();
  notify_closed();
  host_.bury(*this);
}

void SocketConnection::goodbye() {
  if (phase_ == Phase::WebSocket) close(1012, "the server restarts");
  if (phase_ == Phase::WebSocket || phase_ == Phase::Farewell) {
    while (flush()) {
    }
  }
  if (phase_ == Phase::Dead) return;
  if (tls_ && !shut_) tls_->shutdown();
  ::shutdown(fd_, SHUT_WR);
  teardown();
}

void SocketConnection::sweep() {
  const std::int64_t time = now();
  const Limits& limits = host_.limits();
  if (!queue_.empty() && time - last_write_ms_ > limits.idle_ms_max) return teardown();
  switch (phase_) {
    case Phase::Handshake:
      if (time - phase_since_ms_ > limits.request_ms_max) teardown();
      return;
    case Phase::Http: return sweep_http(time);
    case Phase::WebSocket: return sweep_websocket(time);
    case Phase::Farewell:
      if (shut_ && time - phase_since_ms_ > kFarewellMs) teardown();
      return;
    case Phase::Stream:
    case Phase::Dead: return;
  }
}

void SocketConnection::sweep_http(std::int64_t time) {
  const Limits& limits = host_.limits();
  if (in_flight_ || !queue_.empty()) return;  // the handler's time, or covered by last_write_ms_
  if (parser_) {
    if (time - phase_since_ms_ > limits.request_ms_max) {
      refuse({408, "request-timeout", "The request did not arrive in time."});
    }
    return;
  }
  const int allowed_ms = requests_ == 0 ? limits.request_ms_max : limits.idle_ms_max;
  if (time - std::max(last_read_ms_, last_write_ms_) > allowed_ms) teardown();
}

void SocketConnection::sweep_websocket(std::int64_t time) {
  const Limits& limits = host_.limits();
  if (close_sent_) {
    if (time - phase_since_ms_ > kFarewellMs) teardown();
    return;
  }
  if (time - last_read_ms_ > limits.idle_ms_max) {
    close(1001, "no answer to pings");
    return;
  }
  if (time - std::max(last_read_ms_, last_ping_ms_) > limits.idle_ms_max / 3) {
    last_ping_ms_ = time;
    queue_text(ws_frame(WsOpcode::Ping, {}));
  }
}

}  // namespace vitrine::net
