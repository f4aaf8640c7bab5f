// A process that was stopped (SIGSTOP) for longer than anybody waits, and then goes on, must not
// write any more: another one has its place. Held against the model like the kills.
//
//   kafka_takeover --program BIN/word_count
//
// Local plan: the second process shuts the first one out, which says so and ends. Distributed: the
// group gives the first one's partitions away; awake again it is refused, and joins anew.
#include "tests/kafka/kit.h"

#include <filesystem>
#include <fstream>

using namespace vitrine;
using namespace vitrine::kafka_test;

namespace {

constexpr Millis kSession{2'000};
constexpr Millis kTransaction{4'000};

std::string settings_file() {
  const auto path = std::filesystem::temp_directory_path() /
                    ("vitrine-takeover-" + std::to_string(getpid()) + ".properties");
  std::ofstream out(path);
  if (const char* more = std::getenv("VITRINE_KAFKA_CONFIG")) out << std::ifstream(more).rdbuf();
  out << "session.timeout.ms=" << kSession.count() << "\nheartbeat.interval.ms=300\n"
      << "transaction.timeout.ms=" << kTransaction.count()
      << "\nmessage.timeout.ms=" << kTransaction.count() << "\n";
  return path.string();
}

void progress(const KafkaSettings& kafka, const char* when) {
  if (!moves(kafka, committed_end(kafka))) red(std::string("no progress ") + when);
}

void local(const Options& options, const KafkaSettings& kafka, const std::string& config) {
  Child first(options, {"--kafka-config", config});
  progress(kafka, "of the first process");
  first.send(SIGSTOP);
  Child second(options, {"--kafka-config", config});
  progress(kafka, "of the second process");
  first.send(SIGCONT);
  const int status = first.wait();
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 1)
    red("the first process was not shut out, status " + std::to_string(status));
  progress(kafka, "after the first process was shut out");
  // Nobody else is there, but the brokers end our transaction meanwhile.
  second.send(SIGSTOP);
  std::this_thread::sleep_for(kTransaction + Millis{2'000});
  second.send(SIGCONT);
  progress(kafka, "after a process stood still");
  second.end_well();
}

void distributed(const Options& options, const KafkaSettings& kafka, const std::string& config) {
  Child first(options, {"--kafka-config", config});
  progress(kafka, "of the first process");
  Child second(options, {"--kafka-config", config});
  std::this_thread::sleep_for(kSession);  // until the two share the partitions
  for (int round = 0; round < 2; ++round) {
    first.send(SIGSTOP);
    std::this_thread::sleep_for(2 * kSession);
    progress(kafka, "while one process stands still");
    first.send(SIGCONT);
    std::this_thread::sleep_for(kSession);
    progress(kafka, "after it went on");
  }
  first.end_well();
  second.end_well();
}

}  // namespace

int main(int argc, char** argv) {
  Options options = options_of(argc, argv);
  if (options.kafka.empty()) return skipped();
  const auto kafka = sure(KafkaSettings::from("kafka://" + options.kafka, {}));
  const std::string config = settings_file();
  run_to_the_end(options);  // makes the topics
  const auto appender = sure(KafkaAppender::open(kafka));
  Load load(options, *appender);
  load.start();
  if (options.processes == 1)
    local(options, kafka, config);
  else
    distributed(options, kafka, config);
  load.stop();
  run_to_the_end(options);
  check(kafka, load.written());
  std::printf("figure %llu lines, %zu words\n1 passed, 0 failed\n",
              static_cast<unsigned long long>(load.lines()), load.written().size());
  return 0;
}
