// The disk of a broker gets full under load, and later has room again: word_count must say where to
// look, try again at leisure, lose nothing, and go on by itself when the broker does.
//
//   tools/kafka/broker.py with --light --own --small-disk data:96 -- kafka_full_disk
//       --program BIN/word_count --tool tools/kafka/broker.py
//
// Kafka gives up a log folder whose disk is full until the broker is started again: a broker that
// has no other one ends (--small-disk data:N), one that has lives on without some partitions
// (--small-disk second:N).
#include <filesystem>
#include <fstream>

#include "sim/test_folder.h"
#include "tests/kafka/broker_kit.h"
#include "tests/kafka/patient_load.h"

using namespace vitrine;
using namespace vitrine::kafka_test;

namespace {

constexpr int kLines = 20;  // each 20 ms
constexpr std::chrono::seconds kUnderLoad{3};
constexpr std::size_t kLinesASecondMax = 5;

std::string small_disk() {
  const std::string second = broker_folder() + "/second";
  return std::filesystem::exists(second) ? second : broker_folder() + "/data";
}

// To the last byte.
std::string fill(const std::string& disk) {
  const std::string path = disk + "/not-kafkas";
  const int file = open(path.c_str(), O_WRONLY | O_CREAT, 0600);
  const std::string zeros(4'096, '\0');
  while (file >= 0 && write(file, zeros.data(), zeros.size()) > 0) continue;
  if (file < 0 || errno != ENOSPC) red("the disk " + disk + " cannot be filled");
  close(file);
  return path;
}

std::vector<std::string> lines_of(const std::string& log) {
  std::vector<std::string> out;
  std::ifstream file(log);
  for (std::string line; std::getline(file, line);) out.push_back(line);
  return out;
}

bool contains(const std::string& line, std::string_view what) {
  return line.find(what) != line.npos;
}

// Of what was logged since there were `before` lines.
void check_told(const std::string& log, std::size_t before, const Options& options,
                std::chrono::seconds full) {
  const auto lines = lines_of(log);
  const std::size_t count = lines.size() - before;
  const bool told = std::any_of(lines.begin() + static_cast<std::ptrdiff_t>(before), lines.end(),
                                [&](const std::string& line) {
                                  return contains(line, options.kafka) && contains(line, "disk");
                                });
  if (!told) red("no line of the log names the broker and its disk");
  if (count > kLinesASecondMax * static_cast<std::size_t>(full.count()))
    red(std::to_string(count) + " lines are in the log");
  std::printf("it wrote %zu lines in %lld s\n", count, static_cast<long long>(full.count()));
}

}  // namespace

int main(int argc, char** argv) {
  Options options = options_of(argc, argv);
  if (options.kafka.empty()) return skipped();
  Broker broker(option_of(argc, argv, "--tool", "tools/kafka/broker.py"), broker_folder());
  const auto kafka = sure(KafkaSettings::from("kafka://" + options.kafka, {}));
  run_to_the_end(options);  // makes the topics
  PatientLoad load(kafka, options.seed, kLines);
  load.start();
  const sim::TempFolder folder;
  // Longer than a commit is asked for.
  const std::chrono::seconds full{std::stoi(option_of(argc, argv, "--full", "25"))};
  const std::string log = option_of(argc, argv, "--keep-log", folder.path + "/log");
  Child child(options, {}, log);
  if (!moves(kafka, committed_end(kafka))) red("no progress at the beginning");
  std::this_thread::sleep_for(kUnderLoad);
  const std::size_t before = lines_of(log).size();
  const std::string filler = fill(small_disk());
  std::this_thread::sleep_for(full);
  check_told(log, before, options, full);
  std::filesystem::remove(filler);
  broker.stop();
  broker.start();
  if (!moves(kafka, committed_end(kafka))) red("no progress within a minute of free space");
  std::this_thread::sleep_for(kUnderLoad);
  load.stop();
  child.end_well();
  run_to_the_end(options);
  check(kafka, load.written());
  std::printf("figure %llu lines, 0 lost, 0 doubled\n1 passed, 0 failed\n",
              static_cast<unsigned long long>(load.lines()));
  return 0;
}
