#pragma once
// Writes small JSON objects by hand, member by member, in the order given: problems, frames of the
// socket, documents. Messages of commerce/model become JSON by its json.h; their text goes in here
// through raw().
#include <concepts>
#include <string>
#include <string_view>

#include "commerce/model/json.h"

namespace vitrine::gateway {

inline std::string json_quoted(std::string_view text) { return model::json_text(text); }

class JsonObject {
 public:
  JsonObject& text(std::string_view key, std::string_view value) {
    return raw(key, json_quoted(value));
  }
  template <std::integral I>
  JsonObject& number(std::string_view key, I value) {
    return raw(key, std::to_string(value));
  }
  JsonObject& raw(std::string_view key, std::string_view json) {
    if (out_.size() > 1) out_ += ',';
    out_.append(json_quoted(key)).append(":").append(json);
    return *this;
  }
  std::string str() const { return out_ + "}"; }
  // The members without the braces, for putting into another object.
  std::string members() const { return out_.substr(1); }

 private:
  std::string out_ = "{";
};

class JsonArray {
 public:
  JsonArray& raw(std::string_view json) {
    if (out_.size() > 1) out_ += ',';
    out_ += json;
    return *this;
  }
  JsonArray& text(std::string_view value) { return raw(json_quoted(value)); }
  std::string str() const { return out_ + "]"; }

 private:
  std::string out_ = "[";
};

}  // namespace vitrine::gateway
