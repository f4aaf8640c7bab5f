#pragma once
// run(app, options): a whole program around an App whose input is lines of text and whose output is
// text per key.
//
//   int main(int argc, char** argv) {
//     App app = …;
//     return run(app, RunOptions::from_args(argc, argv));
//   }
//
// Lines of --input are appended to the app's input topic (the one it reads and nobody in it
// writes), the output topic (the one it writes and does not read) is printed after each commit.
// Both must be topics of strings. Exactly once: how many lines of an input were taken is state of
// the app, in the same commit as what they caused. Whoever starts again with the same --log and
// --input goes on with the first line that is not in the log. Threads: runs the engine's two and
// one that reads the input; returns when all have ended.
#include <string>
#include <vector>

#include "base/result.h"
#include "vitrine/app.h"

namespace vitrine {

enum class OutputMode { Complete, Update, None };
enum class Guarantee { ExactlyOnce, AtLeastOnce };

struct RunOptions {
  std::string program = "program";
  std::string log;         // folder, default ./var/log/<app>; or kafka://HOST:PORT[,HOST:PORT…]
  std::string input;       // a file, "-" for standard input, empty for none
  std::string input_id;    // whose lines are counted; default: the file's path; "-" counts none
  bool again = false;      // take the input's lines from the first on, whatever was taken before
  bool until_now = false;  // end when everything that is there has been worked through
  OutputMode output_mode = OutputMode::Complete;
  std::string dump;       // only print the committed records of this topic
  bool describe = false;  // only print the topology
  std::string progress;   // tests: a file of two counters, taken and durable lines
  std::uint32_t shards = 1;  // threads that work on the app: EngineOptions::shards
  // On Kafka: the name that state, offsets and internal topics go by, default the app's; a file of
  // client settings (TLS, users); how far apart commits begin at least.
  std::string app_id, kafka_config;
  bool skip_expired = false;  // go on where records had expired before they were read
  std::string state;         // folder where state is kept; empty: it is in memory
  bool distributed = false;  // several processes share the partitions
  bool stands_by = false;    // distributed, with `state`: follows the state of the others' units
  std::string instance;      // distributed: this process's name, the same over its restarts
  Duration linger{0};
  // On Kafka: without transactions, what a crash interrupts is counted and written again.
  Guarantee guarantee = Guarantee::ExactlyOnce;
  // On Kafka: of these output topics a commit writes only each key's last record. For tables: a
  // reader sees the same value of a key at the end of each commit, and fewer in between.
  std::vector<std::string> last_only;
  std::uint64_t checkpoint_deltas = 1'000'000;  // tests: how often state goes to disk
  bool help = false;

  // Code::Invalid with what was wrong; run() prints it and returns 2.
  static Result<RunOptions> from_args(int argc, char** argv);
};

std::string usage(const std::string& program);

// The exit status: 0, 1 after an Error, 2 for unusable options. SIGTERM and SIGINT end it cleanly:
// what was taken is committed first.
int run(App& app, const Result<RunOptions>& options);

}  // namespace vitrine
