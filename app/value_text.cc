#include "app/value_text.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <array>
#include <charconv>
#include <memory>
#include <span>
#include <vector>

#include "commerce/model/json.h"
#include "streams/topology/scoped_row.h"
#include "vitrine/serde.h"

namespace vitrine {
namespace {

std::string hex_json(BytesView bytes) { return "{\"hex\":\"" + to_hex(bytes) + "\"}"; }

template <class T>
std::string number_json(BytesView bytes) {
  const auto value = decoded<T>(bytes);
  return value ? std::to_string(*value) : hex_json(bytes);
}

std::string message_json(std::string_view name, BytesView bytes) {
  using namespace google::protobuf;
  const auto* type = DescriptorPool::generated_pool()->FindMessageTypeByName(std::string(name));
  if (type == nullptr) return hex_json(bytes);
  const std::unique_ptr<Message> message(
      MessageFactory::generated_factory()->GetPrototype(type)->New());
  if (!message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return hex_json(bytes);
  return model::to_json(*message);
}

// Start and end, 8 bytes each, then the key.
std::string windowed_json(std::string_view key_type, BytesView bytes) {
  if (bytes.size() < 16) return hex_json(bytes);
  return "{\"start\":" + number_json<std::int64_t>(bytes.substr(0, 8)) +
         ",\"end\":" + number_json<std::int64_t>(bytes.substr(8, 8)) +
         ",\"key\":" + value_json(key_type, bytes.substr(16)) + "}";
}

// "a,struct(b,c)" as {"a", "struct(b,c)"}.
std::vector<std::string_view> parts_of(std::string_view types) {
  std::vector<std::string_view> out;
  int depth = 0;
  std::size_t from = 0;
  for (std::size_t i = 0; i <= types.size(); ++i) {
    if (i < types.size() && types[i] == '(') ++depth;
    if (i < types.size() && types[i] == ')') --depth;
    if (i < types.size() && (types[i] != ',' || depth > 0)) continue;
    if (i > from) out.push_back(types.substr(from, i - from));
    from = i + 1;
  }
  return out;
}

// What follows "name(" up to the last bracket; nothing when the type is another.
std::optional<std::string_view> inside(std::string_view type, std::string_view name) {
  if (!type.starts_with(name) || !type.ends_with(')')) return std::nullopt;
  return type.substr(name.size(), type.size() - name.size() - 1);
}

// Fields one after the other, to the last byte (vitrine/serde.h). An id is called as the number in
// it and stands as 8 bytes instead of a varint, so both are tried; what fits as a whole is told.
// Tries are bounded by `steps`: a value that fits nowhere is told as hex.
bool fields_json(std::span<const std::string_view> types, BytesView bytes, std::string& out,
                 int& steps) {
  if (types.empty()) return bytes.empty();
  if (--steps < 0) return false;
  const std::string_view type = types.front();
  const auto goes_on = [&](const ByteReader& in, const std::string& text) {
    if (!in.ok()) return false;
    const std::size_t before = out.size();
    out += (out.empty() ? "" : ",") + text;
    if (fields_json(types.subspan(1), bytes.substr(in.offset()), out, steps)) return true;
    out.resize(before);
    return false;
  };
  ByteReader number(bytes);
  if (type == "int64" && goes_on(number, std::to_string(number.signed_varint()))) return true;
  if (type == "uint64" && goes_on(number, std::to_string(number.varint()))) return true;
  if (type == "bool" && goes_on(number, number.varint() != 0 ? "true" : "false")) return true;
  ByteReader in(bytes);
  const BytesView whole = in.bytes();
  if ((type == "int64" || type == "uint64") && whole.size() != 8) return false;
  return goes_on(in, value_json(type, whole));
}

// A struct as a list of its fields, whose names are not written anywhere.
std::optional<std::string> composed_json(std::string_view type, BytesView bytes) {
  constexpr std::uint64_t kElementsMax = 1'000;
  int steps = 10'000;
  std::vector<std::string_view> types;
  ByteReader in(bytes);
  if (const auto of = inside(type, "struct(")) {
    types = parts_of(*of);
  } else if (const auto element = inside(type, "vector(")) {
    const std::uint64_t count = in.varint();
    if (!in.ok() || count > in.remaining() || count > kElementsMax) return std::nullopt;
    types.assign(static_cast<std::size_t>(count), *element);
  } else if (const auto some = inside(type, "optional(")) {
    if (in.u8() == 0) return "null";
    std::string one;
    const std::array<std::string_view, 1> only{*some};
    if (!fields_json(only, bytes.substr(in.offset()), one, steps)) return std::nullopt;
    return one;
  } else {
    return std::nullopt;
  }
  std::string fields;
  if (!fields_json(types, bytes.substr(in.offset()), fields, steps)) return std::nullopt;
  return "[" + fields + "]";
}

// A row below its scope: "scope|rest", as a person types it.
std::string row_json(BytesView bytes) {
  ScopedRow row;
  if (!Serde<ScopedRow>::decode(bytes, row)) return hex_json(bytes);
  return model::json_text(row.scope + '|' + row.rest);
}

Bytes row_bytes(const std::string& text) {
  const auto bar = std::min(text.find('|'), text.size());
  return encoded(ScopedRow{text.substr(0, bar), text.substr(std::min(bar + 1, text.size()))});
}

template <class T>
std::optional<Bytes> number_bytes(const std::string& text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return encoded(value);
}

}  // namespace

std::string value_json(std::string_view type, BytesView bytes) {
  constexpr std::string_view kMessage = "proto:", kWindowed = "windowed(";
  if (type == "string") return model::json_text(bytes);
  if (type == "int64" || type == "time_ms" || type == "duration_ms" || type == "enum")
    return number_json<std::int64_t>(bytes);
  if (type == "uint64") return number_json<std::uint64_t>(bytes);
  if (type == "double") return number_json<double>(bytes);
  if (type == Serde<ScopedRow>::name) return row_json(bytes);
  if (type.starts_with(kMessage)) return message_json(type.substr(kMessage.size()), bytes);
  if (type.starts_with(kWindowed))
    return windowed_json(type.substr(kWindowed.size(), type.size() - kWindowed.size() - 1), bytes);
  if (const auto composed = composed_json(type, bytes)) return *composed;
  return hex_json(bytes);
}

std::optional<Bytes> key_bytes_of(std::string_view type, const std::string& text) {
  if (type == "string") return text;
  if (type == Serde<ScopedRow>::name) return row_bytes(text);
  if (type == "int64" || type == "time_ms") return number_bytes<std::int64_t>(text);
  if (type == "uint64") return number_bytes<std::uint64_t>(text);
  Bytes out;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    unsigned byte = 0;
    const char* end = text.data() + std::min(i + 2, text.size());
    const auto read = std::from_chars(text.data() + i, end, byte, 16);
    if (read.ec != std::errc{} || read.ptr != end || end - (text.data() + i) != 2) return {};
    out.push_back(static_cast<char>(byte));
  }
  return out;
}

}  // namespace vitrine
