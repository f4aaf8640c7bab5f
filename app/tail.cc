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
#include "commerce/model/json.h"
#include "commerce/model/topics.h"

namespace vitrine {
namespace {

std::atomic<bool> g_stop{false};

using Decoder = std::string (*)(BytesView);

template <class K, class V>
std::pair<std::string, Decoder> decoder_of(const Topic<K, V>& topic) {
  return {topic.name(), [](BytesView bytes) {
            const auto message = decoded<V>(bytes);
            return message ? model::to_json(*message) : std::string("null");
          }};
}

struct Known {
  Decoder decode = nullptr;
  bool in_shop = true;
};

Known find_topic(const std::string& name) {
  for (const auto& [known, decode] :
       {decoder_of(topics::shop_commands), decoder_of(topics::shop_events),
        decoder_of(topics::show_commands), decoder_of(topics::show_timeline),
        decoder_of(topics::payment_requests)}) {
    if (known == name) return {decode, true};
  }
  for (const auto& [known, decode] :
       {decoder_of(topics::chat_commands), decoder_of(topics::show_chat),
        decoder_of(topics::show_reactions), decoder_of(topics::viewer_activity),
        decoder_of(topics::show_kpis)}) {
    if (known == name) return {decode, false};
  }
  return {};
}

void print(const Positioned& record, Decoder decode) {
  std::printf("{\"position\":%llu,\"at\":%lld,\"key\":%s,\"correlation\":%s,\"value\":%s}\n",
              static_cast<unsigned long long>(record.position.value()),
              static_cast<long long>(millis_of(record.record.timestamp)),
              model::json_text(record.record.key).c_str(),
              model::json_text(record.record.correlation).c_str(),
              decode(record.record.value).c_str());
}

struct TailOptions {
  std::string topic;
  std::string log = "./var/log";
  std::uint64_t from = 1;
  bool follow = false;
};

Result<void> tail(const TailOptions& options) {
  const Known topic = find_topic(options.topic);
  if (topic.decode == nullptr) {
    return fail(Code::NotFound,
                "there is no topic " + options.topic + "; `vitrine topology` lists them");
  }
  const std::string folder =
      topic.in_shop ? shop_folder(options.log) : audience_folder(options.log);
  const std::array<std::string, 1> topics{options.topic};
  Position from{options.from};
  while (!g_stop) {
    VT_TRY(const auto journal, Journal::open_read_only(real_env().disk, folder + "/journal"));
    bool at_end = false;
    while (!at_end && !g_stop) {
      VT_TRY(auto batch, journal->read(topics, from, 1024, 4U << 20U));
      for (const auto& record : batch.records) print(record, topic.decode);
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
