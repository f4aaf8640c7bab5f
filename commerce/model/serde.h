#pragma once
// Serde<T> for the messages of proto/: a message is its own view; encoding is deterministic (map
// order would be the only freedom, and our messages have no maps), so equal messages are equal
// bytes in a log and in state.
//
// Bounds: decode refuses more than kMessageBytesMax and lets protobuf refuse nesting deeper than
// 100 and text that is not UTF-8. Identity: "proto:vitrine.ShopEvent".
#include <concepts>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
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
    google::protobuf::io::StringOutputStream stream(&out);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    value.SerializeWithCachedSizes((value.ByteSizeLong(), &coded));
  }
  static bool decode(BytesView bytes, T& out) {
    if (bytes.size() > kMessageBytesMax) return false;
    return out.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  }
  static T own(const View& view) { return view; }
  static constexpr std::string_view name = model::SchemaName<T>::value;
};

}  // namespace vitrine
