#include "net/http_parser.h"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

namespace vitrine::net {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

constexpr ByteCount kMethodBytesMax = 32;
constexpr Refusal kBadRequest{};
constexpr Refusal kBadHost{400, "bad-request", "A request needs exactly one Host header."};
constexpr Refusal kBadTarget{400, "bad-request", "The request target is not a valid path."};
constexpr Refusal kBadFraming{400, "bad-request", "The length of the body is ambiguous."};
constexpr Refusal kUriTooLong{414, "uri-too-long", "The request target is too long."};
constexpr Refusal kHeadTooLarge{431, "headers-too-large", "The request's headers are too large."};
constexpr Refusal kTooLarge{413, "too-large", "The request's body is too large."};
constexpr Refusal kExpectation{417, "expectation-failed", "This expectation is not supported."};
constexpr Refusal kMethod{501, "not-implemented", "This method is not implemented."};
constexpr Refusal kCoding{501, "not-implemented", "This transfer coding is not implemented."};
constexpr Refusal kVersion{505, "http-version", "Only HTTP/1.0 and HTTP/1.1 are spoken here."};

std::string_view view_of(beast::string_view text) { return {text.data(), text.size()}; }

// "HTTP/2.0" is a version we do not speak; "HTTQ/1.1" is no version at all.
bool names_other_version(BytesView line) {
  const std::size_t space = line.rfind(' ');
  if (space == BytesView::npos) return false;
  BytesView version = line.substr(space + 1);
  if (!version.empty() && version.back() == '\r') version.remove_suffix(1);
  return version.size() == 8 && version.starts_with("HTTP/") && version[6] == '.' &&
         version[5] >= '0' && version[5] <= '9' && version[7] >= '0' && version[7] <= '9' &&
         version != "HTTP/1.0" && version != "HTTP/1.1";
}

Refusal refusal_of(const beast::error_code& error) {
  if (error == http::error::header_limit) return kHeadTooLarge;
  if (error == http::error::body_limit) return kTooLarge;
  if (error == http::error::bad_content_length || error == http::error::bad_transfer_encoding) {
    return kBadFraming;
  }
  return kBadRequest;
}

}  // namespace

struct HttpParser::Impl {
  http::request_parser<http::string_body> parser;
};

HttpParser::HttpParser(const Limits& limits) : limits_(limits), impl_(std::make_unique<Impl>()) {
  impl_->parser.header_limit(static_cast<std::uint32_t>(limits.head_bytes_max));
  impl_->parser.body_limit(limits.body_bytes_max);
  impl_->parser.eager(false);  // stop after the head: it is checked before trailers can join it
}

HttpParser::~HttpParser() = default;

void HttpParser::refuse(const Refusal& refusal) {
  refusal_ = refusal;
  state_ = State::Failed;
}

// Looks at the request line before the library does: it has no limit for a target, and one error
// for everything that is wrong with a version.
bool HttpParser::check_line(BytesView data) {
  const std::size_t end = data.find('\n');
  const BytesView line = data.substr(0, end);
  if (line.size() > limits_.uri_bytes_max + kMethodBytesMax) {
    const std::size_t space = line.find(' ');
    refuse(space == BytesView::npos || space > kMethodBytesMax ? kBadRequest : kUriTooLong);
    return false;
  }
  if (end == BytesView::npos) return true;
  line_checked_ = true;
  if (names_other_version(line)) refuse(kVersion);
  return !failed();
}

std::size_t HttpParser::feed(BytesView data) {
  auto& parser = impl_->parser;
  std::size_t used = 0;
  if (state_ == State::Head && !line_checked_) {
    // A client may end the request before with one line break too many (RFC 9112, 2.2).
    while (used < data.size() && (data[used] == '\r' || data[used] == '\n')) ++used;
    if (used == data.size() || !check_line(data.substr(used))) return used;
  }
  while (used < data.size() && state_ != State::Done && !failed()) {
    beast::error_code error;
    const std::size_t n = parser.put(
        boost::asio::const_buffer(data.data() + used, data.size() - used), error);
    used += n;
    // The body's own complaint may come in the same call that completed the head; the head's checks
    // go first, because they decide what the client is told.
    if (state_ == State::Head && parser.is_header_done()) check_head();
    if (failed()) return used;
    if (error == http::error::need_more) break;
    if (error) {
      refuse(refusal_of(error));
      return used;
    }
    if (parser.is_done()) state_ = State::Done;
    if (n == 0) break;
  }
  if (state_ == State::Done) {
    request_.body = std::move(parser.get().body());
  } else if (data.size() - used > limits_.head_bytes_max) {
    refuse(state_ == State::Head ? kHeadTooLarge : kTooLarge);
  }
  return used;
}

void HttpParser::check_head() {
  state_ = State::Body;
  impl_->parser.eager(true);
  const auto& message = impl_->parser.get();
  const auto verb = message.method();
  request_.method = std::string(view_of(message.method_string()));
  request_.target = std::string(view_of(message.target()));
  keep_alive_ = message.keep_alive();
  int hosts = 0;
  std::string_view expectation;
  std::string_view coding;
  for (const auto& field : message) {
    request_.headers.push_back(
        {std::string(view_of(field.name_string())), std::string(view_of(field.value()))});
    if (field.name() == http::field::host) ++hosts;
    if (field.name() == http::field::expect) expectation = view_of(field.value());
    if (field.name() == http::field::transfer_encoding) coding = view_of(field.value());
  }
  const bool has_length = message.find(http::field::content_length) != message.end();
  const bool has_coding = message.find(http::field::transfer_encoding) != message.end();
  if (has_length && has_coding) return refuse(kBadFraming);
  if (has_coding && message.version() < 11) return refuse(kBadFraming);
  if (has_coding && !same_text(coding, "chunked")) return refuse(kCoding);
  if (hosts > 1 || (hosts == 0 && message.version() >= 11)) return refuse(kBadHost);
  if (verb == http::verb::unknown || verb == http::verb::connect || verb == http::verb::trace) {
    return refuse(kMethod);
  }
  if (request_.target.size() > limits_.uri_bytes_max) return refuse(kUriTooLong);
  if (!parse_target(request_.target, request_.path, request_.query)) return refuse(kBadTarget);
  if (expectation.empty()) return;
  if (!same_text(expectation, "100-continue")) return refuse(kExpectation);
  wants_continue_ = message.version() >= 11;
}

bool HttpParser::take_continue() {
  if (!wants_continue_ || state_ == State::Head) return false;
  wants_continue_ = false;
  return state_ == State::Body;
}

}  // namespace vitrine::net
