#include "app/value_text.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <charconv>
#include <memory>

#include "commerce/model/json.h"
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
  if (type.starts_with(kMessage)) return message_json(type.substr(kMessage.size()), bytes);
  if (type.starts_with(kWindowed))
    return windowed_json(type.substr(kWindowed.size(), type.size() - kWindowed.size() - 1), bytes);
  return hex_json(bytes);
}

std::optional<Bytes> key_bytes_of(std::string_view type, const std::string& text) {
  if (type == "string") return text;
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
