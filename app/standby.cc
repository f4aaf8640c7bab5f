// `vitrine standby|promote|standby-acks`: another copy of all domains' logs, and what becomes of
// it when the first one is gone. docs/operations/standby.md.
#include "vitrine/standby.h"

#include <CLI/CLI.hpp>
#include <condition_variable>
#include <cstdio>

#include "app/command_line.h"
#include "app/commands.h"
#include "app/ending.h"
#include "app/engine_folders.h"
#include "app/house.h"
#include "base/log.h"
#include "commerce/insight/topology.h"
#include "commerce/kpi/topology.h"
#include "commerce/shop/topology.h"
#include "streams/standby/asking.h"

namespace vitrine {
namespace {

Result<void> set_address(const std::string& text, StandbyOptions& out) {
  if (split_address(text, out.host, out.port)) return {};
  return fail(Code::Invalid, "\"" + text + "\" is no HOST:PORT");
}

unsigned long long number(Epoch epoch) { return epoch.value(); }

std::string line_of(const Standby::Log& log) {
  if (!log.connected) return log.app + " is not connected: " + log.trouble;
  std::string out = log.app + " follows at group " + std::to_string(log.committed.value()) +
                    ", the primary is at " + std::to_string(log.heard.value());
  out += log.complete ? "; nothing acknowledged is missing"
                      : "; something acknowledged may be missing";
  return log.trouble.empty() ? out : out + " (" + log.trouble + ")";
}

// Whether a log follows, and whether it misses anything, as it changes. Groups come all the time.
void print_changes(const std::vector<Standby::Log>& now, std::vector<std::string>& last) {
  last.resize(now.size());
  for (std::size_t i = 0; i < now.size(); ++i) {
    const std::string key = now[i].connected ? (now[i].complete ? "all" : "some") : now[i].trouble;
    if (std::exchange(last[i], key) == key) continue;
    std::printf("%s\n", line_of(now[i]).c_str());
    std::fflush(stdout);
  }
}

Result<void> promote_all(const std::string& log, bool new_incarnation, const std::string& key) {
  VT_TRY(const auto folders, engine_folders(real_env().disk, log));
  for (const EngineFolder& one : folders) {
    VT_TRY(const auto done, promote(real_env(), one.path, new_incarnation));
    std::printf("%s is a primary's in term %llu, up to group %llu\n", one.name.c_str(),
                static_cast<unsigned long long>(done.term), number(done.last));
    if (done.complete) {
      std::printf("  nothing that was acknowledged is missing, as long as the primary required "
                  "acks to the end\n");
    } else {
      std::printf("  what the primary acknowledged and this standby did not have is lost: when "
                  "last heard it had %llu groups more\n",
                  number(Epoch{std::max(done.heard, done.last).value() - done.last.value()}));
    }
    if (done.new_incarnation) std::printf("  cursors of before are void (a new incarnation)\n");
  }
  for (const EngineFolder& one : folders) {
    if (key.empty()) break;
    StandbyOptions at;
    at.key_file = key;
    at.patience = Duration{2'000};
    VT_TRY(const auto done, promote(real_env(), one.path));
    VT_TRY_VOID(set_address(done.primary, at));
    const auto fenced = fence(real_env(), one.path, one.name, at);
    std::printf("  the old primary of %s at %s: %s\n", one.name.c_str(), done.primary.c_str(),
                fenced ? "fenced, it has stopped" : fenced.error().message.c_str());
  }
  return {};
}

struct StandbyArguments {
  std::string from, log = "./var/standby";
  StandbyOptions link;
};

Result<void> stand_by(StandbyArguments arguments) {
  VT_TRY_VOID(set_address(arguments.from, arguments.link));
  Signals signals{SIGUSR1};
  Ending ending;
  std::atomic<int> signal{0};
  App shop = shop_app(), audience = audience_app(), insight = insight_app();
  std::vector<StandbyLog> logs(3);
  VT_TRY(logs[0].topology, shop.topology());
  VT_TRY(logs[1].topology, audience.topology());
  VT_TRY(logs[2].topology, insight.topology());
  logs[0].options.folder = shop_folder(arguments.log);
  logs[1].options.folder = audience_folder(arguments.log);
  logs[2].options.folder = insight_folder(arguments.log);
  VT_TRY(const auto standby, Standby::open(real_env(), std::move(logs), arguments.link));
  std::mutex mutex;
  std::condition_variable changed;
  ending.means([&] { changed.notify_all(); });
  signals.on_end([&](int got) {
    signal = got;
    ending.ask();
  });
  std::vector<std::string> last;
  std::string trouble;
  std::unique_lock lock(mutex);
  while (!ending.asked() && trouble.empty()) {
    const auto now = standby->logs();
    print_changes(now, last);
    for (const auto& one : now) {
      if (one.ended) trouble = one.app + ": " + one.trouble;
    }
    changed.wait_for(lock, std::chrono::milliseconds(250));
  }
  standby->stop();
  if (!trouble.empty()) return fail(Code::Conflict, trouble);
  log(LogLevel::Info, "standby.stopped");
  return {};
}

}  // namespace

int run_standby(int argc, char** argv) {
  CLI::App cli{"Follows a server's logs (vitrine serve --standby-port) into a folder of its own. "
               "SIGTERM ends it; `vitrine promote` makes a primary of what it leaves."};
  StandbyArguments arguments;
  int code = 0;
  cli.add_option("--from", arguments.from, "HOST:PORT, the server's standby port")->required();
  cli.add_option("--log", arguments.log, "the copy's folder")->capture_default_str();
  cli.add_option("--key", arguments.link.key_file, "the secret both sides have, mode 0600")
      ->required();
  cli.add_flag("--reseed", arguments.link.reseed,
               "where what is here is of no use to the server, remove it and begin with a copy");
  if (!parsed(cli, argc, argv, code)) return code;
  return ended("standby", stand_by(std::move(arguments)));
}

int run_promote(int argc, char** argv) {
  CLI::App cli{"Makes a stopped standby's folder a primary's, in the next term. Then: vitrine "
               "serve."};
  std::string log = "./var/standby", key;
  bool new_incarnation = false;
  int code = 0;
  cli.add_option("--log", log, "the standby's folder")->capture_default_str();
  cli.add_flag("--new-incarnation", new_incarnation,
               "the primary acknowledged more than this standby has: make cursors void");
  cli.add_option("--fence-with", key,
                 "the secret: ask the old primary, if it still answers, to stop");
  if (!parsed(cli, argc, argv, code)) return code;
  return ended("promote", promote_all(log, new_incarnation, key));
}

int run_standby_acks(int argc, char** argv) {
  CLI::App cli{"Tells a running server whether to wait for its standby before it acknowledges."};
  StandbyOptions link;
  std::string mode, at;
  int code = 0;
  cli.add_option("mode", mode, "required | none")
      ->required()
      ->check(CLI::IsMember({"required", "none"}));
  cli.add_option("--at", at, "HOST:PORT, the server's standby port")->required();
  cli.add_option("--key", link.key_file, "the secret, mode 0600")->required();
  if (!parsed(cli, argc, argv, code)) return code;
  if (const auto set = set_address(at, link); !set) return ended("standby-acks", set);
  const auto answer = say_acks(mode == "required", link);
  if (!answer) return ended("standby-acks", tl::unexpected<Error>(answer.error()));
  std::printf("%s\n", answer->c_str());
  return 0;
}

}  // namespace vitrine
