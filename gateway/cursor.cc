#include "gateway/cursor.h"

#include <array>
#include <charconv>

namespace vitrine::gateway {
namespace {

std::string hex(std::uint64_t value) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16).ptr;
  return {digits.data(), end};
}

std::optional<std::uint64_t> parse_hex(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::string cursor_text(const Cursor& cursor) {
  std::string text(1, static_cast<char>(cursor.domain));
  return text + "." + hex(cursor.incarnation.value()) + "." + hex(cursor.position.value());
}

std::optional<Cursor> parse_cursor(std::string_view text) {
  if (text.size() < 5 || text[1] != '.') return std::nullopt;
  if (text[0] != 's' && text[0] != 'a' && text[0] != 'i') return std::nullopt;
  const std::string_view rest = text.substr(2);
  const auto dot = rest.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto incarnation = parse_hex(rest.substr(0, dot));
  const auto position = parse_hex(rest.substr(dot + 1));
  if (!incarnation || !position) return std::nullopt;
  return Cursor{static_cast<Domain>(text[0]), Incarnation{*incarnation}, Position{*position}};
}

}  // namespace vitrine::gateway
