// Kills word_count on Kafka with SIGKILL at random moments under load, and holds what
// read_committed readers see against the model: per word the counts 1, 2, 3 … without gap or
// repetition, up to the number of times it was written.
//
//   kafka_word_count_kill --program BIN/word_count [--kills 20] [--processes 1] [--seed N]
//                         [--guarantee at-least-once]
//
// At least once the counts may repeat and be too high, and none may be too low.
// The broker is VITRINE_KAFKA (tools/kafka/broker.py with); where there is none the test is
// skipped. Enough of the kills must meet an open transaction, else the test proves nothing.
#include "sim/test_folder.h"
#include "tests/kafka/kit.h"

using namespace vitrine;
using namespace vitrine::kafka_test;

namespace {

class Fleet {
 public:
  explicit Fleet(const Options& options) : options_(options) {
    for (int i = 0; i < options.processes; ++i) children_.push_back(start(i));
  }
  void kill(int which) { children_[static_cast<std::size_t>(which)].kill_now(); }
  void start_again(int which) { children_[static_cast<std::size_t>(which)] = start(which); }
  void end_well() {
    for (Child& child : children_) child.end_well();
  }

 private:
  Child start(int which) const {
    if (options_.processes == 1) return Child(options_, {});
    const std::string name = std::to_string(which);
    return Child(options_, {"--instance", name, "--state", folder_.path + "/" + name});
  }
  const Options& options_;
  const sim::TempFolder folder_;  // distributed: each keeps its state, which kills leave as it is
  std::vector<Child> children_;
};

}  // namespace

int main(int argc, char** argv) {
  const Options options = options_of(argc, argv);
  if (options.kafka.empty()) return skipped();
  const auto kafka = sure(KafkaSettings::from("kafka://" + options.kafka, {}));
  run_to_the_end(options);  // makes the topics
  const auto appender = sure(KafkaAppender::open(kafka));
  Load load(options, *appender);
  load.start();
  std::mt19937_64 random(options.seed + 1);
  int open = 0;
  Fleet fleet(options);
  for (int kill = 0; kill < options.kills; ++kill) {
    // Every fourth dies while it starts, the others after there was progress.
    if (kill % 4 != 3 && !moves(kafka, committed_end(kafka))) red("no progress after a kill");
    std::this_thread::sleep_for(Millis{random() % 600});
    const int which = static_cast<int>(random() % static_cast<std::uint64_t>(options.processes));
    fleet.kill(which);
    open += is_open(kafka) ? 1 : 0;
    fleet.start_again(which);
  }
  load.stop();
  if (!moves(kafka, committed_end(kafka))) red("no progress after the last kill");
  fleet.end_well();
  run_to_the_end(options);
  if (options.at_least_once) {
    check_nothing_lost(kafka, load.written());
  } else {
    check(kafka, load.written());
  }
  if (!options.at_least_once && open * 10 < options.kills)
    red("only " + std::to_string(open) + " kills met an open transaction");
  std::printf("figure %d kills, %d in a transaction, %llu lines, %zu words\n1 passed, 0 failed\n",
              options.kills, open, static_cast<unsigned long long>(load.lines()),
              load.written().size());
  return 0;
}
