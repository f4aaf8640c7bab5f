#pragma once
// Serde<T> for the messages of proto/: a message is its own view; encoding is deterministic (map
// order would be the only freedom, and our messages have no maps), so equal messages are equal
// bytes in a log and in state.
//
// Bounds: decode refuses more than kMessageBytesMax and lets protobuf refuse nesting deeper than
// 100 and text that is not UTF-8. Identity: "proto:vitrine.ShopEvent".
#include <array>
#include <concepts>

#include <google/protobuf/arena.h>
#include <google/protobuf/message.h>

#include "vitrine/serde.h"

namespace vitrine {

inline constexpr ByteCount kMessageBytesMax = 16U << 20U;

namespace model {

// "vitrine::api::ShowView" as the compiler spells it, turned into the schema's
// "proto:vitrine.api.ShowView".
template <class T>
struct SchemaName {
  static constexpr std::string_view spelled() {
    const std::string_view text =
        __PRETTY_FUNCTION__;  // … [with T = vitrine::Money; …] or [T = vitrine::Money]
    const std::size_t from = text.find("T = ") + 4;
    return text.substr(from, text.find_first_of(";]", from) - from);
  }
  static constexpr std::string_view prefix = "proto:";
  struct Text {
    std::array<char, 200> chars{};
    std::size_t size = 0;
  };
  static constexpr Text text = [] {
    Text out;
    for (char c : prefix) out.chars[out.size++] = c;
    const std::string_view name = spelled();
    for (std::size_t i = 0; i < name.size(); ++i) {
      out.chars[out.size++] = name[i] == ':' ? '.' : name[i];
      if (name[i] == ':') ++i;
    }
    return out;
  }();
  static constexpr std::string_view value{text.chars.data(), text.size};
};

}  // namespace model

template <class T>
  requires std::derived_from<T, google::protobuf::Message>
struct Serde<T> {
  using View = T;
  static void encode(const T& value, Bytes& out) {
    const std::size_t before = out.size();
    out.resize(before + value.ByteSizeLong());
    value.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(out.data() + before));
  }
  static bool decode(BytesView bytes, T& out) {
    if (bytes.size() > kMessageBytesMax) return false;
    return out.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  }

  // Where one message is decoded after the other: what they are made of comes from one block.
  class Place {
   public:
    Place() : arena_(block_.data(), block_.size()) {}
    bool decode(BytesView bytes) {
      arena_.Reset();
      message_ = google::protobuf::Arena::CreateMessage<T>(&arena_);
      return Serde<T>::decode(bytes, *message_);
    }
    const T& value() const { return *message_; }

   private:
    alignas(16) std::array<char, 4'096> block_;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    google::protobuf::Arena arena_;
    T* message_ = nullptr;
  };
  static T own(const View& view) { return view; }
  static constexpr std::string_view name = model::SchemaName<T>::value;
};

}  // namespace vitrine
