#pragma once
// What the demo needs of the machine it runs on: a QR code in the terminal, an address a phone can
// reach, a free port.
#include <cstdint>
#include <string>

#include "base/result.h"

namespace vitrine {

// Two rows of modules a line, with the quiet border scanners need. `colours` writes black and white
// explicitly; without it light modules are drawn, for a dark terminal. Empty when text is too long.
std::string qr_code(const std::string& text, bool colours);

// The address to print: `bind` itself, or for 0.0.0.0 this machine's first one on a network.
std::string reachable_address(const std::string& bind);

// `port` when it can be bound (a free one for 0); Conflict with the next step when it is taken.
Result<std::uint16_t> free_port(const std::string& bind, std::uint16_t port);

}  // namespace vitrine
