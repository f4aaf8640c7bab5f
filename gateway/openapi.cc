#include <google/protobuf/message.h>

#include <map>

#include "commerce/model/schema.h"
#include "gateway/json_text.h"
#include "gateway/route.h"

namespace vitrine::gateway {
namespace {

constexpr std::string_view kProblemSchema =
    R"({"type":"object","required":["type","title","status","detail","code","instance","trace_id"],)"
    R"("properties":{"type":{"type":"string"},"title":{"type":"string"},"status":{"type":"integer"},)"
    R"("detail":{"type":"string"},"code":{"type":"string"},"instance":{"type":"string"},"trace_id":{"type":"string"},)"
    R"("retry_after":{"type":"integer"},"errors":{"type":"array","items":{"type":"object",)"
    R"("properties":{"pointer":{"type":"string"},"detail":{"type":"string"}}}}}})";

std::string reference(const google::protobuf::Message& message) {
  const std::string name = model::schema_name(*message.GetDescriptor());
  return JsonObject{}.text("$ref", "#/components/schemas/" + name).str();
}

std::string content(std::string_view media_type, std::string_view schema) {
  return JsonObject{}.raw(media_type, JsonObject{}.raw("schema", schema).str()).str();
}

std::string operation_id(const Route& route) {
  std::string id = route.method == "GET"    ? "get"
                   : route.method == "PUT"  ? "put"
                   : route.method == "POST" ? "post"
                                            : "delete";
  for (const char c : route.path) {
    if (c == '{' || c == '}') continue;
    id += c == '/' || c == '.' ? '_' : c;
  }
  return id;
}

std::string parameters_of(const Route& route) {
  JsonArray parameters;
  const auto add = [&](std::string_view name, std::string_view in, bool required, bool integer,
                       std::string_view text) {
    parameters.raw(JsonObject{}
                       .text("name", name)
                       .text("in", in)
                       .raw("required", required ? "true" : "false")
                       .text("description", text)
                       .raw("schema", integer ? R"({"type":"integer"})" : R"({"type":"string"})")
                       .str());
  };
  for (std::size_t at = route.path.find('{'); at != std::string::npos;
       at = route.path.find('{', at + 1)) {
    add(route.path.substr(at + 1, route.path.find('}', at) - at - 1), "path", true, false, "an id");
  }
  for (const auto& query : route.query)
    add(query.name, "query", false, query.integer, query.description);
  if (route.needs_key)
    add("Idempotency-Key", "header", true, false,
        "1 to 255 characters, scope: caller, method and path");
  return parameters.str();
}

std::string responses_of(const Route& route) {
  JsonObject responses;
  for (const int status : route.statuses) {
    JsonObject response;
    response.text("description", route.summary);
    if (!route.other_type.empty()) {
      response.raw("content", content(route.other_type, R"({"type":"string"})"));
    } else if (route.answer != nullptr) {
      response.raw("content", content("application/json", reference(*route.answer)));
    } else if (status == 200) {
      response.raw("content", content("application/json", R"({"type":"object"})"));
    }
    responses.raw(std::to_string(status), response.str());
  }
  std::map<int, std::string> by_status;
  for (const ProblemType type : documented_problems(route)) {
    const auto& facts = facts_of(type);
    std::string& text = by_status[facts.status];
    if (!text.empty()) text += ", ";
    text += facts.code;
  }
  for (const auto& [status, codes] : by_status) {
    JsonObject response;
    response.text("description", codes);
    response.raw("content",
                 content("application/problem+json", R"({"$ref":"#/components/schemas/Problem"})"));
    responses.raw(std::to_string(status), response.str());
  }
  return responses.str();
}

std::string operation(const Route& route) {
  JsonObject out;
  out.text("operationId", operation_id(route)).text("summary", route.summary);
  out.raw("parameters", parameters_of(route));
  if (route.body != nullptr) {
    out.raw("requestBody", JsonObject{}
                               .raw("required", "true")
                               .raw("content", content("application/json", reference(*route.body)))
                               .str());
  }
  out.raw("responses", responses_of(route));
  out.raw("security", route.who == Who::Anyone ? "[]" : R"([{"bearer":[]}])");
  JsonArray codes;
  for (const ProblemType type : documented_problems(route)) codes.text(facts_of(type).code);
  out.raw("x-problems", codes.str());
  return out.str();
}

std::string lower(std::string_view text) {
  std::string out;
  for (const char c : text) out += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return out;
}

}  // namespace

std::string openapi_document() {
  std::map<std::string, std::string> schemas;
  std::map<std::string, JsonObject> paths;
  for (const auto& route : routes()) {
    paths[route.path].raw(lower(route.method), operation(route));
    for (const auto* message : {route.body, route.answer}) {
      if (message != nullptr) model::collect_schemas(*message->GetDescriptor(), schemas);
    }
  }
  schemas["Problem"] = kProblemSchema;
  JsonObject all_paths, all_schemas;
  for (const auto& [path, operations] : paths) all_paths.raw(path, operations.str());
  for (const auto& [name, schema] : schemas) all_schemas.raw(name, schema);
  JsonObject components;
  components.raw("schemas", all_schemas.str());
  components.raw("securitySchemes",
                 R"({"bearer":{"type":"http","scheme":"bearer","bearerFormat":"JWT"}})");
  return JsonObject{}
      .text("openapi", "3.1.0")
      .raw(
          "info",
          R"({"title":"Vitrine","version":"1","license":{"name":"Apache-2.0","identifier":"Apache-2.0"}})")
      .raw("paths", all_paths.str())
      .raw("components", components.str())
      .str();
}

}  // namespace vitrine::gateway
