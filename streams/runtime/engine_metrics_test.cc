// Every figure of an engine, and that each moves.
#include "vitrine/engine_metrics.h"

#include <doctest/doctest.h>

#include <array>

#include "base/log.h"
#include "base/metrics.h"
#include "streams/runtime/engine_test_kit.h"
#include "vitrine/app.h"

using namespace vitrine;
using namespace vitrine::test;
using namespace vitrine::literals;

namespace {

std::string text_of(const Engine& engine) {
  const std::array<EngineMetrics, 1> one{engine.metrics()};
  return prometheus_text(one);
}

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("what waits, what was worked on and what was committed are told") {
  TempFolder folder;
  Setup setup;
  auto engine = setup.open(folder);
  for (const char* value : {"w", "throw", "hop"}) REQUIRE(engine->append(word("a", value)));
  EngineMetrics before = engine->metrics();
  CHECK(before.domain == "count");
  REQUIRE(before.inputs.size() == 2);  // words and again, by their numbers
  CHECK(before.inputs[0].topic == "words");
  CHECK(before.inputs[0].waiting == 3);
  CHECK(before.inputs[0].records == 0);
  CHECK(before.ingest_bytes > 0);
  CHECK(before.epochs == 0);
  CHECK(before.commit_nanos->count() == 0);

  run_until_idle(*engine);
  const EngineMetrics after = engine->metrics();
  CHECK(after.inputs[0].waiting == 0);
  CHECK(after.inputs[0].records == 3);
  CHECK(after.inputs[1].records == 1);  // the hop
  CHECK(after.ingest_bytes == 0);
  CHECK(after.dead_letters == 1);
  CHECK(after.epochs == 1);
  CHECK(after.records == 3 + 3 + 1 + 1);  // words, counts, the hop's record, the dead letter
  CHECK(after.epoch_records == after.records);
  CHECK(after.epoch_bytes > 0);
  CHECK(after.committed_end.value() > before.committed_end.value());
  CHECK(after.commit_nanos->count() == 1);
  CHECK(after.sync_nanos->count() > 0);
  CHECK(after.cache_bytes > 0);
  CHECK(after.cache_hits > 0);
  CHECK_FALSE(after.storage_full);
  CHECK_FALSE(after.stream_time.has_value());
  const std::string text = text_of(*engine);
  CHECK(has_line(text, "vitrine_engine_input_records_total{domain=\"count\",topic=\"words\"} 3"));
  CHECK(has_line(text, "vitrine_engine_dead_letters_total{domain=\"count\"} 1"));
  CHECK(has_line(text, "vitrine_engine_commit_seconds_count{domain=\"count\"} 1"));
  CHECK(has_line(text, "# TYPE vitrine_engine_epochs_total counter"));
}

TEST_CASE("checkpoints, evictions and what a restart read are told") {
  set_log_level(LogLevel::Error);
  TempFolder folder;
  Setup setup;
  setup.options.checkpoint_deltas = 40;
  setup.options.state_cache_bytes = 5'000;
  {
    auto engine = setup.open(folder);
    for (int i = 0; i < 100; ++i) {
      REQUIRE(engine->append(word("key " + std::to_string(i))));
      run_until_idle(*engine);
    }
    const EngineMetrics figures = engine->metrics();
    CHECK(figures.checkpoints > 0);
    CHECK(figures.checkpoint_deltas < 100);
    CHECK(figures.checkpoint_age_seconds >= 0);
    CHECK(figures.cache_evictions > 0);
    CHECK(figures.cache_misses > 0);
    CHECK(figures.restore_deltas == 0);
  }
  setup.options.checkpoint_deltas = 1'000'000;
  for (const char* key : {"a", "b", "c"}) {
    TempFolder killed;
    auto engine = setup.open(folder);
    REQUIRE(engine->append(word(key)));
    run_until_idle(*engine);
    killed.copy_from(folder);
    auto again = setup.open(killed);
    CHECK(again->metrics().restore_deltas > 0);
    CHECK(again->metrics().restore_seconds > 0);
  }
}

TEST_CASE("a reader behind its upstream tells how far") {
  TempFolder up_folder, down_folder;
  Setup up, down;
  auto upstream = up.open(up_folder, "up");
  down.options.upstreams = {upstream.get()};
  auto engine = down.open(down_folder, "down");
  REQUIRE(engine->metrics().upstreams.size() == 1);
  CHECK(engine->metrics().upstreams[0].lag_positions == 0);
  for (int i = 0; i < 5; ++i) REQUIRE(upstream->append(word("a")));
  run_until_idle(*upstream);
  CHECK(engine->metrics().upstreams[0].lag_positions == 10);  // words and counts
  const std::string line =
      "vitrine_engine_upstream_lag_positions{domain=\"down\",upstream=\"up\"} ";
  CHECK(has_line(text_of(*engine), line + "10"));
  run_until_idle(*engine);
  CHECK(has_line(text_of(*engine), line + "0"));
}

TEST_CASE("stream time, its lag and records from the future are told") {
  TempFolder folder;
  Setup setup;
  const Topic<std::string, std::string> clicks{"clicks"};
  App app{"windows"};
  app.stream(clicks)
      .group_by_key()
      .window(Tumbling{.size = 10s}, "sums", std::int64_t{0},
              [](std::int64_t& sum, std::string_view) { ++sum; })
      .emit(on_close, drop_late)
      .to(Topic<Windowed<std::string>, std::int64_t>{"sums"});
  setup.options.folder = folder.path;
  auto engine = std::move(Engine::open(setup.env, app, setup.options).value());
  const Time start = setup.clock.now();
  const auto click = [&](Time when) {
    Append one{"clicks", {"a", "x", when, {}}, true};
    REQUIRE(engine->append(std::move(one)));
    run_until_idle(*engine);
  };
  CHECK_FALSE(engine->metrics().stream_time.has_value());
  click(start - 4s);
  CHECK(engine->metrics().stream_time == start - 4s);
  CHECK(engine->metrics().stream_time_lag == 4s);
  click(start + 1h);
  CHECK(engine->metrics().ahead == 1);
  CHECK(engine->metrics().dead_letters == 1);
  CHECK(engine->metrics().stream_time == start - 4s);
  CHECK(has_line(text_of(*engine), "vitrine_engine_stream_time_lag_seconds{domain=\"windows\"} 4"));
  setup.clock.set(start + 6s);
  CHECK(engine->metrics().stream_time_lag == 10s);
}

TEST_CASE("one text has each name once, with the samples of every engine below it") {
  EngineMetrics shop, audience;
  shop.domain = "shop";
  shop.storage_full = true;
  audience.domain = "audi\"ence";
  const std::array<EngineMetrics, 2> both{shop, audience};
  const std::string text = prometheus_text(both);
  const auto head = text.find("# TYPE vitrine_engine_storage_full gauge");
  REQUIRE(head != std::string::npos);
  CHECK(text.find("# TYPE vitrine_engine_storage_full", head + 1) == std::string::npos);
  CHECK(has_line(text.substr(head), "vitrine_engine_storage_full{domain=\"shop\"} 1\n"
                                    "vitrine_engine_storage_full{domain=\"audi\\\"ence\"} 0"));
}
