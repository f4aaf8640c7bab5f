#pragma once
// JSON Schema (2020-12, as OpenAPI 3.1 uses it) of messages, from the same descriptors and options
// that check requests.
#include <map>
#include <string>

namespace google::protobuf {
class Descriptor;
}

namespace vitrine::model {

// "Money" for vitrine.Money, "ShowView" for vitrine.api.ShowView: names in components/schemas.
std::string schema_name(const google::protobuf::Descriptor& message);

// The schema of one message; messages inside it are {"$ref": "#/components/schemas/<name>"}.
std::string json_schema(const google::protobuf::Descriptor& message);

// Adds the schema of `message` and of every message it holds to `schemas`, by schema_name.
void collect_schemas(const google::protobuf::Descriptor& message,
                     std::map<std::string, std::string>& schemas);

}  // namespace vitrine::model
