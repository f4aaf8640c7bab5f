// `vitrine tail TOPIC`: committed records as JSON lines, oldest first.
//
// Reads without a lock, also while the server runs. --follow opens the log anew once a second; to
// follow without that delay subscribe through the API.
#include <signal.h>

#include <CLI/CLI.hpp>
#include <array>
#include <atomic>
#include <cstdio>
#include <thread>

#include "app/commands.h"
#include "app/house.h"
#include "app/topic_decoders.h"

namespace vitrine {
namespace {

std::atomic<bool> g_stop{false};

struct TailOptions {
  std::string topic;
  std::string log = "./var/log";
  std::uint64_t from = 1;
  bool follow = false;
};

Result<void> tail(const TailOptions& options) {
  const KnownTopic* topic = find_topic(options.topic);
  if (topic == nullptr) {
    return fail(Code::NotFound,
                "there is no topic " + options.topic + "; `vitrine topology` lists them");
  }
  const std::string folder = domain_folder(options.log, topic->domain);
  const std::array<std::string, 1> topics{options.topic};
  Position from{options.from};
  while (!g_stop) {
    VT_TRY(const auto journal, Journal::open_read_only(real_env().disk, folder + "/journal"));
    bool at_end = false;
    while (!at_end && !g_stop) {
      VT_TRY(auto batch, journal->read(topics, from, 1024, 4U << 20U));
      for (const auto& record : batch.records)
        std::printf("%s\n", record_json(record, *topic).c_str());
      at_end = batch.next >= journal->committed_end() || batch.next == from;
      from = batch.next;
    }
    std::fflush(stdout);
    if (!options.follow) break;
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
  return {};
}

}  // namespace

int run_tail(int argc, char** argv) {
  CLI::App cli{"Committed records of a topic as JSON lines, oldest first."};
  TailOptions options;
  cli.add_option("topic", options.topic, "e.g. shop.events, show.chat")->required();
  cli.add_option("--log", options.log, "the log's folder")->capture_default_str();
  cli.add_option("--from", options.from, "the first position")->capture_default_str();
  cli.add_flag("--follow", options.follow, "wait for more");
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return cli.exit(error) == 0 ? 0 : 2;
  }
  ::signal(SIGINT, [](int) { g_stop = true; });
  if (auto tailed = tail(options); !tailed) {
    std::fprintf(stderr, "vitrine tail: %s\n", tailed.error().message.c_str());
    return tailed.error().code == Code::NotFound ? 2 : 1;
  }
  return 0;
}

}  // namespace vitrine
