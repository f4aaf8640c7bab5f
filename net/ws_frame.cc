#include "net/ws_frame.h"

#include <array>

#include <openssl/evp.h>
#include <openssl/sha.h>

#include "net/text.h"

namespace vitrine::net {
namespace {

constexpr std::string_view kHandshakeGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

void put_header(std::string& out, WsOpcode opcode, std::size_t size, bool masked) {
  const unsigned mask_bit = masked ? 0x80U : 0U;
  out += static_cast<char>(0x80U | static_cast<unsigned>(opcode));
  if (size < 126) {
    out += static_cast<char>(mask_bit | size);
    return;
  }
  const int width = size <= 0xffff ? 2 : 8;
  out += static_cast<char>(mask_bit | (width == 2 ? 126U : 127U));
  for (int shift = (width - 1) * 8; shift >= 0; shift -= 8) {
    out += static_cast<char>(size >> static_cast<unsigned>(shift) & 0xffU);
  }
}

}  // namespace

std::string ws_frame(WsOpcode opcode, std::string_view payload) {
  std::string out;
  out.reserve(payload.size() + 10);
  put_header(out, opcode, payload.size(), false);
  out.append(payload);
  return out;
}

std::string ws_masked_frame(WsOpcode opcode, std::string_view payload, std::uint32_t mask) {
  std::string out;
  out.reserve(payload.size() + 14);
  put_header(out, opcode, payload.size(), true);
  std::array<char, 4> key{};
  for (std::size_t i = 0; i < 4; ++i) key[i] = static_cast<char>(mask >> (8 * i) & 0xffU);
  out.append(key.data(), key.size());
  for (std::size_t i = 0; i < payload.size(); ++i) {
    out += static_cast<char>(payload[i] ^ key[i % 4]);
  }
  return out;
}

std::string ws_close_payload(std::uint16_t code, std::string_view reason) {
  std::string out;
  out += static_cast<char>(code >> 8U);
  out += static_cast<char>(code & 0xffU);
  reason = reason.substr(0, 123);
  while (!valid_utf8(reason)) reason.remove_suffix(1);  // never cut inside a character
  out.append(reason);
  return out;
}

Frame ws_text_frame(std::string_view payload) {
  return std::make_shared<const std::string>(ws_frame(WsOpcode::Text, payload));
}

std::string ws_accept_key(std::string_view key) {
  std::array<unsigned char, 24> decoded{};
  if (key.size() != 24 || !key.ends_with("==") || key[21] == '=') return {};
  const auto* bytes = reinterpret_cast<const unsigned char*>(key.data());
  if (EVP_DecodeBlock(decoded.data(), bytes, 24) != 18) return {};
  const std::string text = std::string(key).append(kHandshakeGuid);
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  std::array<unsigned char, 32> encoded{};
  const int size = EVP_EncodeBlock(encoded.data(), digest.data(), digest.size());
  return {reinterpret_cast<const char*>(encoded.data()), static_cast<std::size_t>(size)};
}

}  // namespace vitrine::net
