#include "streams/standby/channel.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "base/env.h"
#include "streams/standby/sockets.h"

namespace vitrine {

using standby_wire::Frame;

namespace {

constexpr const char* kIdentity = "vitrine-standby-1";

std::int64_t now_ms() { return real_env().clock.monotonic_nanos() / 1'000'000; }

std::string why_tls() {
  const unsigned long error = ERR_get_error();
  ERR_clear_error();
  const char* text = error == 0 ? nullptr : ERR_reason_error_string(error);
  return text == nullptr ? "the other side went away" : text;
}

const LinkKey* key_of(SSL* ssl) {
  return static_cast<const LinkKey*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
}

unsigned int give_key(SSL* ssl, const char* /*hint*/, char* identity, unsigned int identity_max,
                      unsigned char* out, unsigned int max) {
  const BytesView key = key_of(ssl)->bytes();
  if (identity_max < std::strlen(kIdentity) + 1 || max < key.size()) return 0;
  std::strcpy(identity, kIdentity);
  std::copy(key.begin(), key.end(), out);
  return static_cast<unsigned int>(key.size());
}

unsigned int know_key(SSL* ssl, const char* identity, unsigned char* out, unsigned int max) {
  const BytesView key = key_of(ssl)->bytes();
  if (identity == nullptr || std::strcmp(identity, kIdentity) != 0 || max < key.size()) return 0;
  std::copy(key.begin(), key.end(), out);
  return static_cast<unsigned int>(key.size());
}

// Like OpenSSL's own, but a peer that is gone is an error and no SIGPIPE, whatever the program says
// of that signal.
int socket_of(BIO* bio) {
  return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
}

int bio_done(BIO* bio, ssize_t done, void (*again)(BIO*)) {
  BIO_clear_retry_flags(bio);
  if (done < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) again(bio);
  return static_cast<int>(done);
}

int bio_write(BIO* bio, const char* data, int size) {
  const ssize_t done =
      ::send(socket_of(bio), data, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  return bio_done(bio, done, [](BIO* its) { BIO_set_retry_write(its); });
}

int bio_read(BIO* bio, char* data, int size) {
  const ssize_t done = ::recv(socket_of(bio), data, static_cast<std::size_t>(size), 0);
  return bio_done(bio, done, [](BIO* its) { BIO_set_retry_read(its); });
}

long bio_control(BIO* /*bio*/, int command, long /*number*/, void* /*pointer*/) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO* bio_over(int socket) {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* out = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "link");
    VT_CHECK(out != nullptr && BIO_meth_set_write(out, bio_write) == 1 &&
             BIO_meth_set_read(out, bio_read) == 1 && BIO_meth_set_ctrl(out, bio_control) == 1);
    return out;
  }();
  BIO* const bio = BIO_new(method);
  VT_CHECK(bio != nullptr);
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(socket)));
  BIO_set_init(bio, 1);
  return bio;
}

class TlsChannel final : public Channel {
 public:
  TlsChannel(int socket, Side side, const LinkKey& key, Duration patience)
      : socket_(socket), key_(key), patience_(patience) {
    context_ = SSL_CTX_new(TLS_method());
    VT_CHECK(context_ != nullptr);
    SSL_CTX_set_min_proto_version(context_, TLS1_3_VERSION);
    SSL_CTX_set_app_data(context_, &key_);
    SSL_CTX_set_psk_client_callback(context_, give_key);
    SSL_CTX_set_psk_server_callback(context_, know_key);
    SSL_CTX_set_num_tickets(context_, 0);  // every session begins with the key
    SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_options(context_, SSL_OP_IGNORE_UNEXPECTED_EOF);
    VT_CHECK(SSL_CTX_set_ciphersuites(
                 context_, "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256") == 1);
    ssl_ = SSL_new(context_);
    VT_CHECK(ssl_ != nullptr);
    BIO* const bio = bio_over(socket);
    SSL_set_bio(ssl_, bio, bio);
    side == Side::Client ? SSL_set_connect_state(ssl_) : SSL_set_accept_state(ssl_);
  }
  ~TlsChannel() override {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
    ::close(socket_);
  }

  Result<void> shake_hands() {
    const std::int64_t until = now_ms() + patience_.count();
    while (true) {
      ERR_clear_error();
      const int done = SSL_do_handshake(ssl_);
      if (done == 1) return {};
      VT_TRY(const bool ready, wait_for(done, until - now_ms(), nullptr));
      if (!ready) return fail(Code::Unavailable, "shake hands: the other side does not answer");
    }
  }

  Result<void> send(standby_wire::Kind kind, BytesView body) override {
    const Bytes frame = standby_wire::framed(kind, body);
    BytesView left = frame;
    std::int64_t until = now_ms() + patience_.count();
    while (!left.empty()) {
      std::size_t sent = 0;
      ERR_clear_error();
      const int done = SSL_write_ex(ssl_, left.data(), left.size(), &sent);
      if (done == 1) {
        left.remove_prefix(sent);
        until = now_ms() + patience_.count();
        continue;
      }
      VT_TRY(const bool ready, wait_for(done, until - now_ms(), nullptr));
      if (!ready) return fail(Code::Unavailable, "send: the other side takes nothing");
    }
    return {};
  }

  Result<std::optional<Frame>> receive(Duration wait, const Wake* wake) override {
    const std::int64_t until = now_ms() + wait.count();
    while (true) {
      VT_TRY(auto frame, reader_.next());
      if (frame) return frame;
      std::size_t got = 0;
      ERR_clear_error();
      const int done = SSL_read_ex(ssl_, buffer_.data(), buffer_.size(), &got);
      if (done == 1) {
        reader_.feed({buffer_.data(), got});
        continue;
      }
      VT_TRY(const bool ready, wait_for(done, until - now_ms(), wake));
      if (!ready) return std::optional<Frame>{};
    }
  }

  void cut() override { ::shutdown(socket_, SHUT_RDWR); }

 private:
  // False when the time is over, or `wake` was set.
  Result<bool> wait_for(int done, std::int64_t ms, const Wake* wake) {
    short events = 0;
    switch (SSL_get_error(ssl_, done)) {
      case SSL_ERROR_WANT_READ: events = POLLIN; break;
      case SSL_ERROR_WANT_WRITE: events = POLLOUT; break;
      default: return fail(Code::Unavailable, "the link ended: " + why_tls());
    }
    std::array<pollfd, 2> fds{pollfd{socket_, events, 0},
                              pollfd{wake == nullptr ? -1 : wake->fd(), POLLIN, 0}};
    const auto left = static_cast<int>(std::max<std::int64_t>(0, ms));
    const int ready = ::poll(fds.data(), fds.size(), left);
    if (ready < 0 && errno != EINTR) return fail(Code::Io, "wait for the link: poll failed");
    return ready > 0 && fds[0].revents != 0;
  }

  const int socket_;
  const LinkKey key_;
  const Duration patience_;
  SSL_CTX* context_ = nullptr;
  SSL* ssl_ = nullptr;
  std::array<char, 64U << 10U> buffer_{};
  standby_wire::FrameReader reader_;
};

}  // namespace

LinkKey::LinkKey(BytesView secret) {
  SHA256(reinterpret_cast<const unsigned char*>(secret.data()), secret.size(),
         reinterpret_cast<unsigned char*>(bytes_.data()));
}

Result<LinkKey> LinkKey::read(const std::string& path) {
  constexpr ByteCount kBytesMin = 16, kBytesMax = 4096;
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    return fail(Code::NotFound, "read the link's key " + path +
                                    ": there is no such file; make one on one side and copy it: "
                                    "(umask 077; head -c 32 /dev/urandom | base64 > FILE)");
  }
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return fail(Code::Conflict, "read the link's key " + path +
                                    ": others may read or change it; chmod 600 it, and make a new "
                                    "one if somebody may have seen it");
  }
  VT_TRY(const auto file, real_env().disk.open(path, OpenMode::ReadOnly));
  VT_TRY(Bytes secret, file->read_at(0, kBytesMax + 1));
  while (!secret.empty() && (secret.back() == '\n' || secret.back() == '\r')) secret.pop_back();
  if (secret.size() < kBytesMin || secret.size() > kBytesMax) {
    return fail(Code::Invalid, "read the link's key " + path + ": it has " +
                                   std::to_string(secret.size()) + " bytes, and needs 16 to 4096");
  }
  return LinkKey(secret);
}

Wake::Wake() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) { VT_CHECK(fd_ >= 0); }
Wake::~Wake() { ::close(fd_); }
void Wake::set() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto ignored = ::write(fd_, &one, sizeof one);  // full: it is set
}
void Wake::clear() const {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto ignored = ::read(fd_, &count, sizeof count);
}

Result<std::unique_ptr<Channel>> Channel::open(int socket, Side side, const LinkKey& key,
                                               Duration patience) {
  ::fcntl(socket, F_SETFL, ::fcntl(socket, F_GETFL) | O_NONBLOCK);
  auto channel = std::make_unique<TlsChannel>(socket, side, key, patience);
  VT_TRY_VOID(channel->shake_hands());
  return channel;
}

Result<std::unique_ptr<Channel>> Channel::connect(const std::string& host, std::uint16_t port,
                                                  const LinkKey& key, Duration patience) {
  VT_TRY(const int socket, connected_socket(host, port, patience));
  auto channel = open(socket, Side::Client, key, patience);
  if (channel) return channel;
  return fail(channel.error().code, "connect to " + host + ":" + std::to_string(port) + ": " +
                                        channel.error().message +
                                        "; is it a standby port, and the same key?");
}

}  // namespace vitrine
