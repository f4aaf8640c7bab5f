// Far from shops: visits in a web server's log. Requests from JSON lines `{"ms":…,"client":"…",
// "path":"…"}` become sessions that end after half an hour without a request.
//
//   visits requests.jsonl          prints `client<TAB>start in ms<TAB>seconds<TAB>pages`
#include <cstdio>
#include <string>

#include "vitrine/bounded.h"

using namespace vitrine;
using namespace std::chrono_literals;

int main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "usage: visits FILE.jsonl\n"), 2;
  constexpr Duration kGap = 30min;
  const Topic<std::string, std::string> requests{"requests"};
  const Topic<Windowed<std::string>, std::uint64_t> visits{"visits"};

  App app{"visits"};
  app.stream(requests)
      .filter([](std::string_view path) { return !path.starts_with("/assets/"); })
      .group_by_key()
      .window(
          Session{.gap = kGap, .grace = 1min}, "visits", std::uint64_t{0},
          [](std::uint64_t& pages, std::string_view) { ++pages; },
          [](std::uint64_t& pages, const std::uint64_t& more) { pages += more; })
      .emit(on_close, drop_late)
      .to(visits);

  auto input = from_json(argv[1], requests,
                         [](const Row& row, std::string& client, std::string& path, Time& time) {
                           client = row.text("client");
                           path = row.text("path");
                           time = at(Duration{row.integer("ms")});
                           return true;
                         });
  if (!input) return std::fprintf(stderr, "visits: %s\n", input.error().message.c_str()), 1;
  std::vector<std::unique_ptr<BoundedSource>> inputs;
  inputs.push_back(std::move(*input));
  BoundedOptions options;
  options.after = 1h;  // the last visits end, too
  options.on_record = [&](const std::string& topic, const RecordView& record) {
    if (topic != visits.name()) return;
    const auto key = decoded<Windowed<std::string>>(record.key);
    const auto pages = decoded<std::uint64_t>(record.value);
    const auto lasted = key->window.end - key->window.start - kGap;
    std::printf("%s\t%lld\t%lld\t%llu\n", key->key.c_str(),
                static_cast<long long>(millis_of(key->window.start)),
                static_cast<long long>(lasted / 1s), static_cast<unsigned long long>(*pages));
  };
  const auto done = run_bounded(app, std::move(inputs), options);
  if (!done) return std::fprintf(stderr, "visits: %s\n", done.error().message.c_str()), 1;
  return 0;
}
