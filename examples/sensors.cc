// Far from shops: which machines run hot? Readings from a CSV file `ms,sensor,celsius`, means over
// five minutes told every minute. The same App would run on a live log: batch is the stream that
// ends.
//
//   sensors readings.csv 80        prints `sensor<TAB>window's end in ms<TAB>mean` above 80 degrees
#include <cstdio>
#include <cstdlib>
#include <string>

#include "vitrine/bounded.h"

using namespace vitrine;
using namespace std::chrono_literals;

struct Mean {
  double sum = 0;
  std::uint64_t count = 0;
  auto fields() { return std::tie(sum, count); }
  double value() const { return sum / static_cast<double>(count); }
};

void add(Mean& mean, const double& celsius) {
  mean.sum += celsius;
  ++mean.count;
}
void merge(Mean& mean, const Mean& other) {
  mean.sum += other.sum;
  mean.count += other.count;
}

int main(int argc, char** argv) {
  if (argc != 3) return std::fprintf(stderr, "usage: sensors FILE.csv DEGREES\n"), 2;
  const double degrees = std::strtod(argv[2], nullptr);
  const Topic<std::string, double> readings{"readings"};
  const Topic<Windowed<std::string>, Mean> hot{"hot"};

  App app{"sensors"};
  app.stream(readings)
      .group_by_key()
      .window(Hopping{.size = 5min, .advance = 1min, .grace = 10s}, "means", Mean{}, add, merge)
      .emit(on_close, drop_late)
      .filter([degrees](const Mean& mean) { return mean.value() > degrees; })
      .to(hot);

  auto input = from_csv(argv[1], readings,
                        [](const Row& row, std::string& sensor, double& celsius, Time& time) {
                          sensor = row.text("sensor");
                          celsius = row.real("celsius");
                          time = at(Duration{row.integer("ms")});
                          return true;
                        });
  if (!input) return std::fprintf(stderr, "sensors: %s\n", input.error().message.c_str()), 1;
  std::vector<std::unique_ptr<BoundedSource>> inputs;
  inputs.push_back(std::move(*input));
  BoundedOptions options;
  options.after = 10min;  // the last windows close, too
  options.on_record = [&](const std::string& topic, const RecordView& record) {
    if (topic != hot.name()) return;
    const auto key = decoded<Windowed<std::string>>(record.key);
    const auto mean = decoded<Mean>(record.value);
    std::printf("%s\t%lld\t%.2f\n", key->key.c_str(),
                static_cast<long long>(millis_of(key->window.end)), mean->value());
  };
  const auto done = run_bounded(app, std::move(inputs), options);
  if (!done) return std::fprintf(stderr, "sensors: %s\n", done.error().message.c_str()), 1;
  return 0;
}
