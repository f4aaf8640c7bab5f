#include "app/demo.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "app/demo_child.h"
#include "app/demo_options.h"
#include "app/demo_shop.h"
#include "app/demo_terminal.h"
#include "base/env.h"

namespace vitrine {
namespace {

std::atomic<bool> g_stop = false;  // set by SIGINT, SIGTERM and the end of --for

constexpr int kServerStopMs = 20'000;
constexpr int kDriverStopMs = 10'000;
constexpr int kFirstAnswerMs = 60'000;
constexpr int kQuickDeathMs = 3'000;  // one that failed sooner is not started again at once
constexpr int kQuickDeathsMax = 8;
constexpr int kBackoffMs = 100;

std::int64_t now_ms() { return real_env().clock.monotonic_nanos() / 1'000'000; }

std::string own_folder() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().string();
}

class Demo {
 public:
  Demo(DemoOptions options, std::uint16_t port)
      : options_(std::move(options)),
        port_(port),
        folder_{options_.log + "/demo"},
        ends_at_ms_(options_.for_ms > 0 ? now_ms() + options_.for_ms : INT64_MAX) {}

  Result<void> run() {
    const auto result = open_and_watch();
    // First the ones who ask, then the one who answers: nobody sees a refused connection.
    driver_.stop(kDriverStopMs);
    server_.stop(kServerStopMs);
    if (opened_) print_summary();
    // Asked to stop in the middle of opening is no failure.
    return g_stop ? Result<void>{} : result;
  }

 private:
  std::string url(const std::string& host) const {
    return fmt::format("http://{}:{}", host, port_);
  }
  std::string local_url() const {
    return url(options_.bind == "0.0.0.0" ? "127.0.0.1" : options_.bind);
  }

  Result<void> open_and_watch() {
    VT_TRY_VOID(start_server());
    VT_TRY_VOID(wait_for_first_answer());
    VT_TRY(const auto server, driver::endpoint_of(local_url()));
    driver::Api api(server, {});
    VT_TRY(const auto token, host_token(g_stop, api, folder_));
    api.set_token(token);
    VT_TRY(show_, open_shop(g_stop, api, options_.data));
    opened_ = true;
    print_welcome();
    if (options_.driver) VT_TRY_VOID(start_driver());
    return watch();
  }

  Result<void> start_server() {
    std::vector<std::string> command{own_folder() + "/vitrine",
                                     "serve",
                                     "--demo",
                                     "--bind",
                                     options_.bind,
                                     "--port",
                                     std::to_string(port_),
                                     "--log",
                                     options_.kafka.empty() ? options_.log : options_.kafka,
                                     "--copy",
                                     options_.log,
                                     "--roles",
                                     options_.roles,
                                     "--data",
                                     options_.data,
                                     "--host-code-file",
                                     folder_.host_codes(),
                                     "--counters-file",
                                     folder_.counters(),
                                     "--restarts",
                                     std::to_string(restarts_)};
    if (!options_.web.empty()) command.insert(command.end(), {"--web", options_.web});
    server_started_ms_ = now_ms();
    VT_TRY(server_, Child::start(command, folder_.server_output()));
    std::ofstream(folder_.path + "/server.pid", std::ios::trunc) << server_.pid() << '\n';
    return {};
  }

  Result<void> start_driver() {
    std::vector<std::string> command{own_folder() + "/vitrine-driver",
                                     "--url",
                                     local_url(),
                                     "--show",
                                     show_,
                                     "--data",
                                     options_.data,
                                     "--ledger",
                                     folder_.ledger(),
                                     "--counters",
                                     folder_.counters(),
                                     "--host-token-file",
                                     folder_.host_token(),
                                     "--viewers",
                                     std::to_string(options_.viewers),
                                     "--speed",
                                     fmt::format("{}", options_.speed),
                                     "--seed",
                                     std::to_string(options_.seed)};
    VT_TRY(driver_, Child::start(command, folder_.driver_output()));
    return {};
  }

  Result<void> wait_for_first_answer() {
    VT_TRY(auto server, driver::endpoint_of(local_url()));
    server.timeout_ms = 1'000;
    driver::Api api(server, {});
    const auto until = now_ms() + kFirstAnswerMs;
    while (!g_stop && now_ms() < until) {
      if (api.call("GET", "/healthz").ok()) return {};
      if (server_.ended()) break;
      driver::rest(g_stop, 50);
    }
    if (g_stop) return {};
    const auto what = server_.pid() == 0 ? "it ended with " + server_.how_it_ended() : "no answer";
    return fail(Code::Unavailable,
                "start the server: " + what + "; read " + folder_.server_output());
  }

  Result<void> watch() {
    while (!g_stop) {
      if (now_ms() >= ends_at_ms_) return {};
      if (server_.ended()) VT_TRY_VOID(restart_server());
      if (options_.driver && driver_.ended() && now_ms() >= driver_again_at_ms_) {
        if (driver_again_at_ms_ > 0)
          fmt::print("The viewers' program ended with {}; starting it again.\n",
                     driver_.how_it_ended());
        driver_again_at_ms_ = now_ms() + 2'000;
        VT_TRY_VOID(start_driver());
      }
      driver::rest(g_stop, 20);
    }
    return {};
  }

  Result<void> restart_server() {
    const bool quick = now_ms() - server_started_ms_ < kQuickDeathMs && !server_.was_killed();
    quick_deaths_ = quick ? quick_deaths_ + 1 : 0;
    if (quick_deaths_ > kQuickDeathsMax) {
      return fail(Code::Unavailable, "keep the server running: it ended with " +
                                         server_.how_it_ended() + " again and again; read " +
                                         folder_.server_output());
    }
    ++restarts_;
    fmt::print("The server ended with {}; start number {}.\n", server_.how_it_ended(),
               restarts_ + 1);
    std::fflush(stdout);
    if (quick) driver::rest(g_stop, kBackoffMs << std::min(quick_deaths_, 5));
    return g_stop ? Result<void>{} : start_server();
  }

  void print_welcome() const {
    const auto viewers = url(reachable_address(options_.bind)) + "/";
    const auto code = host_code_for_a_person(folder_);
    fmt::print("\n{}\n", qr_code(viewers, ::isatty(STDOUT_FILENO) == 1));
    fmt::print("  The show:       {}\n", viewers);
    if (!code.empty())
      fmt::print("  The host's desk: {}host#code={}   (works once)\n", viewers, code);
    fmt::print("  The shop lives in {}; Ctrl-C ends the show, the next start goes on.\n",
               options_.log);
    if (options_.bind == "127.0.0.1")
      fmt::print("  With --bind 0.0.0.0 a phone on this network can join.\n");
    fmt::print("\n");
    std::fflush(stdout);
  }

  void print_summary() const {
    std::ifstream in(folder_.counters());
    std::string counters;
    std::getline(in, counters);
    fmt::print("The show is over. Restarts: {}. Counted by the viewers: {}\n", restarts_,
               counters.empty() ? "nothing" : counters);
    fmt::print("Prove it from the raw records: vitrine verify --log {}\n",
               options_.kafka.empty() ? options_.log : options_.kafka);
  }

  DemoOptions options_;
  std::uint16_t port_;
  DemoFolder folder_;
  std::int64_t ends_at_ms_;
  std::string show_;
  Child server_, driver_;
  std::int64_t server_started_ms_ = 0, driver_again_at_ms_ = 0;
  int restarts_ = 0, quick_deaths_ = 0;
  bool opened_ = false;
};

Result<void> run(const DemoOptions& options) {
  VT_TRY(const auto port, free_port(options.bind, options.port));
  ::umask(077);  // the folder holds tokens
  VT_TRY_VOID(real_env().disk.make_folder(options.log + "/demo"));
  // One supervisor a folder, also when the ports differ.
  VT_TRY(const auto lock, real_env().disk.lock_folder(options.log + "/demo"));
  return Demo(options, port).run();
}

}  // namespace

int run_demo(int argc, char** argv) {
  const auto options = parse_demo_options(argc, argv);
  if (!options)
    return std::fprintf(stderr, "vitrine demo: %s\n", options.error().message.c_str()), 2;
  if (options->help) return std::fputs(demo_help().c_str(), stdout), 0;
  ::signal(SIGINT, [](int) { g_stop = true; });
  ::signal(SIGTERM, [](int) { g_stop = true; });
  ::signal(SIGPIPE, SIG_IGN);
  const auto done = run(*options);
  if (done) return 0;
  return std::fprintf(stderr, "vitrine demo: %s\n", done.error().message.c_str()), 1;
}

}  // namespace vitrine
