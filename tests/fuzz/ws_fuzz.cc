// Any bytes, cut anywhere: every text is valid and within the limit, and a reader that closed says
// so with one close frame, its last.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "net/text.h"
#include "net/ws_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vitrine;
  if (size == 0) return 0;
  constexpr ByteCount kMessageBytesMax = 300;
  const std::size_t step = data[0] == 0 ? size : data[0];
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  net::WsReader reader(kMessageBytesMax);
  Bytes replies;
  while (!rest.empty()) {
    reader.feed(
        rest.substr(0, step),
        [](std::string_view text) {
          if (text.size() > kMessageBytesMax || !net::valid_utf8(text)) std::abort();
        },
        replies);
    rest.remove_prefix(std::min(step, rest.size()));
  }
  bool closed = false;
  for (std::string_view left = replies; !left.empty();) {
    const std::size_t length = 2U + static_cast<unsigned char>(left[1]);
    if (closed || left.size() < length) std::abort();
    closed = (left[0] & 0x0f) == 8;
    left.remove_prefix(length);
  }
  if (closed == reader.open()) std::abort();
  return 0;
}
