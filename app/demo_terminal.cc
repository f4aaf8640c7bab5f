#include "app/demo_terminal.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <qrencode.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace vitrine {

std::string qr_code(const std::string& text, bool colours) {
  const std::unique_ptr<QRcode, decltype(&QRcode_free)> code(
      QRcode_encodeString8bit(text.c_str(), 0, QR_ECLEVEL_M), &QRcode_free);
  if (!code) return {};
  constexpr int kBorder = 2;
  const int width = code->width;
  const auto light = [&](int x, int y) {
    if (x < 0 || y < 0 || x >= width || y >= width) return true;
    return (code->data[y * width + x] & 1U) == 0;
  };
  std::string out;
  for (int y = -kBorder; y < width + kBorder; y += 2) {
    out += colours ? "  \033[30;107m" : "  ";
    for (int x = -kBorder; x < width + kBorder; ++x) {
      const bool above = light(x, y), below = light(x, y + 1);
      // With colours the ink is dark on a light ground; without, light on the terminal's dark.
      const bool ink_above = colours ? !above : above, ink_below = colours ? !below : below;
      out += ink_above ? (ink_below ? "█" : "▀") : (ink_below ? "▄" : " ");
    }
    out += colours ? "\033[0m\n" : "\n";
  }
  return out;
}

std::string reachable_address(const std::string& bind) {
  if (bind != "0.0.0.0" && bind != "::") return bind;
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return "127.0.0.1";
  std::string found = "127.0.0.1";
  for (const ifaddrs* at = list; at != nullptr; at = at->ifa_next) {
    const bool usable = at->ifa_addr != nullptr && at->ifa_addr->sa_family == AF_INET &&
                        (at->ifa_flags & IFF_LOOPBACK) == 0 && (at->ifa_flags & IFF_UP) != 0;
    if (!usable) continue;
    char text[INET_ADDRSTRLEN] = {};
    const auto* address = reinterpret_cast<const sockaddr_in*>(at->ifa_addr);
    ::inet_ntop(AF_INET, &address->sin_addr, text, sizeof text);
    found = text;
    break;
  }
  ::freeifaddrs(list);
  return found;
}

Result<std::uint16_t> free_port(const std::string& bind, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (::inet_pton(AF_INET, bind.c_str(), &address.sin_addr) != 1) {
    return fail(Code::Invalid, "--bind " + bind + ": not an IPv4 address, such as 127.0.0.1");
  }
  const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  const bool bound = ::bind(probe, generic, size) == 0 && ::listen(probe, 1) == 0;
  const int error = errno;
  ::getsockname(probe, generic, &size);
  ::close(probe);
  if (bound) return ntohs(address.sin_port);
  const auto where = bind + ":" + std::to_string(port);
  if (error == EADDRINUSE) {
    return fail(Code::Conflict, where +
                                    " is busy: another program listens there. Stop it, or give "
                                    "--port another number (0 picks a free one)");
  }
  return fail(Code::Io, "listen at " + where + ": " + std::strerror(error));
}

}  // namespace vitrine
