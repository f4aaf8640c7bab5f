// map, filter, flat_map, rekey, peek, and what happens when one of them throws.
#include <doctest/doctest.h>

#include <stdexcept>

#include "streams/operators/test_types.h"
#include "vitrine/test_driver.h"

using namespace vitrine;
using namespace vitrine::literals;
using test::Order;
using test::orders;
using test::words;

namespace {
const Topic<std::string, std::string> lines{"lines"};
const Topic<std::string, std::int64_t> lengths{"lengths"};
const Topic<std::string, Order> orders_by_show{"orders-by-show"};

void split(std::string_view line, Emit<std::string>& emit) {
  for (std::size_t at = 0; at <= line.size();) {
    const std::size_t end = std::min(line.find(' ', at), line.size());
    emit(line.substr(at, end - at));
    at = end + 1;
  }
}

// Counts how often it is decoded.
struct Counted {
  std::string text;
  static inline int decoded = 0;
};
}  // namespace

template <>
struct vitrine::Serde<Counted> : vitrine::detail::FixedSerde<Counted> {
  static void encode(const Counted& value, Bytes& out) { out += value.text; }
  static bool decode(BytesView bytes, Counted& out) {
    ++Counted::decoded;
    out.text += bytes;  // a place that was not made anew would be seen
    return bytes != "bad";
  }
  static constexpr std::string_view name = "counted";
};

TEST_CASE("a record that is read several times as the same types is decoded once") {
  const Topic<std::string, Counted> counted{"counted"};
  App app{"a"};
  for (const char* tag : {"1", "2", "3"})
    app.stream(counted)
        .map([tag](const Counted& value) { return value.text + tag; })
        .to(words);
  TestDriver t{app};
  Counted::decoded = 0;
  for (const char* text : {"a", "bad", "b"}) t.pipe(counted, "k", Counted{text});
  CHECK(Counted::decoded == 3);
  CHECK(t.values(words) == std::vector<std::string>{"a1", "a2", "a3", "b1", "b2", "b3"});
}

TEST_CASE("map makes a new value under the same key") {
  App app{"a"};
  app.stream(lines)
      .map([](std::string_view v) { return static_cast<std::int64_t>(v.size()); })
      .to(lengths);
  TestDriver t{app};
  t.pipe(lines, "k", "four", at(2s), "cmd-7");
  CHECK(t.read_all(lengths) ==
        std::vector<TestRecord<std::string, std::int64_t>>{{"k", 4, at(2s), "cmd-7"}});
}

TEST_CASE("map may look at the key and may return a borrowed string") {
  App app{"a"};
  app.stream(lines)
      .map([](std::string_view key, std::string_view v) { return v.empty() ? key : v.substr(1); })
      .to(words);
  TestDriver t{app};
  t.pipe(lines, "k", "abc");
  t.pipe(lines, "k", "");
  CHECK(t.values(words) == std::vector<std::string>{"bc", "k"});
}

TEST_CASE("filter keeps what its function says true to") {
  App app{"a"};
  app.stream(lines).filter([](std::string_view v) { return v.size() > 2; }).to(words);
  TestDriver t{app};
  for (const char* v : {"a", "abc", "ab", "abcd"}) t.pipe(lines, "k", v);
  CHECK(t.values(words) == std::vector<std::string>{"abc", "abcd"});
}

TEST_CASE("flat_map emits any number of values, in order") {
  App app{"a"};
  app.stream(lines).flat_map<std::string>(split).to(words);
  TestDriver t{app};
  t.pipe(lines, "k", "to be  or");
  CHECK(t.values(words) == std::vector<std::string>{"to", "be", "", "or"});
}

TEST_CASE("rekey changes the key and says so in describe()") {
  App app{"a"};
  app.stream(orders).rekey([](const Order& o) { return o.show; }).to(orders_by_show);
  TestDriver t{app};
  t.pipe(orders, "order-1", Order{"show-9", 5});
  CHECK(t.read(orders_by_show).at("show-9") == Order{"show-9", 5});
  CHECK(app.describe().find("rekey (changes the key)") != std::string::npos);
}

TEST_CASE("one stream may go two ways") {
  App app{"a"};
  auto stream = app.stream(lines);
  stream.filter([](std::string_view v) { return v.starts_with("a"); }).to(words);
  stream.map([](std::string_view v) { return static_cast<std::int64_t>(v.size()); }).to(lengths);
  TestDriver t{app};
  t.pipe(lines, "k", "abc");
  t.pipe(lines, "k", "bc");
  CHECK(t.values(words) == std::vector<std::string>{"abc"});
  CHECK(t.values(lengths) == std::vector<std::int64_t>{3, 2});
}

TEST_CASE("a topic that is written and read in one app is worked through before pipe returns") {
  App app{"a"};
  app.stream(lines).flat_map<std::string>(split).to(words);
  app.stream(words)
      .map([](std::string_view v) { return static_cast<std::int64_t>(v.size()); })
      .to(lengths);
  TestDriver t{app};
  t.pipe(lines, "k", "to be or");
  CHECK(t.values(lengths) == std::vector<std::int64_t>{2, 2, 2});
}

TEST_CASE(
    "an exception undoes the record whole: its state, its emissions, and keeps it as a dead "
    "letter") {
  App app{"a"};
  auto split_words = app.stream(lines).flat_map<std::string>(split);
  split_words.to(words);
  split_words.group_by([](std::string_view w) { return w; })
      .count("counts")
      .filter([](std::string_view word, std::uint64_t) {
        if (word == "bomb") throw std::runtime_error("it went off");
        return true;
      });
  TestDriver t{app};
  t.pipe(lines, "k", "a b");
  t.pipe(lines, "k", "a bomb b");
  t.pipe(lines, "k", "b");
  CHECK(t.state<std::string, std::uint64_t>("counts") ==
        std::map<std::string, std::uint64_t>{{"a", 1}, {"b", 2}});
  CHECK(t.values(words) == std::vector<std::string>{"a", "b", "b"});
  REQUIRE(t.dead_letters("lines").size() == 1);
  CHECK(t.dead_letters("lines")[0].cause == "it went off");
  CHECK(t.dead_letters("lines")[0].value == "a bomb b");
}

TEST_CASE("bytes that are not of the topic's type become a dead letter") {
  App app{"a"};
  app.stream(orders).to(orders_by_show);
  TestDriver t{app};
  t.pipe_bytes("orders", {"k", "\xff", at(0s), {}});
  CHECK(t.values(orders_by_show).empty());
  REQUIRE(t.dead_letters("orders").size() == 1);
  CHECK(t.dead_letters("orders")[0].cause.starts_with(
      "the value of a record in orders is no struct("));
}
