// What overlap costs: the same events through tumbling windows and through hopping ones of 1 h
// every minute, where each event is in sixty. The task alone, in memory: no disk, no threads; a
// record arrives encoded, results are counted and dropped, an epoch is drained every 10,000 events.
// Tumbling windows of a minute emit as often as the hopping ones do, those of an hour sixty times
// less. With few events a key and minute the number of results decides, which is up to sixty an
// event: ratio_per_result says what one of them costs. Keys are seeded, times evenly spread; each
// figure is the median of three rounds.
//
//   windows [--events N] [--keys N] [--minutes N]
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "base/env.h"
#include "vitrine/app.h"

using namespace vitrine;
using namespace vitrine::literals;

namespace {

struct Options {
  std::int64_t events = 600'000;
  std::int64_t keys = 300;
  std::int64_t minutes = 180;  // of event time
};

Options options_from(int argc, char** argv) {
  Options out;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    const std::int64_t number = std::strtoll(argv[i + 1], nullptr, 10);
    if (name == "--events") out.events = number;
    if (name == "--keys") out.keys = number;
    if (name == "--minutes") out.minutes = number;
  }
  return out;
}

struct Sum {
  std::uint64_t events = 0;
  std::int64_t total = 0;
  auto fields() { return std::tie(events, total); }
};

using Key = std::string;
const Topic<Key, std::int64_t> events{"events"};
const Topic<Windowed<Key>, Sum> sums{"sums"};

void add(Sum& sum, std::int64_t value) {
  ++sum.events;
  sum.total += value;
}
void merge(Sum& earlier, const Sum& later) {
  earlier.events += later.events;
  earlier.total += later.total;
}

App tumbling(Duration size) {
  App app{"tumbling"};
  app.stream(events)
      .group_by_key()
      .window(Tumbling{.size = size}, "sums", Sum{}, add)
      .emit(on_close, drop_late)
      .to(sums);
  return app;
}

App hopping() {
  App app{"hopping"};
  app.stream(events)
      .group_by_key()
      .window(Hopping{.size = 1h, .advance = 1min}, "sums", Sum{}, add, merge)
      .emit(on_close, drop_late)
      .to(sums);
  return app;
}

class Counted final : public Output {
 public:
  void emit(std::size_t, const RecordView&) override { ++records; }
  std::uint64_t records = 0;
};

struct Round {
  double seconds = 0;
  std::uint64_t emitted = 0;
};

Round run_once(const App& app, const Options& options) {
  constexpr std::int64_t kEpochEvents = 10'000;
  const auto topology = app.topology().value();
  const auto backend = memory_backend();
  StoreSet stores(*backend, std::size_t{1} << 30U);
  const auto task = topology->instantiate(stores);
  task->restored();
  Counted out;
  const Duration all = options.minutes * 1min;
  task->on_wall(at(all), out);
  std::uint64_t dice = 1, epoch = 0;
  Bytes key, value;
  Serde<std::int64_t>::encode(7, value);
  const auto start = real_env().clock.monotonic_nanos();
  for (std::int64_t i = 0; i < options.events; ++i) {
    dice = dice * 6364136223846793005ULL + 1442695040888963407ULL;
    key = "key-" + std::to_string((dice >> 33U) % static_cast<std::uint64_t>(options.keys));
    stores.begin_record();
    task->on_record(0, 0, Position{static_cast<std::uint64_t>(i) + 1},
                    {key, value, at(all * i / options.events), {}}, out);
    if ((i + 1) % kEpochEvents != 0) continue;
    stores.drain(Epoch{++epoch}, [](const std::string&, BytesView, BytesView, bool) {});
    stores.committed(Epoch{epoch});
  }
  task->on_wall(at(all + 2h), out);
  while (task->next_wall_timer() <= at(all + 2h)) task->on_wall(at(all + 2h), out);
  const auto nanos = real_env().clock.monotonic_nanos() - start;
  return {static_cast<double>(nanos) * 1e-9, out.records};
}

void figure(const std::string& name, double value, const char* unit) {
  std::cout << "figure " << name << " " << value << " " << unit << "\n";
}

Round measure(const std::string& name, const App& app, const Options& options) {
  std::vector<Round> rounds;
  for (int i = 0; i < 3; ++i) rounds.push_back(run_once(app, options));
  std::sort(rounds.begin(), rounds.end(),
            [](const Round& a, const Round& b) { return a.seconds < b.seconds; });
  const Round& median = rounds[1];
  figure(name + "_events_per_s", static_cast<double>(options.events) / median.seconds, "events/s");
  figure(name + "_emitted", static_cast<double>(median.emitted), "windows");
  return median;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = options_from(argc, argv);
  figure("events", static_cast<double>(options.events), "events");
  figure("events_per_key_and_minute",
         static_cast<double>(options.events) / static_cast<double>(options.keys) /
             static_cast<double>(options.minutes),
         "events");
  const Round minutes = measure("tumbling_1min", tumbling(1min), options);
  const Round hours = measure("tumbling_1h", tumbling(1h), options);
  const Round overlapping = measure("hopping_1h_1min", hopping(), options);
  figure("ratio_hopping_to_tumbling_1min", overlapping.seconds / minutes.seconds, "x seconds");
  figure("ratio_hopping_to_tumbling_1h", overlapping.seconds / hours.seconds, "x seconds");
  figure("ratio_per_result",
         overlapping.seconds / static_cast<double>(overlapping.emitted) /
             (minutes.seconds / static_cast<double>(minutes.emitted)),
         "x seconds");
  return 0;
}
