#include "net/http_client.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "net/text.h"
#include "net/ws_frame.h"

namespace vitrine::net {
namespace {

constexpr std::size_t kReadBytes = 64U << 10U;

std::int64_t clock_ms() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

std::string name_of(const Endpoint& endpoint) {
  return endpoint.host + ":" + std::to_string(endpoint.port);
}

Result<int> connect_fd(const Endpoint& endpoint) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const std::string service = std::to_string(endpoint.port);
  if (const int error = getaddrinfo(endpoint.host.c_str(), service.c_str(), &hints, &found)) {
    return fail(Code::Unavailable, "resolve " + endpoint.host + ": " + gai_strerror(error));
  }
  int fd = -1;
  int error = 0;
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    fd = socket(at->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) continue;
    error = connect(fd, at->ai_addr, at->ai_addrlen) == 0 ? 0 : errno;
    if (error == EINPROGRESS) {
      pollfd waiting{fd, POLLOUT, 0};
      socklen_t size = sizeof error;
      if (poll(&waiting, 1, endpoint.timeout_ms) <= 0) error = ETIMEDOUT;
      else getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    }
    if (error == 0) break;
    ::close(fd);
    fd = -1;
  }
  freeaddrinfo(found);
  if (fd < 0) {
    return fail(Code::Unavailable, "connect to " + name_of(endpoint) + ": " +
                                       std::strerror(error) + "; is the server up?");
  }
  const int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return fd;
}

Result<HttpResponse> parse_response_head(std::string_view head) {
  HttpResponse response;
  const std::size_t line_end = head.find("\r\n");
  const std::string_view line = head.substr(0, line_end);
  if (!line.starts_with("HTTP/1.") || line.size() < 12 ||
      std::from_chars(line.data() + 9, line.data() + 12, response.status).ec != std::errc{}) {
    return fail(Code::Corrupt, "read a response: it does not begin with an HTTP/1.x status line");
  }
  head.remove_prefix(line_end + 2);
  while (!head.empty()) {
    const std::size_t end = std::min(head.find("\r\n"), head.size());
    const std::string_view field = head.substr(0, end);
    head.remove_prefix(std::min(end + 2, head.size()));
    const std::size_t colon = field.find(':');
    if (colon == std::string_view::npos) continue;
    response.headers.push_back(
        {std::string(field.substr(0, colon)), std::string(trim(field.substr(colon + 1)))});
  }
  return response;
}

// Makes at least `size` bytes of input there.
Result<void> need(ClientSocket& socket, std::string& input, std::size_t size, int timeout_ms) {
  if (size > kClientBytesMax) return fail(Code::OutOfRange, "read a response: it is too large");
  while (input.size() < size) VT_TRY_VOID(socket.read(input, timeout_ms));
  return {};
}

Result<std::size_t> need_line(ClientSocket& socket, std::string& input, int timeout_ms) {
  std::size_t end = 0;
  while ((end = input.find("\r\n")) == std::string::npos) {
    VT_TRY_VOID(need(socket, input, input.size() + 1, timeout_ms));
  }
  return end;
}

Result<std::string> read_chunks(ClientSocket& socket, std::string& input, int timeout_ms) {
  std::string body;
  for (;;) {
    VT_TRY(const std::size_t end, need_line(socket, input, timeout_ms));
    std::size_t size = 0;
    if (std::from_chars(input.data(), input.data() + end, size, 16).ec != std::errc{}) {
      return fail(Code::Corrupt, "read a chunked response: a chunk has no size");
    }
    VT_TRY_VOID(need(socket, input, end + 2 + size + 2, timeout_ms));
    body.append(input, end + 2, size);
    input.erase(0, end + 2 + size + 2);  // trailers are not expected from servers we talk to
    if (size == 0) return body;
    if (body.size() > kClientBytesMax) return fail(Code::OutOfRange, "read a response: too large");
  }
}

bool idempotent(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "PUT" || method == "DELETE" ||
         method == "OPTIONS";
}

std::string request_head(std::string_view method, std::string_view target,
                         const Endpoint& endpoint, const std::vector<Header>& headers) {
  std::string out;
  out.append(method).append(" ").append(target).append(" HTTP/1.1\r\nHost: ");
  out.append(name_of(endpoint)).append("\r\n");
  for (const Header& header : headers) {
    out.append(header.name).append(": ").append(header.value).append("\r\n");
  }
  return out;
}

}  // namespace

std::string_view HttpResponse::header(std::string_view name) const {
  for (const Header& candidate : headers) {
    if (same_text(candidate.name, name)) return candidate.value;
  }
  return {};
}

ClientSocket::ClientSocket(int fd, std::shared_ptr<TlsContext> context,
                           std::unique_ptr<TlsSession> tls)
    : fd_(fd), context_(std::move(context)), tls_(std::move(tls)) {}

ClientSocket::~ClientSocket() {
  if (tls_) tls_->shutdown();
  ::close(fd_);
}

Result<std::unique_ptr<ClientSocket>> ClientSocket::connect(const Endpoint& endpoint) {
  std::shared_ptr<TlsContext> context;
  if (endpoint.tls) {
    VT_TRY(context, TlsContext::client(endpoint.trusted_pem));
  }
  VT_TRY(const int fd, connect_fd(endpoint));
  std::unique_ptr<TlsSession> tls = context ? context->connect(fd, endpoint.host) : nullptr;
  std::unique_ptr<ClientSocket> socket(
      new ClientSocket(fd, std::move(context), std::move(tls)));
  if (!socket->tls_) return socket;
  const std::int64_t deadline = clock_ms() + endpoint.timeout_ms;
  for (;;) {
    const IoResult result = socket->tls_->handshake();
    if (result.status == IoStatus::Done) return socket;
    if (result.status == IoStatus::Failed || result.status == IoStatus::Eof) {
      return fail(Code::Unavailable, "TLS handshake with " + name_of(endpoint) +
                                         ": refused; is its certificate trusted here?");
    }
    VT_TRY_VOID(socket->wait(result.status == IoStatus::WantWrite, deadline));
  }
}

Result<void> ClientSocket::wait(bool for_write, std::int64_t deadline_ms) {
  pollfd waiting{fd_, static_cast<short>(for_write ? POLLOUT : POLLIN), 0};
  const auto left = std::max<std::int64_t>(0, deadline_ms - clock_ms());
  const int ready = poll(&waiting, 1, static_cast<int>(left));
  if (ready == 0) return fail(Code::Overloaded, "wait for the server: nothing came in time");
  return {};
}

Result<void> ClientSocket::write(std::string_view data, int timeout_ms) {
  const std::int64_t deadline = clock_ms() + timeout_ms;
  while (!data.empty()) {
    const IoResult result = tls_ ? tls_->write(data) : plain_write(fd_, data);
    if (result.status == IoStatus::Done) {
      data.remove_prefix(result.bytes);
    } else if (result.status == IoStatus::Failed || result.status == IoStatus::Eof) {
      return fail(Code::Unavailable, "write to the server: it closed the connection");
    } else {
      VT_TRY_VOID(wait(result.status == IoStatus::WantWrite, deadline));
    }
  }
  return {};
}

Result<void> ClientSocket::read(std::string& out, int timeout_ms) {
  const std::int64_t deadline = clock_ms() + timeout_ms;
  const std::size_t before = out.size();
  for (;;) {
    out.resize(before + kReadBytes);
    const IoResult result = tls_ ? tls_->read(out.data() + before, kReadBytes)
                                 : plain_read(fd_, out.data() + before, kReadBytes);
    out.resize(before + (result.status == IoStatus::Done ? result.bytes : 0));
    if (result.status == IoStatus::Done) return {};
    if (result.status == IoStatus::Eof || result.status == IoStatus::Failed) {
      return fail(Code::Unavailable, "read from the server: it closed the connection");
    }
    VT_TRY_VOID(wait(result.status == IoStatus::WantWrite, deadline));
  }
}

Result<HttpResponse> read_response(ClientSocket& socket, std::string& input, bool head_only,
                                   int timeout_ms) {
  for (;;) {
    std::size_t end = 0;
    while ((end = input.find("\r\n\r\n")) == std::string::npos) {
      VT_TRY_VOID(need(socket, input, input.size() + 1, timeout_ms));
    }
    VT_TRY(HttpResponse response, parse_response_head(std::string_view(input).substr(0, end + 2)));
    input.erase(0, end + 4);
    if (response.status == 100) continue;
    if (head_only || response.status < 200 || response.status == 204 || response.status == 304) {
      return response;
    }
    const std::string_view length = response.header("content-length");
    if (has_token(response.header("transfer-encoding"), "chunked")) {
      VT_TRY(response.body, read_chunks(socket, input, timeout_ms));
    } else if (!length.empty()) {
      std::size_t size = 0;
      std::from_chars(length.data(), length.data() + length.size(), size);
      VT_TRY_VOID(need(socket, input, size, timeout_ms));
      response.body = input.substr(0, size);
      input.erase(0, size);
    } else {
      while (input.size() < kClientBytesMax) {
        if (auto more = socket.read(input, timeout_ms); !more) {
          if (more.error().code != Code::Unavailable) return tl::unexpected(more.error());
          break;
        }
      }
      response.body = std::exchange(input, {});
    }
    return response;
  }
}

Result<HttpResponse> HttpClient::exchange(const std::string& message, bool head_only) {
  VT_TRY_VOID(socket_->write(message, endpoint_.timeout_ms));
  return read_response(*socket_, input_, head_only, endpoint_.timeout_ms);
}

Result<HttpResponse> HttpClient::request(std::string_view method, std::string_view target,
                                         const std::vector<Header>& headers,
                                         std::string_view body) {
  std::string message = request_head(method, target, endpoint_, headers);
  if (!body.empty() || method == "POST" || method == "PUT" || method == "PATCH") {
    message.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
  }
  message.append("\r\n").append(body);
  bool reused = socket_ != nullptr;
  for (;;) {
    if (!socket_) {
      input_.clear();
      VT_TRY(socket_, ClientSocket::connect(endpoint_));
    }
    auto response = exchange(message, method == "HEAD");
    if (!response || has_token(response->header("connection"), "close")) socket_.reset();
    const bool went_away = !response && response.error().code == Code::Unavailable;
    if (!went_away || !reused || !input_.empty() || !idempotent(method)) return response;
    reused = false;
  }
}

Result<WsClient> WsClient::connect(const Endpoint& endpoint, std::string_view target,
                                   std::string_view subprotocols,
                                   const std::vector<Header>& headers) {
  unsigned char random[16];
  if (getrandom(random, sizeof random, 0) != sizeof random) {
    return fail(Code::Io, "make a WebSocket key: the system gave no random bytes");
  }
  char key[32];
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(key), random, sizeof random);
  std::string head = request_head("GET", target, endpoint, headers);
  head.append("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n");
  head.append("Sec-WebSocket-Key: ").append(key).append("\r\n");
  if (!subprotocols.empty()) {
    head.append("Sec-WebSocket-Protocol: ").append(subprotocols).append("\r\n");
  }
  WsClient client;
  client.timeout_ms_ = endpoint.timeout_ms;
  VT_TRY(client.socket_, ClientSocket::connect(endpoint));
  VT_TRY_VOID(client.socket_->write(head.append("\r\n"), endpoint.timeout_ms));
  VT_TRY(const HttpResponse answer,
         read_response(*client.socket_, client.input_, false, endpoint.timeout_ms));
  if (answer.status != 101 || answer.header("sec-websocket-accept") != ws_accept_key(key)) {
    return fail(Code::Invalid, "open a WebSocket at " + std::string(target) +
                                   ": the server answered " + std::to_string(answer.status) + " " +
                                   answer.body.substr(0, 200));
  }
  client.subprotocol_ = answer.header("sec-websocket-protocol");
  return client;
}

Result<void> WsClient::send_frame(WsOpcode opcode, std::string_view payload) {
  std::uint32_t mask = 0;
  if (getrandom(&mask, sizeof mask, 0) != sizeof mask) {
    return fail(Code::Io, "mask a WebSocket frame: the system gave no random bytes");
  }
  return socket_->write(ws_masked_frame(opcode, payload, mask), timeout_ms_);
}

Result<void> WsClient::send(std::string_view text) {
  return send_frame(WsOpcode::Text, text);
}

Result<std::string> WsClient::receive(int timeout_ms) {
  const auto closed = [this] {
    return fail(Code::Unavailable,
                "receive from a WebSocket: closed with " + std::to_string(close_code_));
  };
  const std::int64_t deadline = clock_ms() + timeout_ms;
  while (close_code_ == 0) {
    const auto left = static_cast<int>(std::max<std::int64_t>(0, deadline - clock_ms()));
    const auto byte = [this](std::size_t i) { return static_cast<unsigned char>(input_[i]); };
    const auto more = [&](std::size_t size) -> Result<void> {
      auto got = need(*socket_, input_, size, left);
      if (!got && got.error().code == Code::Unavailable) close_code_ = 1006;
      return got;
    };
    VT_TRY_VOID(more(2));
    std::size_t head = 2;
    std::size_t size = byte(1) & 0x7fU;
    if (size >= 126) {
      const std::size_t width = size == 126 ? 2 : 8;
      VT_TRY_VOID(more(2 + width));
      size = 0;
      for (std::size_t i = 0; i < width; ++i) size = size << 8U | byte(2 + i);
      head += width;
    }
    if (size > kClientBytesMax) return fail(Code::OutOfRange, "receive a message: too large");
    VT_TRY_VOID(more(head + size));
    const bool final = (byte(0) & 0x80U) != 0;
    const auto opcode = static_cast<WsOpcode>(byte(0) & 0x0fU);
    const std::string payload = input_.substr(head, size);
    input_.erase(0, head + size);
    if (opcode == WsOpcode::Ping) {
      VT_TRY_VOID(send_frame(WsOpcode::Pong, payload));
    } else if (opcode == WsOpcode::Close) {
      const auto at = [&](std::size_t i) { return static_cast<unsigned char>(payload[i]); };
      close_code_ = static_cast<std::uint16_t>(payload.size() < 2 ? 1005 : at(0) << 8U | at(1));
      // The reply is a courtesy: the server may be gone already.
      (void)send_frame(WsOpcode::Close, payload.substr(0, 2));
    } else if (opcode == WsOpcode::Text || opcode == WsOpcode::Continuation) {
      message_.append(payload);
      if (final) return std::exchange(message_, {});
    }
  }
  return closed();
}

Result<void> WsClient::close(std::uint16_t code, std::string_view reason) {
  VT_TRY_VOID(send_frame(WsOpcode::Close,
                         ws_close_payload(code, reason)));
  const std::int64_t deadline = clock_ms() + timeout_ms_;
  while (close_code_ == 0 && clock_ms() < deadline) {
    const auto left = static_cast<int>(std::max<std::int64_t>(0, deadline - clock_ms()));
    if (auto message = receive(left); !message && message.error().code == Code::Overloaded) {
      return tl::unexpected(message.error());
    }
  }
  return {};
}

}  // namespace vitrine::net
