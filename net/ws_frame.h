#pragma once
// WebSocket frames as bytes, and the handshake's answer key.
#include <cstdint>
#include <string>
#include <string_view>

#include "net/server.h"

namespace vitrine::net {

enum class WsOpcode : std::uint8_t {
  Continuation = 0,
  Text = 1,
  Binary = 2,
  Close = 8,
  Ping = 9,
  Pong = 10
};

std::string ws_frame(WsOpcode opcode, std::string_view payload);  // final, unmasked: from a server
// Final and masked: from a client. The mask comes from the caller, who knows where randomness is.
std::string ws_masked_frame(WsOpcode opcode, std::string_view payload, std::uint32_t mask);
std::string ws_close_payload(std::uint16_t code,
                             std::string_view reason);  // reason cut to 123 bytes

// Sec-WebSocket-Accept for a Sec-WebSocket-Key; empty when the key is not 16 bytes in base64.
std::string ws_accept_key(std::string_view key);

}  // namespace vitrine::net
