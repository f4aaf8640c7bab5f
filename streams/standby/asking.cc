#include "streams/standby/asking.h"

#include <charconv>

namespace vitrine {

using namespace standby_wire;

Result<Frame> ask(const std::string& host, std::uint16_t port, const LinkKey& key,
                  Duration patience, Kind kind, BytesView body) {
  VT_TRY(const auto channel, Channel::connect(host, port, key, patience));
  VT_TRY_VOID(channel->send(kind, body));
  VT_TRY(auto answer, channel->receive(patience));
  if (!answer) return fail(Code::Unavailable, "ask " + host + ": it does not answer");
  return std::move(*answer);
}

Result<Refused> ask_to_stop(const Term& term, const std::string& app, const std::string& host,
                            std::uint16_t port, const LinkKey& key, Duration patience) {
  Hello hello;
  hello.purpose = Purpose::Fence;
  hello.app = app;
  hello.log = term.log;
  hello.self = term.self;
  hello.term = term.term;
  VT_TRY(const Frame answer, ask(host, port, key, patience, Kind::Hello, encode(hello)));
  auto refused = answer.kind == Kind::Refused ? decode_refused(answer.body) : std::nullopt;
  if (!refused) return fail(Code::Invalid, "ask " + host + " to stop: it answers something else");
  return std::move(*refused);
}

bool split_address(const std::string& text, std::string& host, std::uint16_t& port) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return false;
  host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data() + colon + 1, end, port);
  return error == std::errc{} && stopped == end && port != 0;
}

}  // namespace vitrine
