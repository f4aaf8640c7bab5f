// Calls: sent once committed, answered once, tried again, given up; ids that follow from the input.
#include <doctest/doctest.h>

#include <stdexcept>

#include "streams/operators/test_types.h"
#include "vitrine/test_driver.h"

using namespace vitrine;
using namespace vitrine::literals;
using test::Order;
using test::orders;

namespace {
struct Charge {
  std::string card;
  std::int64_t cents = 0;
  auto fields() { return std::tie(card, cents); }
  friend bool operator==(const Charge&, const Charge&) = default;
};
using Charged = Called<Charge, std::string>;
const Call<Charge, std::string> charge{
    "charge",
    {.timeout = 30s, .attempts_max = 3, .backoff = 1s, .backoff_max = 90s, .pending_max = 3}};
const Topic<std::string, Charged> charges{"charges"};

Charge charge_of(const Order& order) {
  if (order.cents < 0) throw std::runtime_error("negative");
  return {order.show, order.cents};
}

App paying() {
  App app{"shop"};
  app.stream(orders)
      .call(charge, charge_of)
      .filter([](const Charged& charged) {
        if (charged.answer == "poison") throw std::runtime_error("cannot be read");
        return true;
      })
      .to(charges);
  return app;
}
std::vector<std::string> ids(const TestDriver& t) {
  std::vector<std::string> out;
  for (const auto& call : t.calls(charge)) out.push_back(call.id);
  return out;
}
using Ids = std::vector<std::string>;
}  // namespace

TEST_CASE("a record asks, and its answer comes back under its key and correlation") {
  TestDriver t{paying()};
  t.pipe(orders, "o-1", Order{"visa", 5}, at(1s), "cmd-1");
  CHECK(t.values(charges).empty());
  REQUIRE(t.calls(charge) ==
          std::vector<TestCall<Charge>>{{"shop/charge/orders/1", 1, Charge{"visa", 5}}});
  t.advance(2s);
  t.answer(charge, "shop/charge/orders/1", "receipt-9");
  const auto out = t.read_all(charges);
  REQUIRE(out.size() == 1);
  CHECK(out[0].key == "o-1");
  CHECK(out[0].correlation == "cmd-1");
  CHECK(out[0].timestamp == at(3s));
  CHECK(out[0].value == Charged{"shop/charge/orders/1", CallOutcome::Answered, Charge{"visa", 5},
                                "receipt-9", "", 1});
  CHECK(t.calls(charge).empty());
  CHECK(t.state_bytes("charge").empty());
  CHECK(t.state_bytes("charge.timers").empty());
}

TEST_CASE("an answer that comes again, or late, is ignored") {
  TestDriver t{paying()};
  t.pipe(orders, "o-1", Order{"visa", 5});
  t.answer(charge, "shop/charge/orders/1", "first");
  t.answer(charge, "shop/charge/orders/1", "second");
  t.fail(charge, "shop/charge/orders/1", "too late");
  t.advance(1h);
  REQUIRE(t.values(charges).size() == 1);
  CHECK(t.values(charges)[0].answer == "first");
}

TEST_CASE("without an answer it is asked again, each time later, and then given up") {
  TestDriver t{paying()};
  t.pipe(orders, "o-1", Order{"visa", 5}, at(0s), "cmd-1");
  t.advance_to(at(29'999ms));
  CHECK(t.calls(charge)[0].attempt == 1);
  t.advance_to(at(30s));
  CHECK(t.calls(charge).empty());  // 1 s of backoff
  t.advance_to(at(31s));
  REQUIRE(t.calls(charge).size() == 1);
  CHECK(t.calls(charge)[0].id == "shop/charge/orders/1");
  CHECK(t.calls(charge)[0].attempt == 2);
  t.advance_to(at(62'999ms));  // timeout at 61 s, then 2 s
  CHECK(t.calls(charge).empty());
  t.advance_to(at(63s));
  CHECK(t.calls(charge)[0].attempt == 3);
  t.advance_to(at(92'999ms));
  CHECK(t.values(charges).empty());
  t.advance_to(at(93s));
  REQUIRE(t.values(charges).size() == 1);
  CHECK(t.read_all(charges)[0].correlation == "cmd-1");
  CHECK(t.values(charges)[0] == Charged{"shop/charge/orders/1", CallOutcome::Failed,
                                        Charge{"visa", 5}, std::nullopt,
                                        "no answer within 30000 ms", 3});
  REQUIRE(t.dead_letters("charge").size() == 1);
  CHECK(t.dead_letters("charge")[0].cause ==
        "call shop/charge/orders/1, attempt 3 of 3: no answer within 30000 ms");
  CHECK(decoded<Charge>(t.dead_letters("charge")[0].value) == Charge{"visa", 5});
  CHECK(t.state_bytes("charge").empty());
}

TEST_CASE("a failure is tried again after the backoff, a refusal never") {
  TestDriver t{paying()};
  t.pipe(orders, "o-1", Order{"visa", 5}, at(0s));
  t.pipe(orders, "o-2", Order{"none", 6}, at(0s));
  t.fail(charge, "shop/charge/orders/1", "line busy");
  t.refuse(charge, "shop/charge/orders/2", "no such card");
  REQUIRE(t.values(charges).size() == 1);
  CHECK(t.values(charges)[0].outcome == CallOutcome::Failed);
  CHECK(t.values(charges)[0].cause == "no such card");
  CHECK(t.values(charges)[0].attempts == 1);
  CHECK(t.dead_letters("charge").size() == 1);
  t.advance(1s);
  REQUIRE(t.calls(charge).size() == 1);
  t.answer(charge, "shop/charge/orders/1", "ok");
  CHECK(t.values(charges)[1].attempts == 2);
  CHECK(t.values(charges)[1].cause == "line busy");
}

TEST_CASE("a failure of an attempt that was given up does not end the next one") {
  TestDriver t{paying()};
  t.pipe(orders, "o-1", Order{"visa", 5}, at(0s));
  t.advance(31s);
  const CallReport late{ReportKind::Refused, "shop/charge/orders/1", 1, "of the first attempt"};
  t.pipe_bytes("shop.charge.reports", {"o-1", encoded(late), t.now(), {}});
  CHECK(t.values(charges).empty());
  CHECK(t.calls(charge).size() == 1);
}

TEST_CASE("after a restart what is open is sent again, under its id and as the same attempt") {
  TestDriver t{paying()};
  t.pipe(orders, "o-1", Order{"visa", 5}, at(0s));
  t.pipe(orders, "o-2", Order{"visa", 6}, at(0s));
  t.answer(charge, "shop/charge/orders/1", "ok");
  t.advance(20s);
  const std::size_t sent = t.records("shop.charge.requests").size();
  t.restart();
  CHECK(t.records("shop.charge.requests").size() == sent + 1);
  CHECK(t.calls(charge) ==
        std::vector<TestCall<Charge>>{{"shop/charge/orders/2", 1, Charge{"visa", 6}}});
  t.advance(29s);  // the timeout counts from the sending
  t.answer(charge, "shop/charge/orders/2", "ok");
  CHECK(t.values(charges).size() == 2);
  CHECK(t.values(charges)[1].attempts == 1);
}

TEST_CASE("a restart while waiting for the next attempt keeps the waiting") {
  TestDriver t{paying()};
  t.pipe(orders, "o-1", Order{"visa", 5}, at(0s));
  t.fail(charge, "shop/charge/orders/1", "busy");
  t.restart();
  CHECK(t.calls(charge).empty());
  t.advance(1s);
  CHECK(t.calls(charge)[0].attempt == 2);
}

TEST_CASE("a record whose request throws asks nothing") {
  TestDriver t{paying()};
  t.pipe(orders, "o-1", Order{"visa", -5});
  CHECK(t.dead_letters("orders").size() == 1);
  CHECK(t.calls(charge).empty());
  CHECK(t.state_bytes("charge").empty());
  t.advance(1h);
  CHECK(t.values(charges).empty());
}

TEST_CASE("a result that throws downstream leaves the call open: it is sent again") {
  TestDriver t{paying()};
  t.pipe(orders, "o-1", Order{"visa", 5}, at(0s));
  t.answer(charge, "shop/charge/orders/1", "poison");
  CHECK(t.dead_letters("shop.charge.reports").size() == 1);
  CHECK(t.values(charges).empty());
  t.advance(31s);
  CHECK(t.calls(charge)[0].attempt == 2);
  t.answer(charge, "shop/charge/orders/1", "good");
  CHECK(t.values(charges).size() == 1);
}

TEST_CASE("more calls than may be open are answered at once: overloaded, never sent") {
  TestDriver t{paying()};
  for (const char* key : {"o-1", "o-2", "o-3", "o-4"}) t.pipe(orders, key, Order{"visa", 5});
  CHECK(t.calls(charge).size() == 3);
  REQUIRE(t.values(charges).size() == 1);
  CHECK(t.values(charges)[0].outcome == CallOutcome::Overloaded);
  CHECK(t.values(charges)[0].attempts == 0);
  t.restart();
  t.answer(charge, "shop/charge/orders/2", "ok");
  t.pipe(orders, "o-5", Order{"visa", 5});
  CHECK(t.calls(charge).size() == 3);
}

TEST_CASE("an id of yours names the call; asking again while it is open joins it") {
  App app{"shop"};
  app.stream(orders)
      .call(charge, charge_of, [](std::string_view key, const Order&) { return key; })
      .to(charges);
  TestDriver t{app};
  t.pipe(orders, "o-1", Order{"visa", 5});
  t.pipe(orders, "o-1", Order{"visa", 5});
  CHECK(ids(t) == Ids{"shop/charge/o-1"});
  t.answer(charge, "shop/charge/o-1", "ok");
  CHECK(t.values(charges).size() == 1);
  t.pipe(orders, "o-1", Order{"visa", 5});
  CHECK(ids(t) == Ids{"shop/charge/o-1"});
}

TEST_CASE("a record that asks twice asks under two ids; both plans, behind a hop, too") {
  App app{"shop"};
  app.stream(orders)
      .flat_map<Order>([](const Order& o, Emit<Order>& emit) { emit(o), emit(o); })
      .rekey([](const Order& o) { return o.show; })
      .call(charge, charge_of)
      .to(charges);
  TestDriver local{app};
  local.pipe(orders, "o-1", Order{"visa", 5});
  CHECK(ids(local) == Ids{"shop/charge/orders/1", "shop/charge/orders/1/2"});
  TestDriver split{app, Plan::Split};
  split.pipe(orders, "o-1", Order{"visa", 5});
  CHECK(ids(split) == Ids{"shop/charge/shop.charge.by-key/2", "shop/charge/shop.charge.by-key/3"});
  split.answer(charge, ids(split)[0], "ok");
  CHECK(split.read_all(charges)[0].key == "visa");
}

TEST_CASE("a call from a closing window is named by the window") {
  const Topic<Windowed<std::string>, Called<std::uint64_t, std::string>> told{"told"};
  const Call<std::uint64_t, std::string> tell{"tell"};
  App app{"shop"};
  app.stream(orders)
      .group_by_key()
      .window(Tumbling{.size = 10s}, "n", std::uint64_t{0},
              [](std::uint64_t& n, const Order&) { ++n; })
      .emit(on_close, drop_late)
      .call(tell, [](std::uint64_t n) { return n; })
      .to(told);
  TestDriver t{app};
  t.pipe(orders, "a b", Order{"", 1}, at(1s));
  t.advance(10s);
  REQUIRE(t.calls(tell).size() == 1);
  const std::string id = t.calls(tell)[0].id;
  CHECK(id.starts_with("shop/tell/n/10000/"));
  CHECK(id.ends_with("a~20b"));
  t.answer(tell, id, "thanks");
  CHECK(t.values(told)[0].answer == "thanks");
}

TEST_CASE("options that would never end, or never send, are refused") {
  App app{"shop"};
  const Call<Charge, std::string> endless{"endless", {.timeout = 0s, .attempts_max = 0}};
  app.stream(orders).call(endless, charge_of).to(charges);
  const auto topology = app.topology();
  REQUIRE(!topology.has_value());
  const std::string& text = topology.error().message;
  CHECK(text.find("call \"endless\": timeout and backoff must be greater than zero") !=
        std::string::npos);
  CHECK(text.find("call \"endless\": attempts_max and pending_max must be at least 1") !=
        std::string::npos);
}

TEST_CASE("what is no report is dead-lettered") {
  TestDriver t{paying()};
  t.pipe_bytes("shop.charge.reports", {"o-1", "\xff", at(0s), {}});
  REQUIRE(t.dead_letters("shop.charge.reports").size() == 1);
  CHECK(t.dead_letters("shop.charge.reports")[0].cause ==
        "the value of a record in shop.charge.reports is no report of a call");
}
