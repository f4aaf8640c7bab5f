#include "gateway/body.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "commerce/model/card.h"
#include "commerce/model/json.h"
#include "commerce/model/proto/options.pb.h"

namespace vitrine::gateway {
namespace {

namespace pb = google::protobuf;

// Could a card number, at least 13 digits, stand in it?
bool is_text(const pb::FieldDescriptor& field) {
  const auto length_max = field.options().GetExtension(max_length);
  return field.cpp_type() == pb::FieldDescriptor::CPPTYPE_STRING &&
         field.options().GetExtension(pattern).empty() && (length_max == 0 || length_max >= 13);
}

// A card number in any text a person wrote. Ids have patterns of their own and are not searched.
bool holds_card_number(const pb::Message& message, std::string& pointer) {
  const auto* reflection = message.GetReflection();
  std::vector<const pb::FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const auto* field : fields) {
    const int count = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      const std::string place =
          "/" + field->name() + (field->is_repeated() ? "/" + std::to_string(i) : "");
      if (field->cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE) {
        const auto& inner = field->is_repeated() ? reflection->GetRepeatedMessage(message, field, i)
                                                 : reflection->GetMessage(message, field);
        if (holds_card_number(inner, pointer)) return pointer.insert(0, place), true;
      } else if (is_text(*field)) {
        const auto& text = field->is_repeated() ? reflection->GetRepeatedString(message, field, i)
                                                : reflection->GetString(message, field);
        if (model::card_number(text)) return pointer = place, true;
      }
    }
  }
  return false;
}

}  // namespace

bool may_hold_text(const pb::Descriptor& message) {
  for (int i = 0; i < message.field_count(); ++i) {
    const auto* field = message.field(i);
    if (is_text(*field)) return true;
    const bool nested = field->cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE;
    if (nested && may_hold_text(*field->message_type())) return true;
  }
  return false;
}

tl::expected<void, Problem> read_body(std::string_view json, pb::Message& out) {
  if (auto read = model::from_json(json, out); !read) {
    const auto& error = read.error();
    Problem problem{problem_named(error.code).value_or(ProblemType::Malformed), error.detail};
    for (const auto& violation : error.errors) {
      problem.errors.push_back({violation.pointer, violation.detail});
    }
    return tl::unexpected<Problem>(std::move(problem));
  }
  std::string pointer;
  if (!holds_card_number(out, pointer)) return {};
  return tl::unexpected<Problem>(Problem{ProblemType::CardNumber,
                                         "Pay by the provider's token.",
                                         0,
                                         {{pointer, "looks like a card number"}}});
}

}  // namespace vitrine::gateway
