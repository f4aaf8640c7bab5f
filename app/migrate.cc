// `vitrine migrate`: copies topics of an embedded log to Kafka, each record once, and compares.
//
// Reads the log without a lock, also beside a running server. docs/operations/kafka.md says what
// goes on over there and what does not.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <map>

#include "app/command_line.h"
#include "app/commands.h"
#include "app/engine_folders.h"
#include "commerce/insight/topology.h"
#include "commerce/kpi/topology.h"
#include "commerce/shop/topology.h"
#include "streams/kafka/migration.h"
#include "streams/kafka/migration_check.h"
#include "streams/log/journal.h"
#include "streams/runtime/topic_table.h"
#include "vitrine/app.h"

namespace vitrine {
namespace {

constexpr const char* kAbout =
    "Copies topics of a log to Apache Kafka: each record once, those of a key in their order, with "
    "time and correlation; then reads both and compares. Goes on after a kill; a second run copies "
    "what is new.";
constexpr const char* kFooter =
    "State does not go along. An App that starts on Kafka reads its inputs from their first record "
    "on and makes state and outputs anew: copy the inputs only. The live show cannot go on so: ids "
    "of holds and orders are born from positions, and those are others there. Its topics are "
    "copied as an archive (--as archive.), and the show begins anew on Kafka. Steps, and what is "
    "down meanwhile: docs/operations/kafka.md, \"From embedded to Kafka\".";

struct MigrateOptions {
  std::string from = "./var/log";
  std::string to, kafka_config, as, where;
  std::vector<std::string> topics;
  std::uint32_t partitions = 8;
  std::size_t batch = 50'000;
  bool verify_only = false;
};

// A topic that goes, and its log.
struct Leaving {
  std::string domain;
  const Journal* log = nullptr;
  TopicInfo info;
};

struct Leavings {
  std::vector<std::unique_ptr<Journal>> logs;
  std::vector<Leaving> topics;
};

// What the Apps of this program say of their topics, and of their dead letters.
Result<std::map<std::string, TopicInfo>> infos_of_house() {
  std::map<std::string, TopicInfo> out;
  const App shop = shop_app(), audience = audience_app(), insight = insight_app();
  for (const App* app : {&shop, &audience, &insight}) {
    for (const Plan plan : {Plan::Local, Plan::Split}) {
      VT_TRY(const auto topology, app->topology(plan));
      const TopicTable table(*topology, {});
      for (TopicNumber topic = 0; topic < table.size(); ++topic)
        out.emplace(table.info(topic).name, table.info(topic));
    }
  }
  return out;
}

Result<Leaving> leaving(const MigrateOptions& options, const EngineFolder& folder,
                        const Journal& log, const std::string& topic,
                        const std::map<std::string, TopicInfo>& of_house) {
  const auto known = of_house.find(topic);
  if (known == of_house.end()) {
    TopicInfo info;
    info.name = topic;
    info.partitions = options.partitions;
    return Leaving{folder.name, &log, info};
  }
  if (!options.as.empty() || options.verify_only)
    return Leaving{folder.name, &log, known->second};
  return fail(Code::Unsupported,
              "copy " + topic + " under its own name: `vitrine serve` on that cluster would work "
              "through what was done before, under other order numbers; give the copies names of "
              "their own (--as archive.)");
}

// Of all engines below the folder.
Result<Leavings> leavings_of(const MigrateOptions& options) {
  VT_TRY(const auto folders, engine_folders(real_env().disk, options.from));
  VT_TRY(const auto of_house, infos_of_house());
  Leavings out;
  std::map<std::string, std::string> folder_of;
  for (const EngineFolder& folder : folders) {
    VT_TRY(auto log, Journal::open_read_only(real_env().disk, folder.path + "/journal"));
    for (const std::string& topic : log->topics()) {
      const auto& asked = options.topics;
      if (!asked.empty() && std::find(asked.begin(), asked.end(), topic) == asked.end()) continue;
      const auto [other, fresh] = folder_of.emplace(topic, folder.path);
      if (!fresh) {
        return fail(Code::Conflict, "copy " + topic + ": both " + other->second + " and " +
                                        folder.path + " have it; name one of them by --from");
      }
      VT_TRY(Leaving one, leaving(options, folder, *log, topic, of_house));
      out.topics.push_back(std::move(one));
    }
    out.logs.push_back(std::move(log));
  }
  for (const std::string& topic : options.topics) {
    if (folder_of.contains(topic)) continue;
    return fail(Code::NotFound, "copy " + topic + ": there is no record of it in " +
                                    options.from + "; `vitrine topic list` says what there is");
  }
  return out;
}

unsigned long long printable(std::uint64_t number) { return number; }

void print_copied(const Leaving& topic, const std::string& there,
                  const KafkaMigration::Copied& copied) {
  std::printf("copied %-10s %-24s to %s: %llu now, %llu in all%s\n", topic.domain.c_str(),
              topic.info.name.c_str(), there.c_str(), printable(copied.now),
              printable(copied.in_all),
              copied.expired ? "; some had expired before they could be copied" : "");
  std::fflush(stdout);
}

void print_compared(const Leaving& topic, const std::string& there,
                    const kafka::Comparison& found) {
  std::printf("%s %-10s %-24s %s %s: %s", found.equal ? "same  " : "OTHER ",
              topic.domain.c_str(), topic.info.name.c_str(), found.equal ? "as" : "than",
              there.c_str(), found.what.c_str());
  if (found.digest != 0) std::printf(", digest %016llx", printable(found.digest));
  std::printf("\n");
  std::fflush(stdout);
}

// `until`: of each topic, what is compared; the log may grow meanwhile.
Result<void> compare_all(const KafkaSettings& settings, const std::string& as,
                         const Leavings& leavings, const std::vector<Position>& until) {
  std::uint64_t records = 0;
  std::size_t others = 0;
  for (std::size_t i = 0; i < leavings.topics.size(); ++i) {
    const Leaving& topic = leavings.topics[i];
    const kafka::TopicThere there{settings, settings.prefix + as + topic.info.name};
    VT_TRY(const auto found, compare_topic(there, *topic.log, topic.info, until[i]));
    print_compared(topic, there.name, found);
    records += found.records;
    others += found.equal ? 0 : 1;
  }
  if (others > 0) {
    std::printf("NOT OK: %zu of %zu topics differ\n", others, leavings.topics.size());
    return fail(Code::Conflict, "what is on Kafka is not what the log holds; `vitrine migrate` "
                                "without --verify-only copies what is missing, or says why not");
  }
  std::printf("OK: %zu topics, %llu records, the same in the log and on Kafka, those of a key in "
              "their order\n",
              leavings.topics.size(), printable(records));
  return {};
}

Result<void> copy_all(const MigrateOptions& options, const KafkaSettings& settings,
                      const Leavings& leavings) {
  MigrationOptions into;
  into.settings = settings;
  into.as = options.as;
  into.batch_records = options.batch;
  VT_TRY(const auto migration, KafkaMigration::open(std::move(into)));
  std::vector<Position> until;
  for (const Leaving& topic : leavings.topics) {
    VT_TRY(const auto copied, migration->copy(*topic.log, topic.info));
    print_copied(topic, settings.prefix + options.as + topic.info.name, copied);
    until.push_back(copied.up_to);
  }
  return compare_all(settings, options.as, leavings, until);
}

// TOPIC@POSITION, as an offset of each partition.
Result<void> tell_where(const MigrateOptions& options, const KafkaSettings& settings) {
  const auto at = options.where.rfind('@');
  std::uint64_t position = 0;
  const char* end = options.where.data() + options.where.size();
  const auto digits = at == std::string::npos ? end : options.where.data() + at + 1;
  if (const auto read = std::from_chars(digits, end, position);
      digits == end || read.ec != std::errc{} || read.ptr != end)
    return fail(Code::Invalid, "--where " + options.where + ": give TOPIC@POSITION");
  const std::string topic = options.where.substr(0, at);
  MigrateOptions only = options;
  only.topics = {topic};
  only.verify_only = true;
  VT_TRY(const auto leavings, leavings_of(only));
  VT_TRY(const auto maps, read_migration_maps(settings, options.as));
  const auto map = maps.find(topic);
  if (map == maps.end()) return fail(Code::NotFound, topic + " was not copied there");
  const kafka::TopicThere there{settings, settings.prefix + options.as + topic};
  VT_TRY(const auto offsets, offsets_from(there, *leavings.topics.front().log, topic, map->second,
                                          Position{position}));
  for (std::size_t one = 0; one < offsets.size(); ++one)
    std::printf("%s/%zu from offset %lld\n", there.name.c_str(), one,
                static_cast<long long>(offsets[one]));
  return {};
}

Result<void> migrate(const MigrateOptions& options) {
  VT_TRY(const auto settings, KafkaSettings::from(options.to, options.kafka_config));
  if (!options.where.empty()) return tell_where(options, settings);
  VT_TRY(const auto leavings, leavings_of(options));
  if (!options.verify_only) return copy_all(options, settings, leavings);
  std::vector<Position> until;
  for (const Leaving& topic : leavings.topics) until.push_back(topic.log->committed_end());
  return compare_all(settings, options.as, leavings, until);
}

}  // namespace

int run_migrate(int argc, char** argv) {
  CLI::App cli{kAbout};
  cli.footer(kFooter);
  MigrateOptions options;
  int code = 0;
  cli.add_option("--from,--log", options.from, "the log's folder, or one engine's")
      ->capture_default_str();
  cli.add_option("--to", options.to, "kafka://HOST:PORT[,HOST:PORT...]")->required();
  cli.add_option("--kafka-config", options.kafka_config, "a file of librdkafka's settings");
  cli.add_option("--topics", options.topics, "only these, e.g. user-activity,word-counts")
      ->delimiter(',');
  cli.add_option("--as", options.as, "stands before the topics' names over there, e.g. archive.");
  cli.add_option("--partitions", options.partitions,
                 "of topics that are made and that this program does not know; those that are "
                 "there keep theirs")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'024));
  cli.add_option("--batch", options.batch, "records of a transaction, at most")
      ->capture_default_str()
      ->check(CLI::Range(1, 500'000));
  cli.add_flag("--verify-only", options.verify_only, "copy nothing, only compare");
  cli.add_option("--where", options.where,
                 "TOPIC@POSITION: copy nothing, tell from which offset of each partition on the "
                 "records from this position on stand there");
  return parsed(cli, argc, argv, code) ? ended("migrate", migrate(options)) : code;
}

}  // namespace vitrine
