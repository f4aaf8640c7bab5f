#include "streams/standby/wire.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "sim/sim_env.h"

using namespace vitrine;
using namespace vitrine::standby_wire;

namespace {

Welcome example() {
  return {kVersion, true, 77, 3, {{2, Epoch{40}}, {3, Epoch{80}}}, {"counts|string|int64"}};
}

ShippedGroup group_of(const std::string& bytes) {
  return {Epoch{5}, 9, 4096, std::make_shared<const Bytes>(bytes)};
}

// Everything that decodes a body, given any bytes.
void decode_all(BytesView body) {
  (void)decode_hello(body);
  (void)decode_welcome(body);
  (void)decode_refused(body);
  (void)decode_group(body);
  (void)decode_beat(body);
  (void)decode_ack(body);
  (void)decode_file(body);
  (void)decode_acks(body);
}

}  // namespace

TEST_CASE("frames come out as they went in, wherever the stream is cut") {
  Hello hello;
  hello.app = "shop";
  hello.log = 1;
  hello.self = 2;
  hello.term = 3;
  hello.incarnation = Incarnation{4};
  hello.last = Epoch{5};
  hello.end = Position{6};
  hello.time = time_of_millis(7);
  const Bytes stream = framed(Kind::Hello, encode(hello)) +
                       framed(Kind::Welcome, encode(example())) +
                       framed(Kind::Group, encode(group_of("group bytes"))) +
                       framed(Kind::Ack, encode(Ack{3, Epoch{8}, Epoch{7}, true}));
  for (std::size_t step = 1; step < stream.size(); ++step) {
    FrameReader reader;
    std::vector<Frame> frames;
    for (std::size_t at = 0; at < stream.size(); at += step) {
      reader.feed(BytesView(stream).substr(at, step));
      for (auto frame = reader.next().value(); frame; frame = reader.next().value())
        frames.push_back(std::move(*frame));
    }
    REQUIRE(frames.size() == 4);
    CHECK(reader.held() == 0);
    const auto h = decode_hello(frames[0].body);
    REQUIRE(h);
    CHECK((h->app == "shop" && h->log == 1 && h->self == 2 && h->term == 3));
    CHECK((h->incarnation == Incarnation{4} && h->last == Epoch{5} && h->end == Position{6}));
    CHECK(h->time == time_of_millis(7));
    const auto w = decode_welcome(frames[1].body);
    REQUIRE(w);
    CHECK((w->seed && w->log == 77 && w->begins.size() == 2 && w->begins[1].after == Epoch{80}));
    CHECK(w->states == example().states);
    const auto g = decode_group(frames[2].body);
    REQUIRE(g);
    CHECK((g->epoch == Epoch{5} && g->segment == 9 && g->offset == 4096));
    CHECK(*g->bytes == "group bytes");
    const auto a = decode_ack(frames[3].body);
    REQUIRE(a);
    CHECK((a->last == Epoch{8} && a->state == Epoch{7} && a->complete));
  }
}

TEST_CASE("a frame that is longer than its kind may be, or of no kind, is refused by its head") {
  const auto refused = [](std::uint32_t length, std::uint8_t kind) {
    Bytes head;
    put_u32(head, length);
    put_u8(head, kind);
    FrameReader reader;
    reader.feed(head);
    const auto frame = reader.next();
    return !frame && frame.error().code == Code::Invalid;
  };
  for (std::uint8_t kind = 1; kind <= static_cast<std::uint8_t>(Kind::Acks); ++kind) {
    const auto longest = body_max(kind);
    REQUIRE(longest);
    CHECK(refused(static_cast<std::uint32_t>(*longest + 1), kind));
    CHECK_FALSE(refused(static_cast<std::uint32_t>(*longest), kind));
    CHECK(refused(0xffffffffU, kind));
  }
  CHECK(refused(0, 0));
  CHECK(refused(0, static_cast<std::uint8_t>(Kind::Acks) + 1));
  CHECK(refused(1, 255));
}

TEST_CASE("only files of an engine's folder are taken") {
  const auto taken = [](const std::string& path) {
    return decode_file(encode(FileHead{path, 1})).has_value();
  };
  for (const char* path : {"identities", "journal/manifest", "journal/segment-0000000000000001.vtj",
                           "state/000012.sst", "state/CURRENT"})
    CHECK(taken(path));
  for (const char* path : {"", "term", "journal", "journal/", "journal/..", "journal/../term",
                           "/etc/passwd", "state/a/b", "keys/signing", "journal/.hidden",
                           "state/a\\b", "state/ "})
    CHECK_FALSE(taken(path));
  CHECK_FALSE(taken("state/" + std::string(201, 'a')));
}

TEST_CASE("any bytes end as frames or a refusal, within what was fed") {
  sim::SeededRandom random(1);
  const std::vector<Bytes> bodies{encode(Hello{}), encode(example()),
                                  encode(Refused{Code::Conflict, true, 4, "no"}),
                                  encode(group_of("bytes")), encode(Beat{1, Epoch{1}, {}, true}),
                                  encode(Ack{}), encode(FileHead{"identities", 3}),
                                  encode(Acks{true, "yes"})};
  for (int round = 0; round < 30'000; ++round) {
    const std::size_t which = random.below(bodies.size());
    Bytes body = bodies[which];
    for (std::uint64_t changes = random.below(4); changes > 0; --changes) {
      switch (random.below(3)) {
        case 0:
          if (!body.empty()) body[random.below(body.size())] = static_cast<char>(random.next());
          break;
        case 1: body.resize(random.below(body.size() + 1)); break;
        default: body.push_back(static_cast<char>(random.next()));
      }
    }
    decode_all(body);
    Bytes stream = framed(static_cast<Kind>(which + 1), body);
    if (random.below(3) == 0) stream[random.below(kHeadBytes)] = static_cast<char>(random.next());
    FrameReader reader;
    reader.feed(stream);
    for (auto frame = reader.next(); frame && *frame; frame = reader.next()) {
      decode_all((*frame)->body);
      REQUIRE((*frame)->body.size() <= stream.size());
    }
    REQUIRE(reader.held() <= stream.size());
  }
}
