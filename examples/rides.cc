// Far from shops: how long do riders wait? Requests and pick-ups, each from a CSV file `ms,rider`,
// are joined where a pick-up comes at most 15 minutes after the request; whoever was not picked up
// by then is told, too, once.
//
//   rides requests.csv pickups.csv        prints `rider<TAB>seconds` or `rider<TAB>never`
#include <cstdio>
#include <string>

#include "vitrine/bounded.h"

using namespace vitrine;
using namespace std::chrono_literals;

int main(int argc, char** argv) {
  if (argc != 3) return std::fprintf(stderr, "usage: rides REQUESTS.csv PICKUPS.csv\n"), 2;
  const Topic<std::string, Time> requests{"requests"}, pickups{"pickups"};
  const Topic<std::string, std::string> waits{"waits"};

  App app{"rides"};
  app.stream(requests)
      .left_join(app.stream(pickups), within(0s, 15min), "waiting",
                 [](const Time& asked, const Time* came) {
                   return came ? std::to_string((*came - asked) / 1s) : std::string{"never"};
                 })
      .to(waits);

  const auto read = [](const Row& row, std::string& rider, Time& value, Time& time) {
    rider = row.text("rider");
    value = time = at(Duration{row.integer("ms")});
    return true;
  };
  std::vector<std::unique_ptr<BoundedSource>> inputs;
  for (const int file : {1, 2}) {
    auto source = from_csv(argv[file], file == 1 ? requests : pickups, read);
    if (!source) return std::fprintf(stderr, "rides: %s\n", source.error().message.c_str()), 1;
    inputs.push_back(std::move(*source));
  }
  BoundedOptions options;
  options.after = 1h;  // nobody waits longer
  options.on_record = [&](const std::string& topic, const RecordView& record) {
    if (topic != waits.name()) return;
    const auto wait = decoded<std::string>(record.value);
    std::printf("%s\t%s\n", Bytes(record.key).c_str(), wait->c_str());
  };
  const auto done = run_bounded(app, std::move(inputs), options);
  if (!done) return std::fprintf(stderr, "rides: %s\n", done.error().message.c_str()), 1;
  return 0;
}
