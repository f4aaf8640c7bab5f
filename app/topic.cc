// `vitrine topic list`: what a log holds, topic by topic, counted from its records.
#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>

#include "app/commands.h"
#include "app/engine_folders.h"
#include "commerce/insight/topology.h"
#include "commerce/kpi/topology.h"
#include "commerce/shop/topology.h"
#include "streams/log/journal.h"
#include "vitrine/app.h"

namespace vitrine {
namespace {

struct Counted {
  std::uint64_t records = 0;
  Position first, last;
  std::uint32_t partitions = 0;  // seen
};

Result<Counted> count(const Journal& journal, const std::string& topic) {
  const std::array<std::string, 1> topics{topic};
  Counted out;
  for (Position from{1}; from < journal.committed_end();) {
    VT_TRY(const auto batch, journal.read(topics, from, 4'096, 8U << 20U));
    for (const Positioned& record : batch.records) {
      if (out.records++ == 0) out.first = record.position;
      out.last = record.position;
      out.partitions = std::max(out.partitions, record.partition + 1);
    }
    if (batch.next <= from) break;
    from = batch.next;
  }
  return out;
}

std::string keep_text(const TopicKeep& keep) {
  if (keep.compact) return "the last of each key";
  if (keep.retention == Duration{0}) return "for ever";
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(keep.retention).count()) +
         " s";
}

// What this program says of a topic; the log itself knows only names and records.
struct Said {
  std::string partitions, keep;
};
Said said_of(const std::vector<TopicInfo>& known, const std::string& topic,
             const Counted& counted) {
  for (const TopicInfo& info : known) {
    if (info.name == topic) return {std::to_string(info.partitions), keep_text(info.keep)};
  }
  return {">=" + std::to_string(counted.partitions), "-"};
}

Result<std::vector<TopicInfo>> known_infos() {
  const App shop = shop_app(), audience = audience_app(), insight = insight_app();
  std::vector<TopicInfo> out;
  for (const App* app : {&shop, &audience, &insight}) {
    VT_TRY(const auto topology, app->topology());
    out.insert(out.end(), topology->topics().begin(), topology->topics().end());
  }
  return out;
}

Result<void> list(const std::string& log) {
  VT_TRY(const auto folders, engine_folders(real_env().disk, log));
  VT_TRY(const auto known, known_infos());
  std::printf("%-10s %-24s %10s  %-22s %12s  %s\n", "domain", "topic", "partitions", "kept",
              "records", "positions");
  for (const EngineFolder& folder : folders) {
    VT_TRY(const auto journal, Journal::open_read_only(real_env().disk, folder.path + "/journal"));
    for (const std::string& topic : journal->topics()) {
      VT_TRY(const Counted counted, count(*journal, topic));
      const Said said = said_of(known, topic, counted);
      std::printf("%-10s %-24s %10s  %-22s %12llu  %llu..%llu\n", folder.name.c_str(),
                  topic.c_str(), said.partitions.c_str(), said.keep.c_str(),
                  static_cast<unsigned long long>(counted.records),
                  static_cast<unsigned long long>(counted.first.value()),
                  static_cast<unsigned long long>(counted.last.value()));
    }
  }
  return {};
}

}  // namespace

int run_topic(int argc, char** argv) {
  CLI::App cli{"Topics of a log, also while it is written. `vitrine tail TOPIC` prints records."};
  cli.require_subcommand(1);
  std::string log = "./var/log";
  auto* command = cli.add_subcommand(
      "list", "name, partitions, how long records are kept, records and positions; reads the log");
  command->add_option("--log", log, "the log's folder, or one engine's")->capture_default_str();
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return cli.exit(error) == 0 ? 0 : 2;
  }
  if (const auto listed = list(log); !listed) {
    std::fprintf(stderr, "vitrine topic: %s\n", listed.error().message.c_str());
    return 1;
  }
  return 0;
}

}  // namespace vitrine
