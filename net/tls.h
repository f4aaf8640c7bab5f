#pragma once
// TLS on a non-blocking socket, and a self-signed certificate to try it with.
#include <memory>
#include <string>
#include <string_view>

#include "net/server.h"

namespace vitrine::net {

// Writes key.pem (mode 0600) and certificate.pem for localhost, 127.0.0.1 and ::1 into `folder`,
// which must exist; keeps what is already there. For trying things out: no browser trusts it
// unasked.
Result<TlsFiles> self_signed(const std::string& folder);

enum class IoStatus { Done, WantRead, WantWrite, Eof, Failed };
struct IoResult {
  IoStatus status = IoStatus::Done;
  std::size_t bytes = 0;
};

// One connection's TLS. The socket stays the caller's. Threads: one at a time.
class TlsSession {
 public:
  virtual ~TlsSession() = default;
  virtual IoResult handshake() = 0;  // Done, or what to wait for
  virtual IoResult read(char* buffer, std::size_t size) = 0;
  virtual IoResult write(
      std::string_view data) = 0;        // after WantWrite: call again with the same start
  virtual bool has_pending() const = 0;  // decrypted bytes that epoll cannot see
  virtual void shutdown() = 0;           // sends close_notify, does not wait
};

class TlsContext {
 public:
  static Result<std::shared_ptr<TlsContext>> server(const TlsFiles& files);
  // Trusts the certificates in `trusted_pem` only; empty trusts the system's.
  static Result<std::shared_ptr<TlsContext>> client(const std::string& trusted_pem);
  virtual ~TlsContext() = default;
  virtual std::unique_ptr<TlsSession> accept(int fd) = 0;
  virtual std::unique_ptr<TlsSession> connect(int fd, const std::string& host) = 0;
};

// The same operations on a plain non-blocking socket.
IoResult plain_read(int fd, char* buffer, std::size_t size);
IoResult plain_write(int fd, std::string_view data);

}  // namespace vitrine::net
