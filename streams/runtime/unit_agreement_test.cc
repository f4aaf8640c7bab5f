#include "streams/runtime/unit_agreement.h"

#include <doctest/doctest.h>

#include "vitrine/app.h"

using namespace vitrine;

namespace {

const Topic<std::string, std::string> kAgreed{"agreed", {.partitions = 8}};

std::string told(const std::vector<InputPosition>& rows,
                 const std::vector<InputPosition>& committed) {
  App app{"agreement"};
  app.stream(kAgreed).to(Topic<std::string, std::string>{"zebra"});
  const TopicTable topics(*app.topology().value(), {});
  return differences(topics, rows, committed);
}

}  // namespace

TEST_CASE("rows and offsets that one commit wrote belong together") {
  CHECK(told({}, {}).empty());
  CHECK(told({{0, 1, 7}, {0, 2, 9}}, {{0, 1, 7}, {0, 2, 9}}).empty());
}

TEST_CASE("offsets that the broker has forgotten are no difference") {
  CHECK(told({{0, 1, 7}, {0, 2, 9}}, {{0, 2, 9}}).empty());
}

TEST_CASE("where rows and offsets differ both are said, and not too much of it") {
  CHECK(told({{0, 1, 7}}, {{0, 1, 5}}) ==
        "agreed/1 is consumed up to 7 by the state, up to 5 by the offsets");
  CHECK(told({}, {{0, 3, 2}}) ==
        "agreed/3 is consumed not at all by the state, up to 2 by the offsets");
  std::vector<InputPosition> many;
  for (std::uint32_t partition = 0; partition < 6; ++partition) many.push_back({0, partition, 1});
  CHECK(told({}, many).ends_with("by the offsets, and 2 more partitions"));
}
