// Stream time alone: clocks of several topics, idle ones, what restarts keep, and when the wall
// brings a moment.
#include "streams/topology/stream_time.h"

#include <doctest/doctest.h>

#include "streams/store/store.h"

using namespace vitrine;
using namespace vitrine::literals;

namespace {
struct Clocks {
  explicit Clocks(EventTime said = {}) : rules(said) { make(); }
  void make() {
    time = std::make_unique<StreamTime>(&stores, rules, std::vector<std::string>{"a", "b", ""});
    time->restored();
    time->on_wall(wall);
  }
  void record(std::size_t topic, Duration timestamp) { time->on_record(topic, 0, at(timestamp)); }
  void on_wall(Duration moment) {
    wall = at(moment);
    time->on_wall(wall);
  }

  EventTime rules;
  std::unique_ptr<StateBackend> backend = memory_backend();
  StoreSet stores{*backend, 1U << 20U};
  std::unique_ptr<StreamTime> time;
  Time wall = at(0s);
};
constexpr std::size_t kA = 0, kB = 1, kOwn = 2;
}  // namespace

TEST_CASE("stream time is that of the topic that is behind, as soon as it has spoken") {
  Clocks t;
  CHECK(!t.time->now());
  t.on_wall(60s);
  t.record(kA, 50s);
  CHECK(t.time->now() == at(50s));
  t.record(kB, 20s);
  CHECK(t.time->now() == at(50s));  // never back
  t.record(kA, 60s);
  CHECK(t.time->now() == at(50s));
  t.record(kB, 55s);
  CHECK(t.time->now() == at(55s));
  t.record(kOwn, 2h);
  CHECK(t.time->now() == at(55s));
}

TEST_CASE("the wall moves a silent topic on, and one that is silent too long holds nobody up") {
  Clocks t{{.idle_after = 30s}};
  t.on_wall(1h);
  t.record(kB, 20s);
  t.on_wall(1h + 1s);
  t.record(kA, 50s);
  CHECK(t.time->now() == at(21s));
  CHECK(t.time->wall_of(at(25s)) == at(1h + 5s));
  CHECK(t.time->wall_of(at(60s)) == at(1h + 30s));  // b falls idle, a is at 79 s by then
  CHECK(t.time->wall_of(at(90s)) == at(1h + 41s));
  t.on_wall(1h + 29'999ms);
  CHECK(t.time->now() == at(49'999ms));
  t.on_wall(1h + 30s);
  CHECK(t.time->now() == at(79s));
  t.on_wall(1h + 41s);  // all are idle: the furthest goes on
  CHECK(t.time->now() == at(90s));
}

TEST_CASE("an idle topic that speaks again holds from there on, without turning time back") {
  Clocks t{{.idle_after = 30s}};
  t.record(kB, 0s);
  t.on_wall(40s);
  t.record(kA, 40s);
  CHECK(t.time->now() == at(40s));
  t.record(kB, 10s);
  t.on_wall(50s);
  CHECK(t.time->now() == at(40s));
  t.record(kB, 45s);
  CHECK(t.time->now() == at(45s));
}

TEST_CASE("records out of order move nothing; the time they are given is waited for") {
  Clocks t{{.out_of_order = 4s}};
  t.on_wall(20s);
  t.record(kA, 10s);
  CHECK(t.time->now() == at(6s));
  t.record(kA, 7s);
  CHECK(t.time->now() == at(6s));
  CHECK(t.time->wall_of(at(10s)) == at(24s));
}

TEST_CASE("a restart finds stream time and every topic's clock where they were") {
  Clocks t{{.idle_after = 30s}};
  t.on_wall(10s);
  t.record(kA, 10s);
  t.record(kB, 3s);
  t.on_wall(12s);
  t.record(kA, 4s);  // the wall had made 12 s of it
  const auto before = t.time->now();
  const Time due = t.time->wall_of(at(50s));
  t.make();
  CHECK(t.time->now() == before);
  CHECK(t.time->wall_of(at(50s)) == due);
}

TEST_CASE("wall_of is the first wall at which stream time has got there, whatever the clocks") {
  for (std::int64_t seed = 1; seed <= 200; ++seed) {
    Clocks t{{.idle_after = Duration{7 + seed % 5}}};
    t.on_wall(Duration{100});
    t.record(kA, Duration{seed * 7 % 31});
    t.on_wall(Duration{100 + seed % 4});
    t.record(kB, Duration{seed * 11 % 37});
    t.on_wall(Duration{103 + seed % 9});
    const Time event = at(Duration{seed * 13 % 60});
    const Time expected = t.time->wall_of(event);
    CAPTURE(seed);
    if (expected > t.wall) {
      t.on_wall(expected.time_since_epoch() - Duration{1});
      CHECK(*t.time->now() < event);
    }
    t.on_wall(std::max(expected, t.wall).time_since_epoch());
    CHECK(*t.time->now() >= event);
  }
}
