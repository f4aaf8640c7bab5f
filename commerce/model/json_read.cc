#include <algorithm>
#include <limits>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <simdjson.h>

#include "commerce/model/json.h"
#include "commerce/model/validate.h"

namespace vitrine::model {

namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using simdjson::dom::element;
using simdjson::dom::element_type;

JsonProblem malformed(std::string detail) { return {400, "malformed", std::move(detail), {}}; }

bool is_clean(std::string_view text) {
  return text.find('\0') == std::string_view::npos &&
         simdjson::validate_utf8(text.data(), text.size());
}

// What the grammar allows and we do not: duplicate keys, NULs, lone surrogates. Empty when all is
// well.
std::string find_untidy(const element& value) {
  if (value.type() == element_type::STRING) {
    std::string_view text;
    if (value.get_string().get(text) != simdjson::SUCCESS) return "a text cannot be read";
    return is_clean(text) ? "" : "a text holds a NUL or is not UTF-8";
  }
  if (value.type() == element_type::ARRAY) {
    simdjson::dom::array array;
    if (value.get_array().get(array) != simdjson::SUCCESS) return "a list cannot be read";
    for (const element item : array) {
      if (auto found = find_untidy(item); !found.empty()) return found;
    }
  }
  if (value.type() == element_type::OBJECT) {
    simdjson::dom::object object;
    if (value.get_object().get(object) != simdjson::SUCCESS) return "an object cannot be read";
    std::vector<std::string_view> keys;
    for (const auto [key, item] : object) {
      if (!is_clean(key)) return "a key holds a NUL or is not UTF-8";
      keys.push_back(key);
      if (auto found = find_untidy(item); !found.empty()) return found;
    }
    std::ranges::sort(keys);
    if (auto twice = std::ranges::adjacent_find(keys); twice != keys.end()) {
      return "the key \"" + std::string(*twice) + "\" stands twice in one object";
    }
  }
  return "";
}

std::string pointer_to(const std::string& parent, std::string_view name) {
  std::string out = parent + "/";
  for (char c : name) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return out;
}

class Reader {
 public:
  explicit Reader(std::vector<Violation>& violations) : violations_(violations) {}

  void message(const element& value, Message& out, const std::string& at) {
    simdjson::dom::object object;
    if (value.get_object().get(object) != simdjson::SUCCESS) return refuse(at, "must be an object");
    const auto& descriptor = *out.GetDescriptor();
    std::vector<bool> seen(static_cast<std::size_t>(descriptor.field_count()));
    for (const auto [key, item] : object) {
      const auto* field = descriptor.FindFieldByName(std::string(key));
      if (field == nullptr || field->type() == FieldDescriptor::TYPE_BYTES) {
        refuse(pointer_to(at, key), "unknown field");
        continue;
      }
      seen[static_cast<std::size_t>(field->index())] = true;
      set(item, out, *field, pointer_to(at, key));
    }
    for (int i = 0; i < descriptor.field_count(); ++i) {
      const auto& field = *descriptor.field(i);
      if (!seen[static_cast<std::size_t>(i)] && rules_of(field).required) {
        refuse(pointer_to(at, field.name()), "is required");
      }
    }
  }

 private:
  void refuse(const std::string& at, std::string detail) {
    if (detail.empty() || violations_.size() >= kViolationsMax) return;
    violations_.push_back({at, std::move(detail)});
  }

  void set(const element& value, Message& out, const FieldDescriptor& field,
           const std::string& at) {
    const FieldRules rules = rules_of(field);
    if (!field.is_repeated()) return one(value, out, field, rules, at);
    simdjson::dom::array array;
    if (value.get_array().get(array) != simdjson::SUCCESS) return refuse(at, "must be a list");
    std::size_t count = 0;
    FieldRules item_rules = rules;  // lengths are the list's; the others hold for each item
    item_rules.min_length.reset();
    item_rules.max_length.reset();
    for (const element item : array) {
      if (rules.max_length && count >= *rules.max_length) {
        ++count;
        continue;
      }
      one(item, out, field, item_rules, at + "/" + std::to_string(count++));
    }
    refuse(at, check_count(rules, count));
  }

  void one(const element& value, Message& out, const FieldDescriptor& field,
           const FieldRules& rules, const std::string& at) {
    const auto& r = *out.GetReflection();
    const bool list = field.is_repeated();
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING: {
        std::string_view text;
        if (value.get_string().get(text) != simdjson::SUCCESS) return refuse(at, "must be a text");
        refuse(at, check_text(rules, text));
        list ? r.AddString(&out, &field, std::string(text))
             : r.SetString(&out, &field, std::string(text));
        return;
      }
      case FieldDescriptor::CPPTYPE_BOOL: {
        bool flag = false;
        if (value.get_bool().get(flag) != simdjson::SUCCESS)
          return refuse(at, "must be true or false");
        list ? r.AddBool(&out, &field, flag) : r.SetBool(&out, &field, flag);
        return;
      }
      case FieldDescriptor::CPPTYPE_DOUBLE: {
        double number = 0;
        if (value.get_double().get(number) != simdjson::SUCCESS)
          return refuse(at, "must be a number");
        list ? r.AddDouble(&out, &field, number) : r.SetDouble(&out, &field, number);
        return;
      }
      case FieldDescriptor::CPPTYPE_ENUM: return enumerator(value, out, field, at);
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return message(value, list ? *r.AddMessage(&out, &field) : *r.MutableMessage(&out, &field),
                       at);
      default: return integer(value, out, field, rules, at);
    }
  }

  void integer(const element& value, Message& out, const FieldDescriptor& field,
               const FieldRules& rules, const std::string& at) {
    const auto& r = *out.GetReflection();
    const bool list = field.is_repeated();
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_UINT64) {
      std::uint64_t number = 0;
      if (value.get_uint64().get(number) != simdjson::SUCCESS)
        return refuse(at, "must be an integer from 0");
      list ? r.AddUInt64(&out, &field, number) : r.SetUInt64(&out, &field, number);
      return;
    }
    std::int64_t number = 0;
    if (value.get_int64().get(number) != simdjson::SUCCESS) {
      return refuse(at, value.is_uint64() ? "too large" : "must be an integer");
    }
    if (auto wrong = check_number(rules, number); !wrong.empty()) return refuse(at, wrong);
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        if (!std::in_range<std::int32_t>(number)) return refuse(at, "too large");
        list ? r.AddInt32(&out, &field, static_cast<std::int32_t>(number))
             : r.SetInt32(&out, &field, static_cast<std::int32_t>(number));
        return;
      case FieldDescriptor::CPPTYPE_UINT32:
        if (!std::in_range<std::uint32_t>(number)) return refuse(at, "out of range");
        list ? r.AddUInt32(&out, &field, static_cast<std::uint32_t>(number))
             : r.SetUInt32(&out, &field, static_cast<std::uint32_t>(number));
        return;
      case FieldDescriptor::CPPTYPE_INT64:
        list ? r.AddInt64(&out, &field, number) : r.SetInt64(&out, &field, number);
        return;
      default: return refuse(at, "cannot be set");
    }
  }

  void enumerator(const element& value, Message& out, const FieldDescriptor& field,
                  const std::string& at) {
    const auto& r = *out.GetReflection();
    std::string_view text;
    const bool is_text = value.get_string().get(text) == simdjson::SUCCESS;
    std::string known;
    for (int i = 0; i < field.enum_type()->value_count(); ++i) {
      const auto& candidate = *field.enum_type()->value(i);
      const std::string name = enum_text(candidate);
      if (name.empty()) continue;
      if (is_text && name == text) {
        field.is_repeated() ? r.AddEnum(&out, &field, &candidate)
                            : r.SetEnum(&out, &field, &candidate);
        return;
      }
      known += (known.empty() ? "" : ", ") + name;
    }
    refuse(at, "must be one of " + known);
  }

  std::vector<Violation>& violations_;
};

}  // namespace

tl::expected<void, JsonProblem> from_json(std::string_view text, Message& out) {
  out.Clear();
  // A parser of its own per thread: it keeps buffers as large as the largest text it has seen, and
  // the gateway bounds texts.
  thread_local simdjson::dom::parser parser;
  if (parser.max_depth() != kJsonDepthMax) {
    if (parser.allocate(64U << 10U, kJsonDepthMax) != simdjson::SUCCESS) {
      return tl::unexpected(malformed("no memory for a JSON parser"));
    }
  }
  element root;
  if (auto error = parser.parse(text.data(), text.size()).get(root); error != simdjson::SUCCESS) {
    return tl::unexpected(malformed(simdjson::error_message(error)));
  }
  if (auto untidy = find_untidy(root); !untidy.empty())
    return tl::unexpected(malformed(std::move(untidy)));
  JsonProblem problem{422, "schema", "the body does not fit the schema", {}};
  Reader(problem.errors).message(root, out, "");
  if (!problem.errors.empty()) return tl::unexpected(std::move(problem));
  return {};
}

}  // namespace vitrine::model
