#pragma once
// The options of proto/options.proto, read from descriptors: one place that knows what a field
// allows, for the JSON reader, the JSON Schema and the privacy rules.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <google/protobuf/descriptor.h>

#include "commerce/model/proto/options.pb.h"

namespace vitrine::model {

struct FieldRules {
  std::optional<Privacy> privacy;
  bool required = false;
  std::optional<std::uint32_t> min_length, max_length;
  std::optional<std::int64_t> minimum, maximum;
  std::string pattern;
};

FieldRules rules_of(const google::protobuf::FieldDescriptor& field);
bool is_personal(const google::protobuf::FieldDescriptor& field);  // PERSON or CONTACT

std::size_t code_points(std::string_view utf8);

// What is wrong with a value by the rules, or empty. Lists are counted by check_count.
std::string check_text(const FieldRules& rules, std::string_view value);
std::string check_number(const FieldRules& rules, std::int64_t value);
std::string check_count(const FieldRules& rules, std::size_t items);

// "DRAFT" -> "draft"; "" for the UNSPECIFIED zero.
std::string enum_text(const google::protobuf::EnumValueDescriptor& value);

}  // namespace vitrine::model
