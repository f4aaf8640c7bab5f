#pragma once
// A request's body, from JSON to a checked message: over HTTP and on sockets alike.
#include <string_view>

#include <tl/expected.hpp>

#include "gateway/problem.h"

namespace google::protobuf {
class Descriptor;
class Message;
}  // namespace google::protobuf

namespace vitrine::gateway {

// Malformed (400), schema (422) with the places, or card-number (422): a card number in a text
// never gets further than this.
tl::expected<void, Problem> read_body(std::string_view json, google::protobuf::Message& out);

// Has the message a field for free text, where a card number could stand?
bool may_hold_text(const google::protobuf::Descriptor& message);

}  // namespace vitrine::gateway
