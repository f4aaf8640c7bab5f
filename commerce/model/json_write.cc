#include <algorithm>
#include <charconv>
#include <cmath>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "commerce/model/json.h"
#include "commerce/model/validate.h"

namespace vitrine::model {

namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

void put_text(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      out += "\\u00";
      out += kHex[byte >> 4U];
      out += kHex[byte & 15U];
    } else {
      out += c;
    }
  }
  out += '"';
}

void put_double(std::string& out, double value) {
  if (!std::isfinite(value)) value = 0;  // JSON has no word for it
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  out.append(buffer, end);
}

class Writer {
 public:
  Writer(std::string& out, const JsonOptions& options) : out_(out), options_(options) {}

  void message(const Message& message) {
    const auto& descriptor = *message.GetDescriptor();
    const auto& reflection = *message.GetReflection();
    out_ += '{';
    bool first = true;
    for (int i = 0; i < descriptor.field_count(); ++i) {
      const auto& field = *descriptor.field(i);
      if (!is_written(message, reflection, field)) continue;
      if (!first) out_ += ',';
      first = false;
      put_text(out_, field.name());
      out_ += ':';
      if (field.is_repeated()) {
        list(message, reflection, field);
      } else {
        value(message, reflection, field, -1);
      }
    }
    out_ += '}';
  }

 private:
  bool is_written(const Message& message, const Reflection& reflection,
                  const FieldDescriptor& field) const {
    if (field.type() == FieldDescriptor::TYPE_BYTES) return false;
    if (options_.omit_personal && is_personal(field) &&
        std::ranges::find(options_.keep, field.name()) == options_.keep.end()) {
      return false;
    }
    if (field.is_repeated()) return true;
    if (field.has_presence()) return reflection.HasField(message, &field);
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
      return !enum_text(*reflection.GetEnum(message, &field)).empty();
    }
    return true;
  }

  void list(const Message& message, const Reflection& reflection, const FieldDescriptor& field) {
    out_ += '[';
    for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
      if (i > 0) out_ += ',';
      value(message, reflection, field, i);
    }
    out_ += ']';
  }

  // The field's value, or its item `i` when it is a list.
  void value(const Message& m, const Reflection& r, const FieldDescriptor& f, int i) {
    const bool item = i >= 0;
    switch (f.cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        out_ += std::to_string(item ? r.GetRepeatedInt32(m, &f, i) : r.GetInt32(m, &f));
        return;
      case FieldDescriptor::CPPTYPE_INT64:
        out_ += std::to_string(item ? r.GetRepeatedInt64(m, &f, i) : r.GetInt64(m, &f));
        return;
      case FieldDescriptor::CPPTYPE_UINT32:
        out_ += std::to_string(item ? r.GetRepeatedUInt32(m, &f, i) : r.GetUInt32(m, &f));
        return;
      case FieldDescriptor::CPPTYPE_UINT64:
        out_ += std::to_string(item ? r.GetRepeatedUInt64(m, &f, i) : r.GetUInt64(m, &f));
        return;
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return put_double(out_, item ? r.GetRepeatedDouble(m, &f, i) : r.GetDouble(m, &f));
      case FieldDescriptor::CPPTYPE_FLOAT:
        return put_double(out_, item ? r.GetRepeatedFloat(m, &f, i) : r.GetFloat(m, &f));
      case FieldDescriptor::CPPTYPE_BOOL:
        out_ += (item ? r.GetRepeatedBool(m, &f, i) : r.GetBool(m, &f)) ? "true" : "false";
        return;
      case FieldDescriptor::CPPTYPE_ENUM:
        return put_text(out_, enum_text(*(item ? r.GetRepeatedEnum(m, &f, i) : r.GetEnum(m, &f))));
      case FieldDescriptor::CPPTYPE_STRING: {
        std::string scratch;
        return put_text(out_, item ? r.GetRepeatedStringReference(m, &f, i, &scratch)
                                   : r.GetStringReference(m, &f, &scratch));
      }
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return message(item ? r.GetRepeatedMessage(m, &f, i) : r.GetMessage(m, &f));
    }
  }

  std::string& out_;
  const JsonOptions& options_;
};

}  // namespace

std::string to_json(const Message& message, const JsonOptions& options) {
  std::string out;
  Writer(out, options).message(message);
  return out;
}

std::string json_text(std::string_view text) {
  std::string out;
  put_text(out, text);
  return out;
}

}  // namespace vitrine::model
