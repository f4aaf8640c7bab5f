#include "app/driver/json.h"

#include <fmt/format.h>
#include <simdjson.h>

namespace vitrine::driver {
namespace {

// Parses and finds; the element lives until this thread's next call.
bool find(std::string_view json, const std::string& pointer, simdjson::dom::element& out) {
  thread_local simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (parser.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS) return false;
  return root.at_pointer(pointer).get(out) == simdjson::SUCCESS;
}

}  // namespace

std::string json_text(std::string_view json, const std::string& pointer) {
  simdjson::dom::element found;
  std::string_view text;
  if (!find(json, pointer, found) || found.get_string().get(text) != simdjson::SUCCESS) return {};
  return std::string(text);
}

std::int64_t json_number(std::string_view json, const std::string& pointer) {
  simdjson::dom::element found;
  std::int64_t number = 0;
  if (!find(json, pointer, found) || found.get_int64().get(number) != simdjson::SUCCESS) return 0;
  return number;
}

std::vector<std::string> json_items(std::string_view json, const std::string& pointer) {
  std::vector<std::string> items;
  simdjson::dom::element found;
  simdjson::dom::array array;
  if (!find(json, pointer, found) || found.get_array().get(array) != simdjson::SUCCESS)
    return items;
  for (const auto element : array) {
    std::string_view text;
    if (element.get_string().get(text) == simdjson::SUCCESS) items.emplace_back(text);
    else items.push_back(simdjson::minify(element));
  }
  return items;
}

std::string json_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20) out += fmt::format("\\u{:04x}", static_cast<int>(c));
    else out += c;
  }
  return out + "\"";
}

}  // namespace vitrine::driver
