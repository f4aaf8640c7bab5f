#include "net/tls.h"

#include <cerrno>
#include <cstring>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

namespace vitrine::net {
namespace {

std::string why() {
  const unsigned long error = ERR_get_error();
  ERR_clear_error();
  const char* text = error == 0 ? nullptr : ERR_reason_error_string(error);
  return text == nullptr ? "unknown reason" : text;
}

class OpenSslSession final : public TlsSession {
 public:
  explicit OpenSslSession(SSL* ssl) : ssl_(ssl) {}
  ~OpenSslSession() override { SSL_free(ssl_); }
  OpenSslSession(const OpenSslSession&) = delete;
  OpenSslSession& operator=(const OpenSslSession&) = delete;

  IoResult handshake() override {
    ERR_clear_error();
    return outcome(SSL_do_handshake(ssl_), 0);
  }
  IoResult read(char* buffer, std::size_t size) override {
    std::size_t n = 0;
    ERR_clear_error();
    const int returned = SSL_read_ex(ssl_, buffer, size, &n);
    return outcome(returned, n);
  }
  IoResult write(std::string_view data) override {
    std::size_t n = 0;
    ERR_clear_error();
    const int returned = SSL_write_ex(ssl_, data.data(), data.size(), &n);
    return outcome(returned, n);
  }
  bool has_pending() const override { return SSL_has_pending(ssl_) != 0; }
  void shutdown() override {
    ERR_clear_error();
    if (SSL_is_init_finished(ssl_)) SSL_shutdown(ssl_);
  }

 private:
  IoResult outcome(int returned, std::size_t bytes) {
    if (returned > 0) return {IoStatus::Done, bytes};
    switch (SSL_get_error(ssl_, returned)) {
      case SSL_ERROR_WANT_READ: return {IoStatus::WantRead, 0};
      case SSL_ERROR_WANT_WRITE: return {IoStatus::WantWrite, 0};
      case SSL_ERROR_ZERO_RETURN: return {IoStatus::Eof, 0};
      default: ERR_clear_error(); return {IoStatus::Failed, 0};
    }
  }
  SSL* ssl_;
};

int choose_http11(SSL* /*ssl*/, const unsigned char** out, unsigned char* out_size,
                  const unsigned char* in, unsigned int in_size, void* /*user*/) {
  static constexpr unsigned char kHttp11[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, kHttp11, sizeof kHttp11 - 1, in, in_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

class OpenSslContext final : public TlsContext {
 public:
  explicit OpenSslContext(SSL_CTX* context) : context_(context) {
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    // A retried write may come from another buffer with the same bytes; buffers of idle
    // connections are given back.
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  }
  ~OpenSslContext() override { SSL_CTX_free(context_); }
  OpenSslContext(const OpenSslContext&) = delete;
  OpenSslContext& operator=(const OpenSslContext&) = delete;

  std::unique_ptr<TlsSession> accept(int fd) override {
    SSL* ssl = make(fd);
    if (ssl == nullptr) return nullptr;
    SSL_set_accept_state(ssl);
    return std::make_unique<OpenSslSession>(ssl);
  }
  std::unique_ptr<TlsSession> connect(int fd, const std::string& host) override {
    SSL* ssl = make(fd);
    if (ssl == nullptr) return nullptr;
    SSL_set_connect_state(ssl);
    X509_VERIFY_PARAM* rules = SSL_get0_param(ssl);
    if (X509_VERIFY_PARAM_set1_ip_asc(rules, host.c_str()) != 1) {
      SSL_set1_host(ssl, host.c_str());
      SSL_set_tlsext_host_name(ssl, host.c_str());
    }
    return std::make_unique<OpenSslSession>(ssl);
  }

 private:
  SSL* make(int fd) {
    SSL* ssl = SSL_new(context_);
    if (ssl != nullptr && SSL_set_fd(ssl, fd) != 1) {
      SSL_free(ssl);
      return nullptr;
    }
    return ssl;
  }
  SSL_CTX* context_;
};

IoResult socket_outcome(ssize_t n) {
  if (n > 0) return {IoStatus::Done, static_cast<std::size_t>(n)};
  if (n == 0) return {IoStatus::Eof, 0};
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return {IoStatus::WantRead, 0};
  return {IoStatus::Failed, 0};
}

}  // namespace

Result<std::shared_ptr<TlsContext>> TlsContext::server(const TlsFiles& files) {
  SSL_CTX* raw = SSL_CTX_new(TLS_server_method());
  auto context = std::make_shared<OpenSslContext>(raw);
  if (SSL_CTX_use_certificate_chain_file(raw, files.certificate.c_str()) != 1) {
    return fail(Code::Invalid, "load the TLS certificate " + files.certificate + ": " + why() +
                                   "; give a PEM file with the chain");
  }
  if (SSL_CTX_use_PrivateKey_file(raw, files.key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(raw) != 1) {
    return fail(Code::Invalid, "load the TLS key " + files.key + ": " + why() +
                                   "; give the PEM key that belongs to the certificate");
  }
  SSL_CTX_set_alpn_select_cb(raw, choose_http11, nullptr);
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  return std::shared_ptr<TlsContext>(std::move(context));
}

Result<std::shared_ptr<TlsContext>> TlsContext::client(const std::string& trusted_pem) {
  SSL_CTX* raw = SSL_CTX_new(TLS_client_method());
  auto context = std::make_shared<OpenSslContext>(raw);
  SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nullptr);
  const int loaded = trusted_pem.empty()
                         ? SSL_CTX_set_default_verify_paths(raw)
                         : SSL_CTX_load_verify_locations(raw, trusted_pem.c_str(), nullptr);
  if (loaded != 1) {
    return fail(Code::Invalid, "load trusted certificates " + trusted_pem + ": " + why());
  }
  return std::shared_ptr<TlsContext>(std::move(context));
}

IoResult plain_read(int fd, char* buffer, std::size_t size) {
  return socket_outcome(recv(fd, buffer, size, 0));
}

IoResult plain_write(int fd, std::string_view data) {
  IoResult result = socket_outcome(send(fd, data.data(), data.size(), MSG_NOSIGNAL));
  if (result.status == IoStatus::WantRead) result.status = IoStatus::WantWrite;
  return result;
}

}  // namespace vitrine::net
