#pragma once
// More of the suite of all UnitBrokers: what needs to hear of other units. Windows over partitions
// that are read apart, tables that every unit has a copy of, calls.
#include <set>
#include <utility>

#include "base/hash.h"
#include "streams/runtime/unit_conformance_test_kit.h"
#include "vitrine/call_stream.h"

namespace vitrine::conformance {

inline const Topic<Windowed<std::string>, std::string> kPerWindow{"per-window", {.partitions = 4}};
inline const Topic<std::string, std::string> kLateWords{"late-words", {.partitions = 4}};
inline const Topic<std::string, std::string> kPerDigit{"per-digit", {.partitions = 4}};
inline const Topic<std::string, std::uint64_t> kLateCounts{"late-counts", {.partitions = 4}};
inline constexpr Duration kWindow = std::chrono::seconds{10};

// Two hops, with a window behind each.
inline void count_by_windows(App& app) {
  const auto windows =
      app.stream(kLines)
          .flat_map<std::string>([](std::string_view line, Emit<std::string>& emit) {
            for (const std::string_view word : split(line, ' ')) emit(word);
          })
          .group_by([](std::string_view word) { return word; })
          .window(Tumbling{.size = kWindow}, "words", std::uint64_t{0},
                  [](std::uint64_t& sum, std::string_view) { ++sum; })
          .emit(on_close, kLateWords);
  windows.map([](std::uint64_t count) { return std::to_string(count); }).to(kPerWindow);
  windows
      .group_by([](const Windowed<std::string>& word, std::uint64_t) { return word.key.substr(1); })
      .window(Tumbling{.size = kWindow}, "digits", std::uint64_t{0},
              [](std::uint64_t& sum, std::uint64_t count) { sum += count; })
      .emit(on_close, kLateCounts)
      .map([](std::uint64_t count) { return std::to_string(count); })
      .rekey([](const Windowed<std::string>& digit, std::string_view) { return digit.key; })
      .to(kPerDigit);
}

// A partition's records follow each other in time, and the partitions come one after the other.
class TimedWriter {
 public:
  TimedWriter(World& world, std::uint64_t seed) : world_(world), random_(seed) {}
  void minute(Duration from) {
    for (std::uint32_t partition = 0; partition < 3; ++partition) {  // the fourth has none
      const std::string key = key_in(partition);
      for (Duration passed{1}; passed < std::chrono::minutes{1};
           passed += Duration{1'000 + static_cast<std::int64_t>(random_() % 9'000)}) {
        const std::string word = "w" + std::to_string(random_() % 5);
        const Time when = at(from + passed);
        const auto window = (from + passed) / kWindow;
        ++words[{word, window}];
        ++digits[word.substr(1)];
        world_.append("lines", {key, word, when, {}});
      }
    }
  }
  std::map<std::pair<std::string, std::int64_t>, std::uint64_t> words;
  std::map<std::string, std::uint64_t> digits;

 private:
  static std::string key_in(std::uint32_t partition) {
    for (int i = 0;; ++i) {
      std::string key = "key" + std::to_string(i);
      if ((virtual_partition(key) & 3U) == partition) return key;
    }
  }
  World& world_;
  std::mt19937_64 random_;
};

inline std::uint64_t number_in(const Record& one) {
  std::uint64_t out = 0;
  std::from_chars(one.value.data(), one.value.data() + one.value.size(), out);
  return out;
}

inline void windows_close_once_with_all_that_is_theirs(const MakeWorld& make, int seeds,
                                                       Faults faults = {}) {
  for (int seed = 1; seed <= seeds; ++seed) {
    CAPTURE(seed);
    const auto world = make();
    App app{"conformance"};
    count_by_windows(app);
    sim::ManualClock clock;
    clock.advance(std::chrono::hours{3});
    TimedWriter writer(*world, static_cast<std::uint64_t>(seed));
    for (int life = 0; life < 2; ++life) {
      writer.minute(std::chrono::minutes{2 * life});
      Life one(*world, app, clock, faults, static_cast<std::uint64_t>(seed * 2 + life));
      one.work_through();
      writer.minute(std::chrono::minutes{2 * life + 1});
      one.work_through();
      if (life == 0) continue;
      for (int times = 0; times < 2; ++times) {  // the second hop's windows begin with it
        clock.advance(std::chrono::hours{1});
        one.work_through();
      }
    }
    std::map<std::pair<std::string, std::int64_t>, std::uint64_t> words;
    for (const Record& one : world->read("per-window")) {
      const auto key = decoded<Windowed<std::string>>(one.key).value();
      const auto from = key.window.start.time_since_epoch() / kWindow;
      INFO("word ", key.key, " window ", from);
      REQUIRE(words.try_emplace({key.key, from}, number_in(one)).second);
    }
    for (const auto& [window, count] : writer.words) {
      INFO("word ", window.first, " window ", window.second);
      CHECK(words[window] == count);
    }
    CHECK(words.size() == writer.words.size());
    std::map<std::string, std::uint64_t> digits;
    for (const Record& one : world->read("per-digit")) digits[one.key] += number_in(one);
    for (const auto& [digit, count] : writer.digits) {
      INFO("digit ", digit);
      CHECK(digits[digit] == count);
    }
    CHECK(world->read("late-words").empty());
    CHECK(world->read("late-counts").empty());
  }
}

inline const Topic<std::string, std::string> kRates{"rates", {.partitions = 4}};

// Every line is answered with what the table says of it then, wherever either of them lives.
inline void every_unit_has_all_of_a_broadcast_table(const MakeWorld& make, int seeds,
                                                    Faults faults = {}) {
  for (int seed = 1; seed <= seeds; ++seed) {
    CAPTURE(seed);
    const auto world = make();
    App app{"conformance"};
    app.stream(kLines)
        .left_join(
            app.broadcast(kRates), [](std::string_view line) { return line; },
            [](std::string_view line, const std::string* rate) {
              return std::string(line) + "=" + (rate == nullptr ? "none" : *rate);
            })
        .to(kCounts);
    sim::ManualClock clock;
    std::multiset<std::string> expected, seen;
    for (int life = 0; life < 3; ++life) {
      Life one(*world, app, clock, faults, static_cast<std::uint64_t>(seed * 3 + life));
      for (int round = 0; round < 3; ++round) {
        const std::string rate = std::to_string(life) + "." + std::to_string(round);
        for (int i = 0; i < 6; ++i)
          world->append("rates", {"sku" + std::to_string(i), rate, at(Duration{1}), {}});
        one.work_through();
        for (int i = 0; i < 30; ++i) {
          const std::string sku = "sku" + std::to_string(i % 7);
          expected.insert(sku + "=" + (i % 7 == 6 ? "none" : rate));
          world->append("lines", {"key" + std::to_string(i), sku, at(Duration{1}), {}});
        }
        one.work_through();
      }
    }
    for (const Record& one : world->read("counts")) seen.insert(one.value);
    CHECK(seen == expected);
  }
}

inline const Call<std::string, std::string> kAsk{"ask", {.timeout = std::chrono::hours{1}}};

// Whoever carries out calls begins anew, twice: what is open is asked again under the same id, by
// the unit that has it then, and counts once.
inline void calls_are_asked_until_answered_and_count_once(const MakeWorld& make, int seeds,
                                                          Faults faults = {}) {
  for (int seed = 1; seed <= seeds; ++seed) {
    CAPTURE(seed);
    const auto world = make();
    App app{"conformance"};
    app.stream(kLines)
        .call(kAsk, [](std::string_view line) { return std::string(line); })
        .map([](const Called<std::string, std::string>& called) { return *called.answer; })
        .to(kCounts);
    sim::ManualClock clock;
    std::multiset<std::string> expected, seen;
    for (int i = 0; i < 20; ++i) {
      const std::string key = "key" + std::to_string(i);
      world->append("lines", {key, "line" + std::to_string(i), at(Duration{i}), {}});
      expected.insert("answer to line" + std::to_string(i));
    }
    std::map<std::string, CallRequest> asked;
    std::map<std::string, std::string> key_of;
    std::size_t orders = 0;
    for (int life = 0; life < 3; ++life) {
      Life one(*world, app, clock, faults, static_cast<std::uint64_t>(seed * 3 + life));
      if (life > 0)
        world->append("conformance.ask.reports",
                      {"any", encoded(CallReport{}), at(Duration{1}), {}});
      one.work_through();
      orders = 0;
      for (const Record& order : world->read("conformance.ask.requests")) {
        const auto request = decoded<CallRequest>(order.value).value();
        ++orders;
        asked[request.id] = request;
        key_of[request.id] = order.key;
      }
      CHECK(asked.size() == 20);
      if (life < 2) continue;
      for (int times = 0; times < 2; ++times) {
        for (const auto& [id, request] : asked) {
          const CallReport report{ReportKind::Answered, id, 1,
                                  encoded<std::string>("answer to " + request.request)};
          world->append("conformance.ask.reports",
                        {key_of[id], encoded(report), at(Duration{1}), {}});
        }
      }
      one.work_through();
    }
    CHECK(orders >= 60);
    for (const Record& one : world->read("counts")) seen.insert(one.value);
    CHECK(seen == expected);
  }
}

inline constexpr Faults kAllFaults{.again = 150, .refused = 100, .unanswered = 100, .fenced = 50,
                                   .revoked = 100, .lost = 50};
inline constexpr Faults kFewFaults{.again = 50, .refused = 20, .unanswered = 20, .fenced = 10,
                                   .revoked = 5, .lost = 5};

}  // namespace vitrine::conformance
