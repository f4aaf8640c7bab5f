// A cluster of three brokers, of which one at a time is killed (SIGKILL) under load and started
// again when word_count goes on without it, in every partition. Nothing may be lost or doubled. For
// soaks: a kill takes its time.
//
//   tools/kafka/broker.py with --nodes 3 -- kafka_cluster --program BIN/word_count
//       --tool tools/kafka/broker.py [--kills 10] [--interval 60] [--processes 2] [--seed N]
#include <cinttypes>

#include "sim/test_folder.h"
#include "tests/kafka/broker_kit.h"
#include "tests/kafka/observer.h"
#include "tests/kafka/patient_load.h"

using namespace vitrine;
using namespace vitrine::kafka_test;

namespace {

constexpr std::uint32_t kNodes = 3;
constexpr int kLines = 10;  // each 20 ms: three brokers share the cores with us
constexpr std::chrono::seconds kUnderWay{2};  // what came from a node that is dead may be read yet
// Until a partition whose leader was killed has another one, and what was open there is ended.
constexpr std::chrono::seconds kPatience{60};

// Until all nodes are there, topics of three copies are refused.
void make_topics(const Options& options) {
  constexpr int kTries = 20;
  for (int i = 1; Child(options, {"--until-now"}).wait() != 0; ++i) {
    if (i == kTries) red("the topics cannot be made");
    std::this_thread::sleep_for(Millis{1'000});
  }
}

std::vector<Child> start_all(const Options& options, const std::string& folder) {
  std::vector<Child> out;
  for (int i = 0; i < options.processes; ++i) {
    const std::string name = std::to_string(i);
    std::vector<std::string> more;
    if (options.processes > 1) more = {"--instance", name};
    out.emplace_back(options, more, folder + "/" + name + ".log");
  }
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  Options options = options_of(argc, argv);
  if (options.kafka.empty()) return skipped();
  const std::chrono::seconds interval{std::stoi(option_of(argc, argv, "--interval", "60"))};
  const std::string tool = option_of(argc, argv, "--tool", "tools/kafka/broker.py");
  std::vector<Broker> nodes;
  for (std::uint32_t i = 1; i <= kNodes; ++i)
    nodes.emplace_back(tool, broker_folder() + "/" + std::to_string(i));
  const auto kafka = sure(KafkaSettings::from("kafka://" + options.kafka, {}));
  make_topics(options);
  PatientLoad load(kafka, options.seed, kLines);
  const sim::TempFolder folder;
  Observer observer(kafka);
  load.start();
  std::vector<Child> children = start_all(options, folder.path);
  const auto all_move = [&](Steady::time_point since) {
    return comes_true([&] { return observer.all_moved(since); }, kPatience);
  };
  if (!all_move(Steady::now())) red("no progress at the beginning");
  std::mt19937_64 random(options.seed);
  Millis longest{};
  for (int kill = 0; kill < options.kills; ++kill) {
    static_cast<void>(observer.longest_gap());
    const auto began = Steady::now();
    Broker& node = nodes[random() % nodes.size()];
    node.kill_now();
    const std::string which = "kill " + std::to_string(kill + 1);
    if (!all_move(began + kUnderWay)) red("no progress within a minute of " + which);
    node.start();
    if (!all_move(Steady::now())) red("no progress when the node was back, " + which);
    std::this_thread::sleep_until(began + interval);
    const Millis gap = observer.longest_gap();
    longest = std::max(longest, gap);
    std::printf("kill %d of %s: longest gap of a partition %" PRId64 " ms\n", kill + 1,
                node.folder().substr(node.folder().rfind('/') + 1).c_str(),
                static_cast<std::int64_t>(gap.count()));
    std::fflush(stdout);
  }
  load.stop();
  for (Child& child : children) child.end_well();
  run_to_the_end(options);
  check(kafka, load.written());
  std::printf("figure %d process%s, %d kills of a broker, %llu lines of %d producers, 0 lost, "
              "0 doubled, longest gap %" PRId64 " ms\n1 passed, 0 failed\n",
              options.processes, options.processes == 1 ? "" : "es", options.kills,
              static_cast<unsigned long long>(load.lines()), load.producers(),
              static_cast<std::int64_t>(longest.count()));
  return 0;
}
