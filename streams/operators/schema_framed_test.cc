// Values with the frame of a schema registry: what is written, what is read, what is refused.
#include "vitrine/schema_framed.h"

#include <doctest/doctest.h>

#include "streams/operators/test_types.h"
#include "vitrine/test_driver.h"

using namespace vitrine;
using namespace vitrine::literals;
using test::Order;
using test::orders;

namespace {

struct OrderSchema {
  static inline std::uint32_t id = 0;
};
using FramedOrder = SchemaFramed<Order, OrderSchema>;
const Topic<std::string, FramedOrder> framed_orders{"framed-orders"};
const Topic<std::string, FramedOrder> large_orders{"large-orders"};

void large_ones(App& app) {
  auto stream = app.stream(framed_orders);
  stream.filter([](const Order& order) { return order.cents > 100; }).to(large_orders);
  stream.map([](const Order& order) { return order; }).to(orders);
}

}  // namespace

TEST_CASE("a framed value is a zero, the schema's id and the value's own bytes") {
  OrderSchema::id = 0x01020304;
  const Order order{"show-1", 250};
  const Bytes framed = encoded(FramedOrder{order});
  CHECK(to_hex(BytesView(framed).substr(0, 5)) == "0001020304");
  CHECK(framed.substr(5) == encoded(order));
  CHECK(decoded<FramedOrder>(framed) == FramedOrder{order});
  CHECK(Serde<SchemaFramed<std::string, OrderSchema>>::name == "schema-framed(string)");
}

TEST_CASE("functions see the value itself; what is written has the frame again") {
  OrderSchema::id = 42;
  App app{"large"};
  large_ones(app);
  TestDriver t{app};
  t.pipe(framed_orders, "a", Order{"show-1", 50});
  t.pipe(framed_orders, "b", Order{"show-1", 500});
  CHECK(t.values(large_orders) == std::vector<FramedOrder>{FramedOrder{Order{"show-1", 500}}});
  CHECK(t.values(orders).size() == 2);
}

TEST_CASE("another schema, or no frame, is a dead letter that says which") {
  OrderSchema::id = 42;
  App app{"large"};
  large_ones(app);
  TestDriver t{app};
  const Bytes body = encoded(Order{"show-1", 500});
  const auto cause_of = [&](const Bytes& value) {
    t.pipe_bytes("framed-orders", {"k", value, at(1s), {}});
    const auto letters = t.dead_letters("framed-orders");
    return letters.empty() ? std::string("it was taken") : letters.back().cause;
  };
  const auto says = [](const std::string& cause, const char* why) {
    CAPTURE(cause);
    return cause.find(why) != std::string::npos;
  };
  const BytesView frame("\0\0\0\0\x2b", 5);
  CHECK(says(cause_of(Bytes(frame) + body), "its schema id is 43, and the topic's is 42"));
  CHECK(says(cause_of("\x01" + body), "it begins with the byte 1"));
  CHECK(says(cause_of("{}"), "it has 2 bytes, and a schema frame takes 5"));
  CHECK(says(cause_of(Bytes("\0\0\0\0\x2a", 5)), "is no schema-framed("));  // nothing behind it
  CHECK(t.dead_letters("framed-orders").size() == 4);
  CHECK(t.values(orders).empty());
}
