// vitrine-driver: a hundred simulated viewers and a host, through the public API only.
//
// It knows an address, and with --host-token-file a host's token; it has no access to the log. Exit
// codes: 0 the counters say nothing was lost or doubled (or none were asked for), 1 something was,
// or the shop could not be visited, 2 a wrong option.
#include <csignal>
#include <cstdio>
#include <fstream>
#include <thread>

#include <fmt/format.h>
#include <sys/stat.h>

#include "app/driver/auditor.h"
#include "app/driver/crowd.h"
#include "app/driver/host.h"
#include "app/driver/json.h"
#include "base/env.h"

namespace vitrine::driver {
namespace {

std::atomic<bool> g_stop = false;  // set by SIGTERM, SIGINT and the end of --for

Result<std::string> find_show(Api& api, const DriverOptions& options) {
  if (!options.show.empty()) return options.show;
  const auto list = api.insist(g_stop, "GET", "/v1/store/shows");
  for (const auto& show : json_items(list.body, "/items"))
    if (json_text(show, "/state") == "live") return json_text(show, "/id");
  return fail(Code::NotFound,
              "find a show at " + options.url + ": none is live; begin one or give --show");
}

std::string first_line(const std::string& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

Result<int> drive(const DriverOptions& options) {
  VT_TRY(auto server, endpoint_of(options.url));
  VT_TRY(auto material, load_material(options.data));
  VT_TRY(auto ledger, Ledger::open(options.ledger));
  Api api(server, {});
  std::vector<std::unique_ptr<Person>> people;
  VT_TRY_VOID(admit_guests(g_stop, api, options.ledger + ".viewers", people, options.viewers));
  if (g_stop) return 0;
  VT_TRY(auto show, find_show(api, options));

  const auto run_id = fmt::format("{:x}", millis_of(real_env().clock.now()));
  Crowd crowd(options, server, material, *ledger, people, show, run_id);
  const auto host_token =
      options.host_token_file.empty() ? std::string{} : first_line(options.host_token_file);
  Api host_api(server, host_token);
  Auditor auditor(*ledger, Api(server, people.front()->token),
                  host_token.empty() ? nullptr : &host_api, show);
  std::vector<std::thread> threads;
  threads.emplace_back([&] { run_auditor(g_stop, auditor, crowd.losses(), options.counters); });
  if (options.host && !host_token.empty())
    threads.emplace_back([&] {
      run_host(g_stop, Api(server, host_token), show, options, material, Dice(options.seed + 1));
    });
  if (options.for_ms > 0)
    threads.emplace_back([&] {
      rest(g_stop, static_cast<int>(options.for_ms));
      g_stop = true;
    });

  crowd.run(g_stop);
  for (auto& thread : threads) thread.join();
  const auto& counted = auditor.counters();
  std::printf("%s\n%s\n", crowd.summary().c_str(), counted.json().c_str());
  return counted.lost == 0 && counted.doubled == 0 ? 0 : 1;
}

int run(int argc, char** argv) {
  const auto options = parse_driver_options(argc, argv);
  if (!options)
    return std::fprintf(stderr, "vitrine-driver: %s\n", options.error().message.c_str()), 2;
  if (options->help) return std::fputs(driver_help().c_str(), stdout), 0;
  std::signal(SIGTERM, [](int) { g_stop = true; });
  std::signal(SIGINT, [](int) { g_stop = true; });
  std::signal(SIGPIPE, SIG_IGN);
  ::umask(077);  // the ledger's neighbours hold the viewers' tokens
  const auto done = drive(*options);
  if (!done) return std::fprintf(stderr, "vitrine-driver: %s\n", done.error().message.c_str()), 1;
  return *done;
}

}  // namespace
}  // namespace vitrine::driver

int main(int argc, char** argv) { return vitrine::driver::run(argc, argv); }
