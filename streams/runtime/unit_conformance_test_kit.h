#pragma once
// What every UnitBroker must let a runner do, whichever it is: the same cases, unchanged, in memory
// and on Kafka, always through a FaultyBroker, which some of them tell to do its worst.
#include <doctest/doctest.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "sim/sim_env.h"
#include "streams/broker/faulty_broker.h"
#include "streams/runtime/unit_runner.h"
#include "streams/topology/dead_letter.h"
#include "vitrine/app.h"
#include "vitrine/text.h"

namespace vitrine::conformance {

// A place where topics last: brokers are opened on it one after the other, each the next life of
// the same App.
class World {
 public:
  virtual ~World() = default;
  virtual std::unique_ptr<UnitBroker> open(const Topology& topology) = 0;
  virtual void append(const std::string& topic, const RecordView& record) = 0;
  virtual std::vector<Record> read(const std::string& topic) = 0;  // those of a key in order
  virtual Plan plan() const { return Plan::Local; }
  virtual std::string state_folder() const { return {}; }
  virtual void flush() {}    // what was appended is there
  virtual void closing() {}  // the broker opened last goes
};
using MakeWorld = std::function<std::unique_ptr<World>()>;

inline const Topic<std::string, std::string> kLines{"lines", {.partitions = 4}};
inline const Topic<std::string, std::string> kCounts{"counts", {.partitions = 4}};
inline const Topic<std::string, std::string> kRings{"rings", {.partitions = 4}};

// Counts words; a line "poison" throws in the middle of it, after it has changed something.
inline void count_words(App& app) {
  app.stream(kLines)
      .flat_map<std::string>([](std::string_view line, Emit<std::string>& emit) {
        for (const std::string_view word : split(line, ' ')) {
          if (word == "poison") throw std::runtime_error("cannot be read");
          if (!word.empty()) emit(word);
        }
      })
      .group_by([](std::string_view word) { return word; })
      .count("word-counts")
      .map([](std::uint64_t count) { return std::to_string(count); })
      .to(kCounts);
}

// A ring an hour after the last line of a key.
struct Rings {
  explicit Rings(Stores& stores) : last{stores.keyed<std::string>("last-line")} {}
  void on_record(std::string_view key, std::string_view line,
                 Context<std::string, std::string>& context) {
    last.upsert(std::string(key)) = std::string(line);
    context.timers().at(context.wall() + std::chrono::hours{1}, std::string(key));
  }
  void on_timer(std::string_view key, Time, Context<std::string, std::string>& context) {
    if (const auto* line = last.find(std::string(key))) context.emit(std::string(key), *line);
  }
  Keyed<std::string> last;
};

struct Life {
  Life(World& world, App& app, sim::ManualClock& clock, Faults faults = {}, std::uint64_t seed = 1,
       UnitOptions chosen = options())
      : topology(app.topology(world.plan()).value()),
        behind(world.open(*topology)),
        faulty(*behind, faults, seed),
        env{clock, real_env().disk, real_env().random},
        runner(env, topology, faulty, kept_in(world, std::move(chosen))),
        world_(world) {}
  ~Life() { world_.closing(); }

  static UnitOptions options() {
    UnitOptions out;
    out.bounds.epoch_records_max = 50;  // many epochs
    out.fetch_records_max = 7;
    out.checkpoint_bytes = 500;
    return out;
  }
  static UnitOptions kept_in(const World& world, UnitOptions chosen) {
    chosen.state_folder = world.state_folder();
    return chosen;
  }

  // Everything that is there, hops included.
  void work_through() {
    world_.flush();
    constexpr std::chrono::seconds kPatience{60};
    const auto until = std::chrono::steady_clock::now() + kPatience;
    for (bool idle = false; !idle;) {
      const auto progress = runner.turn();
      REQUIRE_MESSAGE(progress.has_value(), progress.error().message);
      REQUIRE(std::chrono::steady_clock::now() < until);
      idle = !*progress && faulty.at_end();
      if (!*progress && !idle) faulty.wait(Duration{5});
    }
  }

  std::shared_ptr<const Topology> topology;
  std::unique_ptr<UnitBroker> behind;
  FaultyBroker faulty;
  Env env;
  UnitRunner runner;

 private:
  World& world_;
};

using Model = std::map<std::string, std::uint64_t>;

class Writer {
 public:
  Writer(World& world, std::uint64_t seed) : world_(world), random_(seed) {}
  void lines(int count, bool poison = false) {
    for (int i = 0; i < count; ++i) {
      std::string line;
      const bool bad = poison && random_() % 5 == 0;
      for (std::uint64_t words = 1 + random_() % 6; words > 0; --words) {
        const std::string word = "w" + std::to_string(random_() % (1 + random_() % 40));
        line += word + " ";
        if (!bad) ++model[word];
      }
      if (bad) line += "poison", ++poisoned;
      world_.append("lines", {"key" + std::to_string(random_() % 16), line, at(Duration{i}), {}});
    }
  }
  Model model;
  std::uint64_t poisoned = 0;

 private:
  World& world_;
  std::mt19937_64 random_;
};

// Each word's counts are 1, 2, 3 … up to the model's.
inline void check_counts(World& world, const Model& model) {
  Model seen;
  for (const Record& one : world.read("counts")) {
    std::uint64_t count = 0;
    std::from_chars(one.value.data(), one.value.data() + one.value.size(), count);
    INFO("word ", one.key);
    REQUIRE(count == ++seen[one.key]);
  }
  CHECK(seen == model);
}

// The highest count of each word, which is its last one where `rising`.
inline Model last_counts(World& world, bool rising) {
  Model seen;
  for (const Record& one : world.read("counts")) {
    std::uint64_t count = 0;
    std::from_chars(one.value.data(), one.value.data() + one.value.size(), count);
    std::uint64_t& last = seen[one.key];
    INFO("word ", one.key);
    if (rising) REQUIRE(count > last);
    last = std::max(last, count);
  }
  return seen;
}

inline void a_commit_writes_only_the_last_update_of_a_key(const MakeWorld& make) {
  const auto world = make();
  App app{"conformance"};
  count_words(app);
  sim::ManualClock clock;
  UnitOptions options = Life::options();
  options.last_only = {"counts"};
  Writer writer(*world, 3);
  for (int life = 0; life < 2; ++life) {
    writer.lines(100, true);
    Life(*world, app, clock, {.again = 100, .refused = 100}, 7, options).work_through();
  }
  CHECK(last_counts(*world, true) == writer.model);
  std::uint64_t words = 0;
  for (const auto& [word, count] : writer.model) words += count;
  CHECK(world->read("counts").size() < words);
  CHECK(world->read("lines.dlq").size() == writer.poisoned);
}

inline void at_least_once_loses_nothing(const MakeWorld& make) {
  const auto world = make();
  App app{"conformance"};
  count_words(app);
  sim::ManualClock clock;
  UnitOptions options = Life::options();
  options.at_least_once = true;
  Writer writer(*world, 4);
  for (int life = 0; life < 3; ++life) {
    writer.lines(60);
    Life one(*world, app, clock, {.again = 100, .refused = 100, .unanswered = 100, .lost = 50},
             static_cast<std::uint64_t>(life), options);
    one.work_through();
  }
  Model seen = last_counts(*world, false);
  for (const auto& [word, count] : writer.model) CHECK(seen[word] >= count);
}

inline void state_goes_on_in_the_next_life(const MakeWorld& make) {
  const auto world = make();
  App app{"conformance"};
  count_words(app);
  sim::ManualClock clock;
  Writer writer(*world, 1);
  for (int life = 0; life < 4; ++life) {
    writer.lines(30);
    Life one(*world, app, clock);
    one.work_through();
    writer.lines(10);
    one.work_through();
  }
  check_counts(*world, writer.model);
}

inline void poison_is_dead_lettered_in_the_same_commit(const MakeWorld& make) {
  const auto world = make();
  App app{"conformance"};
  count_words(app);
  sim::ManualClock clock;
  Writer writer(*world, 2);
  writer.lines(60, true);
  Life(*world, app, clock).work_through();
  check_counts(*world, writer.model);
  const auto letters = world->read("lines.dlq");
  REQUIRE(letters.size() == writer.poisoned);
  for (const Record& one : letters) {
    const auto letter = decoded<DeadLetter>(one.value).value();
    CHECK(letter.cause == "cannot be read");
    CHECK(letter.key == one.key);
    CHECK(letter.value.ends_with("poison"));
  }
}

inline void timers_survive_and_fire_once(const MakeWorld& make) {
  const auto world = make();
  App app{"conformance"};
  app.stream(kLines).process([](Stores& stores) { return Rings{stores}; }).to(kRings);
  sim::ManualClock clock;
  for (const char* key : {"a", "b", "c"}) world->append("lines", {key, key, at(Duration{1}), {}});
  Life(*world, app, clock).work_through();
  CHECK(world->read("rings").empty());
  clock.advance(std::chrono::hours{2});
  Life(*world, app, clock).work_through();
  clock.advance(std::chrono::hours{2});
  Life(*world, app, clock).work_through();
  std::vector<std::string> rang;
  for (const Record& one : world->read("rings")) rang.push_back(one.key);
  std::sort(rang.begin(), rang.end());
  CHECK(rang == std::vector<std::string>{"a", "b", "c"});
}

// `rarer`: units are taken away at a poll in so many fewer; where it costs much to load them anew,
// they would hardly do anything else.
inline void no_fault_loses_or_doubles(const MakeWorld& make, int seeds, unsigned rarer = 1) {
  for (int seed = 1; seed <= seeds; ++seed) {
    CAPTURE(seed);
    const auto world = make();
    App app{"conformance"};
    count_words(app);
    sim::ManualClock clock;
    Writer writer(*world, static_cast<std::uint64_t>(seed));
    std::uint64_t injected = 0;
    for (int life = 0; life < 2; ++life) {
      Life one(*world, app, clock,
               {.again = 150, .refused = 100, .unanswered = 100, .fenced = 50,
                .revoked = 100 / rarer, .lost = 50 / rarer},
               static_cast<std::uint64_t>(seed * 2 + life));
      for (int round = 0; round < 5; ++round) {
        writer.lines(20, true);
        one.work_through();
      }
      injected += one.faulty.injected();
    }
    CHECK(injected > 3);
    check_counts(*world, writer.model);
    CHECK(world->read("lines.dlq").size() == writer.poisoned);
  }
}

// Of a process that was killed: what had changed since its state was last written down.
inline void only_the_rest_is_read_back(const MakeWorld& make) {
  const auto world = make();
  App app{"conformance"};
  count_words(app);
  sim::ManualClock clock;
  Writer writer(*world, 5);
  std::uint64_t written = 0;
  for (int life = 0; life < 2; ++life) {
    writer.lines(100);
    Life one(*world, app, clock);
    const UnitFigures& figures = one.runner.figures();  // of the process: all lives
    const std::uint64_t before = figures.rows_restored.value(), rows = figures.rows.value();
    one.work_through();
    const std::uint64_t read = figures.rows_restored.value() - before;
    if (life > 0) CHECK(read < written / 2);
    written += figures.rows.value() - rows;
  }
  CHECK(written > 300);
  check_counts(*world, writer.model);
}

}  // namespace vitrine::conformance
