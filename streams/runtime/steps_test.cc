#include "streams/runtime/steps.h"

#include <doctest/doctest.h>

using namespace vitrine;

TEST_CASE("steps have the bytes of docs/formats/steps.md") {
  Step step;
  step.wall = at(Duration{1'000});
  step.ingest_first = Position{7};
  step.ingest_records = 3;
  step.upstreams.push_back(
      {"shop", Incarnation{0x0102030405060708}, Position{5}, Position{300}, 2});
  Step tick;
  tick.wall = at(Duration{1'250});
  tick.carried_from = Position{9};

  const Bytes bytes = encode_steps({step, tick});

  CHECK(to_hex(bytes) ==
        "0102"  // version, two steps
        "d00f"
        "00"
        "03"
        "07"
        "01"  // wall, carried, records, first, upstreams
        "0473686f70"
        "0807060504030201"
        "05"
        "a702"
        "02"  // shop, incarnation, from, next - from, records
        "c413"
        "09"
        "00"
        "00");
  CHECK(decode_steps(bytes).value() == std::vector<Step>{step, tick});
}

TEST_CASE("steps of several shards have the bytes of docs/formats/steps.md") {
  Step step;
  step.wall = at(Duration{1'000});
  step.shard = 1;
  step.received.push_back({0, Position{5}, Position{8}, 2});
  step.heard.push_back({0, "in", at(Duration{900}), at(Duration{950})});

  const Bytes bytes = join_parts({Bytes{}, encode_part(1, {step})});

  CHECK(to_hex(bytes) ==
        "0201"  // version, one part
        "0101"  // shard, one step
        "d00f000000"
        "0100050302"          // received: from shard 0, positions 5 to 8, two
        "010002696e880eec0e");  // heard: from shard 0, "in", 900 and 950
  CHECK(decode_steps(bytes).value() == std::vector<Step>{step});
  for (std::size_t length = 1; length < bytes.size(); ++length)
    CHECK(decode_steps(BytesView(bytes).substr(0, length)).error().code == Code::Corrupt);
  CHECK(join_parts({Bytes{}, Bytes{}}).empty());
}

TEST_CASE("cut or longer steps are refused") {
  const Bytes bytes = encode_steps({Step{}});
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    CHECK(decode_steps(BytesView(bytes).substr(0, length)).error().code == Code::Corrupt);
  }
  CHECK(decode_steps(bytes + "x").error().code == Code::Corrupt);
  CHECK(decode_steps(Bytes("\3\0", 2)).error().code == Code::Unsupported);
}
