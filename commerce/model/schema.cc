#include "commerce/model/schema.h"

#include <google/protobuf/descriptor.h>

#include "commerce/model/ids.h"
#include "commerce/model/json.h"
#include "commerce/model/validate.h"

namespace vitrine::model {

namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

void put_number_limits(std::string& out, const FieldRules& rules, const char* lowest) {
  if (rules.minimum) {
    out += ",\"minimum\":" + std::to_string(*rules.minimum);
  } else {
    out += lowest;
  }
  if (rules.maximum) out += ",\"maximum\":" + std::to_string(*rules.maximum);
}

std::string text_schema(const FieldRules& rules) {
  std::string out = "{\"type\":\"string\"";
  if (!rules.pattern.empty()) {
    // An empty optional text means absent, so only a required one must match as it stands.
    std::string expression(expression_of(rules.pattern));
    out += ",\"pattern\":" + json_text(rules.required ? expression : "^$|" + expression);
  }
  if (rules.min_length || rules.required) {
    out += ",\"minLength\":" + std::to_string(rules.min_length.value_or(1));
  }
  if (rules.max_length) out += ",\"maxLength\":" + std::to_string(*rules.max_length);
  return out + "}";
}

std::string enum_schema(const FieldDescriptor& field) {
  std::string names;
  for (int i = 0; i < field.enum_type()->value_count(); ++i) {
    const std::string name = enum_text(*field.enum_type()->value(i));
    if (!name.empty()) names += (names.empty() ? "" : ",") + json_text(name);
  }
  return "{\"type\":\"string\",\"enum\":[" + names + "]}";
}

std::string value_schema(const FieldDescriptor& field, const FieldRules& rules) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: return text_schema(rules);
    case FieldDescriptor::CPPTYPE_BOOL: return "{\"type\":\"boolean\"}";
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT: return "{\"type\":\"number\"}";
    case FieldDescriptor::CPPTYPE_ENUM: return enum_schema(field);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return "{\"$ref\":\"#/components/schemas/" + schema_name(*field.message_type()) + "\"}";
    default: break;
  }
  const bool wide = field.cpp_type() == FieldDescriptor::CPPTYPE_INT64 ||
                    field.cpp_type() == FieldDescriptor::CPPTYPE_UINT64;
  const bool is_unsigned = field.cpp_type() == FieldDescriptor::CPPTYPE_UINT64 ||
                           field.cpp_type() == FieldDescriptor::CPPTYPE_UINT32;
  std::string out = "{\"type\":\"integer\",\"format\":";
  out += wide ? "\"int64\"" : "\"int32\"";
  put_number_limits(out, rules, is_unsigned ? ",\"minimum\":0" : "");
  return out + "}";
}

std::string field_schema(const FieldDescriptor& field) {
  FieldRules rules = rules_of(field);
  if (!field.is_repeated()) return value_schema(field, rules);
  FieldRules item = rules;
  item.min_length.reset();
  item.max_length.reset();
  std::string out = "{\"type\":\"array\",\"items\":" + value_schema(field, item);
  if (rules.min_length || rules.required)
    out += ",\"minItems\":" + std::to_string(rules.min_length.value_or(1));
  if (rules.max_length) out += ",\"maxItems\":" + std::to_string(*rules.max_length);
  return out + "}";
}

}  // namespace

std::string schema_name(const Descriptor& message) { return message.name(); }

std::string json_schema(const Descriptor& message) {
  std::string properties, required_names;
  for (int i = 0; i < message.field_count(); ++i) {
    const auto& field = *message.field(i);
    if (field.type() == FieldDescriptor::TYPE_BYTES) continue;
    properties +=
        (properties.empty() ? "" : ",") + json_text(field.name()) + ":" + field_schema(field);
    if (rules_of(field).required)
      required_names += (required_names.empty() ? "" : ",") + json_text(field.name());
  }
  std::string out =
      "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{" + properties + "}";
  if (!required_names.empty()) out += ",\"required\":[" + required_names + "]";
  return out + "}";
}

void collect_schemas(const Descriptor& message, std::map<std::string, std::string>& schemas) {
  if (!schemas.emplace(schema_name(message), json_schema(message)).second) return;
  for (int i = 0; i < message.field_count(); ++i) {
    if (const auto* inner = message.field(i)->message_type()) collect_schemas(*inner, schemas);
  }
}

}  // namespace vitrine::model
