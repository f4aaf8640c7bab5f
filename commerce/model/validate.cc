#include "commerce/model/validate.h"

#include <algorithm>

#include "commerce/model/ids.h"

namespace vitrine::model {

FieldRules rules_of(const google::protobuf::FieldDescriptor& field) {
  const auto& options = field.options();
  FieldRules rules;
  if (options.HasExtension(privacy)) rules.privacy = options.GetExtension(privacy);
  rules.required = options.GetExtension(required);
  if (options.HasExtension(min_length)) rules.min_length = options.GetExtension(min_length);
  if (options.HasExtension(max_length)) rules.max_length = options.GetExtension(max_length);
  if (options.HasExtension(minimum)) rules.minimum = options.GetExtension(minimum);
  if (options.HasExtension(maximum)) rules.maximum = options.GetExtension(maximum);
  rules.pattern = options.GetExtension(pattern);
  return rules;
}

bool is_personal(const google::protobuf::FieldDescriptor& field) {
  const Privacy privacy_class = field.options().GetExtension(privacy);
  return privacy_class == PERSON || privacy_class == CONTACT;
}

std::size_t code_points(std::string_view utf8) {
  return static_cast<std::size_t>(std::ranges::count_if(
      utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string check_text(const FieldRules& rules, std::string_view value) {
  if (rules.required && value.empty()) return "must not be empty";
  const std::size_t length = code_points(value);
  if (rules.max_length && length > *rules.max_length) {
    return "at most " + std::to_string(*rules.max_length) + " characters, got " +
           std::to_string(length);
  }
  if (rules.min_length && length < *rules.min_length) {
    return "at least " + std::to_string(*rules.min_length) + " characters, got " +
           std::to_string(length);
  }
  if (!rules.pattern.empty() && !value.empty() && !matches_pattern(rules.pattern, value)) {
    return "must match " + std::string(expression_of(rules.pattern));
  }
  return "";
}

std::string check_number(const FieldRules& rules, std::int64_t value) {
  if (rules.minimum && value < *rules.minimum) return "at least " + std::to_string(*rules.minimum);
  if (rules.maximum && value > *rules.maximum) return "at most " + std::to_string(*rules.maximum);
  return "";
}

std::string check_count(const FieldRules& rules, std::size_t items) {
  if (rules.required && items == 0) return "must not be empty";
  if (rules.max_length && items > *rules.max_length) {
    return "at most " + std::to_string(*rules.max_length) + " items, got " + std::to_string(items);
  }
  if (rules.min_length && items < *rules.min_length) {
    return "at least " + std::to_string(*rules.min_length) + " items, got " + std::to_string(items);
  }
  return "";
}

std::string enum_text(const google::protobuf::EnumValueDescriptor& value) {
  if (value.number() == 0 && value.name().ends_with("_UNSPECIFIED")) return "";
  std::string text = value.name();
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

}  // namespace vitrine::model
