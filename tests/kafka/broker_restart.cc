// The broker is killed (SIGKILL) or stopped under load and comes back: word_count must go on by
// itself within a minute, with nothing lost and nothing doubled.
//
// Transactions may take a second: what is open when the broker goes is too old when it comes back.
// Kafka 4.3 then ends it before partitions have leaders, and does not tell them.
//
//   kafka_broker_restart --program BIN/word_count --tool tools/kafka/broker.py [--kills 3]
//
// VITRINE_KAFKA_FOLDER is the broker's (tools/kafka/broker.py with).
#include <filesystem>
#include <fstream>

#include "tests/kafka/broker_kit.h"

using namespace vitrine;
using namespace vitrine::kafka_test;

namespace {

std::string short_transactions() {
  const auto path = std::filesystem::temp_directory_path() /
                    ("vitrine-restart-" + std::to_string(getpid()) + ".properties");
  std::ofstream out(path);
  if (const char* more = std::getenv("VITRINE_KAFKA_CONFIG")) out << std::ifstream(more).rdbuf();
  out << "transaction.timeout.ms=1000\nmessage.timeout.ms=1000\n";
  return path.string();
}

}  // namespace

int main(int argc, char** argv) {
  Options options = options_of(argc, argv);
  if (options.kafka.empty()) return skipped();
  Broker broker(option_of(argc, argv, "--tool", "tools/kafka/broker.py"), broker_folder());
  const auto kafka = sure(KafkaSettings::from("kafka://" + options.kafka, {}));
  run_to_the_end(options);  // makes the topics
  const auto appender = sure(KafkaAppender::open(kafka));
  Load load(options, *appender);
  load.start();
  Child child(options, {"--kafka-config", short_transactions()});
  if (!moves(kafka, committed_end(kafka))) red("no progress at the beginning");
  for (int kill = 0; kill < options.kills; ++kill) {
    if (kill % 2 == 0)
      broker.kill_now();
    else
      broker.stop();
    std::this_thread::sleep_for(Millis{2'000});
    broker.start();
    if (!moves(kafka, committed_end(kafka))) red("no progress within a minute");
  }
  load.stop();
  if (!moves(kafka, committed_end(kafka))) red("no progress at the end");
  child.end_well();
  run_to_the_end(options);
  check(kafka, load.written());
  std::printf("figure %d restarts, %llu lines\n1 passed, 0 failed\n", options.kills,
              static_cast<unsigned long long>(load.lines()));
  return 0;
}
