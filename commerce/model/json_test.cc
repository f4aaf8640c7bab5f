#include <doctest/doctest.h>

#include "commerce/model/json.h"
#include "commerce/model/proto/api.pb.h"
#include "commerce/model/proto/audience.pb.h"

using namespace vitrine;
using namespace vitrine::model;

namespace {

template <class T>
JsonProblem problem_of(std::string_view text) {
  T out;
  auto read = from_json(text, out);
  REQUIRE_FALSE(read);
  return read.error();
}

int status_of(std::string_view text) { return problem_of<api::ReserveRequest>(text).status; }

}  // namespace

TEST_CASE(
    "zeros, empty texts and empty lists are written, absent messages and unspecified enums are "
    "not") {
  CHECK(to_json(StockLeft{}) == R"({"sku":"","available":0,"on_hand":0})");
  CHECK(to_json(api::CartView{}) == R"({"lines":[],"version":0,"as_of":""})");
  CHECK(to_json(StateChanged{}) == R"({"starts_at_ms":0})");
  ShowKpis kpis;
  kpis.set_conversion(0.125);
  CHECK(to_json(kpis).find(R"("conversion":0.125)") != std::string::npos);
}

TEST_CASE("enums are lower-case words, a oneof is the one member that is set, bytes are left out") {
  ShopEvent event;
  event.set_viewer("vwr_1");
  event.mutable_order_placed()->mutable_order()->set_status(PENDING);
  const std::string text = to_json(event);
  CHECK(text.find(R"("status":"pending")") != std::string::npos);
  CHECK(text.find("product_put") == std::string::npos);
  ReservationReleased released;
  released.set_cause(PAYMENT_FAILED);
  CHECK(to_json(released).find(R"("cause":"payment_failed")") != std::string::npos);
  ShopCommand command;
  command.set_body_hash("0123456789abcdef");
  CHECK(to_json(command).find("body_hash") == std::string::npos);
}

TEST_CASE("public JSON leaves out what points to a person, unless the caller keeps the name") {
  ChatPosted posted;
  posted.set_author("vwr_1");
  posted.set_nickname("Ann");
  posted.set_text("hi \"you\"\n");
  static constexpr std::string_view kKeep[] = {"nickname"};
  CHECK(to_json(posted, {.omit_personal = true}).find("Ann") == std::string::npos);
  const std::string kept = to_json(posted, {.omit_personal = true, .keep = kKeep});
  CHECK(kept.find(R"("nickname":"Ann")") != std::string::npos);
  CHECK(kept.find("vwr_1") == std::string::npos);
  CHECK(kept.find(R"(hi \"you\"\n)") != std::string::npos);
}

TEST_CASE("a request is read and what was read is written again") {
  api::ReserveRequest request;
  const auto read = from_json(
      R"({"lines":[{"sku":"mug","quantity":2,"unit_price":{"amount":1999,"currency":"GBP"}}],)"
      R"("show":"show_1"})",
      request);
  REQUIRE(read.has_value());
  CHECK(request.lines(0).quantity() == 2);
  CHECK(request.lines(0).unit_price().amount() == 1999);
  api::ReserveRequest again;
  REQUIRE(from_json(to_json(request), again).has_value());
  CHECK(again.SerializeAsString() == request.SerializeAsString());
  api::StateRequest state;
  REQUIRE(from_json(R"({"to":"live"})", state).has_value());
  CHECK(state.to() == LIVE);
}

TEST_CASE("what is not JSON is malformed") {
  CHECK(status_of("") == 400);
  CHECK(status_of("{") == 400);
  CHECK(status_of(R"({"show":"a",})") == 400);
  CHECK(status_of(R"({"show":"a"} x)") == 400);
  CHECK(status_of("{\"show\":\"\xff\"}") == 400);
  CHECK(status_of(R"({"show":"\u0000"})") == 400);
  CHECK(status_of(R"({"show":"\ud800"})") == 400);
  CHECK(status_of(R"({"show":"a","show":"b"})") == 400);
  CHECK(status_of(R"({"unknown":{"a":1,"a":2}})") == 400);
  CHECK(status_of(R"({"lines":[{"quantity":123456789012345678901234567890}]})") == 400);
  CHECK(status_of(R"({"lines":[{"quantity":1e999}]})") == 400);
  CHECK(status_of("{\"show\":\"a\tb\"}") == 400);
  CHECK(status_of(std::string(80, '[') + std::string(80, ']')) == 400);
}

TEST_CASE("every violation of the schema is told with its JSON pointer") {
  const auto problem = problem_of<api::ReserveRequest>(
      R"({"lines":[{"quantity":0},{"sku":"no spaces","quantity":"2"},7],"colour":"red","show":5})");
  CHECK(problem.status == 422);
  CHECK(problem.code == "schema");
  std::vector<std::string> pointers;
  for (const auto& error : problem.errors) pointers.push_back(error.pointer);
  CHECK(pointers == std::vector<std::string>{"/lines/0/quantity", "/lines/0/sku", "/lines/1/sku",
                                             "/lines/1/quantity", "/lines/2", "/colour", "/show"});
}

TEST_CASE("lengths count code points and items, and numbers keep their range") {
  std::string emoji;
  for (int i = 0; i < 30; ++i) emoji += "\xF0\x9F\x98\x80";
  api::GuestRequest guest;
  CHECK(from_json("{\"nickname\":\"" + emoji + "\"}", guest).has_value());
  CHECK_FALSE(from_json("{\"nickname\":\"" + emoji + "x\"}", guest).has_value());
  CHECK_FALSE(from_json(R"({"nickname":""})", guest).has_value());
  CHECK_FALSE(from_json("{}", guest).has_value());
  api::PollRequest poll;
  CHECK(from_json(R"({"question":"?","answers":["a","b"]})", poll).has_value());
  CHECK_FALSE(from_json(R"({"question":"?","answers":["a"]})", poll).has_value());
  CHECK_FALSE(from_json(R"({"question":"?","answers":["a","b","c","d","e"]})", poll).has_value());
  api::VoteRequest vote;
  CHECK(from_json(R"({"answer":0})", vote).has_value());
  CHECK_FALSE(from_json(R"({"answer":4})", vote).has_value());
  CHECK_FALSE(from_json(R"({"answer":1.0})", vote).has_value());
  CHECK_FALSE(from_json(R"({"answer":null})", vote).has_value());
  CHECK_FALSE(from_json(R"({"answer":18446744073709551615})", vote).has_value());
}

TEST_CASE("at most twenty violations are told") {
  std::string body = "{";
  for (int i = 0; i < 100; ++i) body += "\"f" + std::to_string(i) + "\":1,";
  body.back() = '}';
  CHECK(problem_of<api::ReserveRequest>(body).errors.size() == kViolationsMax);
}

TEST_CASE("a pointer escapes slashes and tildes") {
  CHECK(problem_of<api::ReserveRequest>(R"({"a/b~":1})").errors.at(0).pointer == "/a~1b~0");
}
