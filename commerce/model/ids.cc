#include "commerce/model/ids.h"

#include <algorithm>

namespace vitrine::model {

namespace {

bool is_id_char(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == ':' || c == '-';
}

}  // namespace

std::string id_at(std::string_view prefix, std::uint64_t position) {
  return std::string(prefix) + std::to_string(position);
}

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, is_id_char);
}

bool is_sku(std::string_view text) { return is_id(text); }

bool is_currency(std::string_view text) {
  return text.size() == 3 && std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool matches_pattern(std::string_view pattern, std::string_view text) {
  if (pattern == "id") return is_id(text);
  if (pattern == "sku") return is_sku(text);
  if (pattern == "currency") return is_currency(text);
  return false;
}

std::string_view expression_of(std::string_view pattern) {
  if (pattern == "currency") return "^[A-Z]{3}$";
  return "^[A-Za-z0-9_.:-]{1,64}$";
}

}  // namespace vitrine::model
