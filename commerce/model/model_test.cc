#include <doctest/doctest.h>

#include "commerce/model/card.h"
#include "commerce/model/ids.h"
#include "commerce/model/json.h"
#include "commerce/model/proto/api.pb.h"
#include "commerce/model/schema.h"
#include "commerce/model/topics.h"
#include "commerce/model/validate.h"

using namespace vitrine;
using namespace vitrine::model;

namespace {

std::vector<const google::protobuf::FileDescriptor*> files() {
  return {Money::descriptor()->file(), ShopEvent::descriptor()->file(),
          ShowEvent::descriptor()->file(), ChatEvent::descriptor()->file(),
          api::Empty::descriptor()->file()};
}

}  // namespace

TEST_CASE("every field of every message has a privacy class") {
  int fields = 0;
  for (const auto* file : files()) {
    for (int m = 0; m < file->message_type_count(); ++m) {
      const auto& message = *file->message_type(m);
      for (int f = 0; f < message.field_count(); ++f, ++fields) {
        INFO(message.field(f)->full_name());
        CHECK(rules_of(*message.field(f)).privacy.has_value());
      }
    }
  }
  CHECK(fields > 200);
}

TEST_CASE("every pattern named in the schema is one we know") {
  for (const auto* file : files()) {
    for (int m = 0; m < file->message_type_count(); ++m) {
      for (int f = 0; f < file->message_type(m)->field_count(); ++f) {
        const std::string pattern = rules_of(*file->message_type(m)->field(f)).pattern;
        CHECK((pattern.empty() || pattern == "id" || pattern == "sku" || pattern == "currency"));
      }
    }
  }
}

TEST_CASE("a message travels as deterministic bytes under its schema's name") {
  CHECK(Serde<ShopEvent>::name == "proto:" + ShopEvent::descriptor()->full_name());
  CHECK(Serde<api::ShowView>::name == "proto:vitrine.api.ShowView");
  CHECK(Serde<std::vector<Line>>::name == "vector(proto:vitrine.Line)");
  ShopEvent event;
  event.set_viewer("vwr_1");
  event.mutable_stock_set()->set_on_hand(7);
  const Bytes bytes = encoded(event);
  const auto back = decoded<ShopEvent>(bytes);
  REQUIRE(back.has_value());
  CHECK(encoded(*back) == bytes);
  CHECK(encoded(ShopEvent{}).empty());
  CHECK_FALSE(decoded<ShopEvent>("\x0a\x7f").has_value());
  CHECK_FALSE(decoded<ShopEvent>("\x0a\x01\xff").has_value());  // not UTF-8
  CHECK(topics::shop_events.name() == "shop.events");
}

TEST_CASE("ids, skus and currencies have their shape") {
  CHECK(id_at(kOrderPrefix, 8812) == "ord_8812");
  CHECK(is_id("vwr_1.a:b-C"));
  CHECK_FALSE(is_id(""));
  CHECK_FALSE(is_id("a b"));
  CHECK_FALSE(is_id("\xC3\xA9"));
  CHECK_FALSE(is_id(std::string(65, 'a')));
  CHECK(is_currency("GBP"));
  CHECK_FALSE(is_currency("gbp"));
  CHECK_FALSE(is_currency("GB"));
}

TEST_CASE("a card number is found however it is parted, and other numbers are left alone") {
  CHECK(card_number("my card 4111 1111 1111 1111 ok").has_value());
  CHECK(card_number("4111-1111-1111-1111").has_value());
  CHECK(card_number("5500005555555559").has_value());
  CHECK(card_number("378282246310005").has_value());
  CHECK(card_number("qty 2 4111111111111111").has_value());
  CHECK_FALSE(card_number("4111 1111 1111 1112").has_value());
  CHECK_FALSE(card_number("1700000000000").has_value());
  CHECK_FALSE(card_number("411111111111").has_value());
  CHECK_FALSE(card_number("41111111111111111111111111").has_value());
  CHECK(without_card_numbers("pay 4111 1111 1111 1111!", "#") == "pay #!");
  CHECK(without_card_numbers("4111111111111111, 5500005555555559", "#") == "#, #");
}

TEST_CASE("the schema of a message says what the reader enforces, and is JSON") {
  std::map<std::string, std::string> schemas;
  collect_schemas(*api::ReserveRequest::descriptor(), schemas);
  collect_schemas(*api::PollRequest::descriptor(), schemas);
  collect_schemas(*ShopEvent::descriptor(), schemas);  // holds itself, through answered_again
  CHECK(schemas.contains("Line"));
  CHECK(schemas.contains("Money"));
  for (const auto& [name, schema] : schemas) {
    INFO(name);
    // Well-formed, if not what an Empty holds: 422, not 400.
    api::Empty empty;
    CHECK(from_json(schema, empty).error().status == 422);
  }
  CHECK(schemas.at("Line").find(
            R"("quantity":{"type":"integer","format":"int32","minimum":1,"maximum":999})") !=
        std::string::npos);
  CHECK(schemas.at("PollRequest").find(R"("minItems":2,"maxItems":4)") != std::string::npos);
  CHECK(schemas.at("PollRequest").find(R"("required":["question","answers"])") !=
        std::string::npos);
}
