// `vitrine verify`: recounts a log from its raw records and says OK, or what does not add up. Exit
// code 0 or 1.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "app/commands.h"
#include "app/house.h"
#include "commerce/verify/verify.h"
#include "streams/kafka/kafka_remote_log.h"
#include "streams/log/journal.h"

namespace vitrine {
namespace {

TopicInfo topic_named(const std::string& name) {
  TopicInfo info;
  info.name = name;
  return info;
}

Result<void> feed(verify::Verifier& verifier, const std::string& folder,
                  const std::vector<std::string>& topics) {
  VT_TRY(const auto journal, Journal::open_read_only(real_env().disk, folder + "/journal"));
  Position from{1};
  while (true) {
    VT_TRY(auto batch, journal->read(topics, from, 4096, 8U << 20U));
    for (const auto& record : batch.records) verifier.add(record);
    if (batch.next >= journal->committed_end() || batch.next == from) return {};
    from = batch.next;
  }
}

// The audience's log first: its figures name positions of the shop's, which must have been reached
// by then, also when the server is running.
Result<void> feed_all(verify::Verifier& verifier, const std::string& log) {
  VT_TRY_VOID(feed(verifier, audience_folder(log), verify::Verifier::topics_of_audience()));
  return feed(verifier, shop_folder(log), verify::Verifier::topics_of_shop());
}

// All of Kafka's topics, in the order of their timestamps: what is there when it begins.
Result<void> feed_from_kafka(verify::Verifier& verifier, const std::string& address,
                             const std::string& config_file) {
  constexpr Duration kPatience{1'000};
  KafkaRemoteLogOptions options;
  VT_TRY(options.settings, KafkaSettings::from(address, config_file));
  options.app_id = "verify";
  for (const auto* names :
       {&verify::Verifier::topics_of_shop(), &verify::Verifier::topics_of_audience()}) {
    for (const std::string& name : *names) options.topics.push_back(topic_named(name));
  }
  VT_TRY(const auto log, open_kafka_log(std::move(options), {}));
  while (true) {
    VT_TRY(const auto batch, log->read(kPatience));
    for (const auto& record : batch.records) verifier.add(record);
    if (batch.at_end) return {};
  }
}

}  // namespace

int run_verify(int argc, char** argv) {
  CLI::App cli{"Recounts a log from its raw records."};
  std::string log = "./var/log";
  std::string kafka_config;
  cli.add_option("--log", log, "the log's folder, or kafka://HOST:PORT")->capture_default_str();
  cli.add_option("--kafka-config", kafka_config, "a file of librdkafka's settings");
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return cli.exit(error) == 0 ? 0 : 2;
  }
  verify::Verifier verifier;
  const auto fed = log.starts_with(kKafkaScheme) ? feed_from_kafka(verifier, log, kafka_config)
                                                 : feed_all(verifier, log);
  if (!fed) {
    std::fprintf(stderr, "vitrine verify: %s\n", fed.error().message.c_str());
    return 1;
  }
  const auto findings = verifier.finish();
  for (const auto& finding : findings) {
    std::printf("%s at %llu: %s\n", finding.topic.c_str(),
                static_cast<unsigned long long>(finding.position), finding.what.c_str());
  }
  const auto totals = verifier.totals();
  std::printf("%s: %llu records, %llu orders confirmed, %llu messages, %llu votes, %llu shows\n",
              findings.empty() ? "OK" : "NOT OK", static_cast<unsigned long long>(totals.records),
              static_cast<unsigned long long>(totals.orders_confirmed),
              static_cast<unsigned long long>(totals.messages),
              static_cast<unsigned long long>(totals.votes),
              static_cast<unsigned long long>(totals.shows));
  return findings.empty() ? 0 : 1;
}

}  // namespace vitrine
