// Any bytes, cut anywhere, must end as requests or refusals, within the parser's bounds.
// The first byte chooses how large the pieces are.
#include <cstdlib>

#include "net/http_parser.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vitrine::net;
  if (size == 0) return 0;
  static const Limits limits = [] {
    Limits small;
    small.head_bytes_max = 512;
    small.uri_bytes_max = 128;
    small.body_bytes_max = 256;
    return small;
  }();
  const std::size_t step = data[0] == 0 ? size : data[0];
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::string input;
  auto parser = std::make_unique<HttpParser>(limits);
  while (!rest.empty()) {
    input += rest.substr(0, step);
    rest.remove_prefix(std::min(step, rest.size()));
    for (;;) {
      const std::size_t used = parser->feed(input);
      if (used > input.size()) std::abort();
      input.erase(0, used);
      if (parser->failed()) return 0;
      if (!parser->done()) break;
      const Request request = parser->take();
      if (request.body.size() > limits.body_bytes_max || request.path.empty() ||
          request.path[0] != '/' || request.path.find('\0') != std::string::npos) {
        std::abort();
      }
      parser = std::make_unique<HttpParser>(limits);
    }
    if (input.size() > limits.head_bytes_max) std::abort();  // more was kept than may be
  }
  return 0;
}
