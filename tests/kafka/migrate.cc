// Moves a word count's log to Kafka by `vitrine migrate`, kills it with SIGKILL on the way, and
// holds both sides against each other by reading them here: every record once, those of a key in
// their order. Then the log grows, the count itself goes on over there, and differences are planted
// that must be found.
//
//   kafka_migrate --program BIN/word_count --vitrine BIN/vitrine [--seed N]
//
// The broker is VITRINE_KAFKA (tools/kafka/broker.py with); where there is none it is skipped.
#include <array>
#include <sstream>

#include "base/env.h"
#include "base/hash.h"
#include "sim/test_folder.h"
#include "streams/log/journal.h"
#include "tests/kafka/kit.h"

using namespace vitrine;
using namespace vitrine::kafka_test;

namespace {

constexpr int kLines = 12'000;
constexpr int kKills = 4;
constexpr std::uint32_t kPartitions = 8;
const std::array<std::string, 2> kTopics{"user-activity", "word-counts"};
const std::string kAs = "archive.";

struct World {
  Options options;
  std::string vitrine;
  KafkaSettings kafka;
  sim::TempFolder folder;
  std::mt19937_64 random;
  std::map<std::string, std::uint64_t> words;  // of "log"

  std::string path(const std::string& name) const { return folder.path + "/" + name; }
};

// Appends lines to the input of a log, and has them counted there.
void grow(World& world, const std::string& log, int lines, bool model) {
  std::ofstream input(world.path(log + ".txt"), std::ios::app);
  for (int i = 0; i < lines; ++i) {
    std::string line;
    const std::uint64_t words = 2 + world.random() % 7;
    for (std::uint64_t word = 0; word < words; ++word) {
      const std::string text = "w" + std::to_string(world.random() % (1 + world.random() % 2'000));
      line += (word == 0 ? "" : " ") + text;
      if (model) ++world.words[text];
    }
    input << line << '\n';
  }
  input.close();
  Child count({world.options.program, "--log", world.path(log), "--input",
               world.path(log + ".txt"), "--until-now", "--output-mode", "none"},
              world.path("word_count.out"));
  if (count.wait() != 0) red("the word count on the embedded log ended with an error");
}

std::vector<std::string> words_of(const World& world, const std::vector<std::string>& more,
                                  const std::string& log = "log") {
  std::vector<std::string> words{world.vitrine, "migrate", "--from", world.path(log), "--to",
                                 "kafka://" + world.options.kafka};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

// What it printed. Its status must be this one.
std::string migrate(const World& world, int status, const std::vector<std::string>& more,
                    const std::string& log = "log") {
  const std::string output = world.path("migrate.out");
  Child child(words_of(world, more, log), output);
  const int ended = child.wait();
  std::ifstream file(output);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!WIFEXITED(ended) || WEXITSTATUS(ended) != status)
    red("vitrine migrate ended with status " + std::to_string(ended) + ": " + text);
  return text;
}

void expect(const std::string& text, const std::string& part) {
  if (text.find(part) == std::string::npos) red("there is no \"" + part + "\" in: " + text);
}

struct Line {  // of a record
  std::string text;
  std::uint64_t place = 0;  // position or offset
};
using ByKey = std::map<std::string, std::vector<Line>>;

std::string text_of(const RecordView& record) {
  return std::string(record.value) + '|' + std::to_string(millis_of(record.timestamp)) + '|' +
         std::string(record.correlation);
}

ByKey in_log(const World& world, const std::string& topic) {
  const auto log = sure(Journal::open_read_only(real_env().disk, world.path("log") + "/journal"));
  const std::array<std::string, 1> only{topic};
  ByKey out;
  for (Position from{1}; from < log->committed_end();) {
    const auto batch = sure(log->read(only, from, 10'000, 8U << 20U));
    for (const Positioned& one : batch.records) {
      out[one.record.key].push_back({text_of(view_of(one.record)), one.position.value()});
    }
    from = batch.next;
  }
  return out;
}

ByKey on_kafka(const World& world, const std::string& topic) {
  ByKey out;
  sure(read_topic(world.kafka, topic,
                  [&](std::uint32_t partition, std::int64_t offset, const RecordView& record) {
                    if (partition != (murmur2(record.key) & 0x7fffffffU) % kPartitions)
                      red("a record is not where its key belongs");
                    out[std::string(record.key)].push_back(
                        {text_of(record), static_cast<std::uint64_t>(offset)});
                  }));
  return out;
}

// Each key's records, none lost, none twice, in their order.
std::size_t check_same(const World& world) {
  std::size_t records = 0;
  for (const std::string& topic : kTopics) {
    const ByKey here = in_log(world, topic), there = on_kafka(world, kAs + topic);
    if (here.size() != there.size()) red(topic + " has keys on one side only");
    for (const auto& [key, lines] : here) {
      const auto found = there.find(key);
      if (found == there.end() || found->second.size() != lines.size())
        red(topic + ": records of key \"" + key + "\" were lost or doubled");
      for (std::size_t i = 0; i < lines.size(); ++i) {
        if (lines[i].text != found->second[i].text)
          red(topic + ": records of key \"" + key + "\" changed or lost their order");
      }
      records += lines.size();
    }
  }
  return records;
}

// The settings that all are told, and a producer that takes its time: there is a transaction open
// most of the time.
std::string slow_settings(const World& world) {
  const std::string path = world.path("slow.properties");
  std::ofstream out(path);
  if (const char* given = std::getenv("VITRINE_KAFKA_CONFIG")) out << std::ifstream(given).rdbuf();
  out << "\nlinger.ms=250\n";
  return path;
}

bool gets_open(const KafkaSettings& kafka, const std::string& topic) {
  constexpr std::chrono::seconds kPatience{30};
  for (const auto until = std::chrono::steady_clock::now() + kPatience; !is_open(kafka, topic);) {
    if (std::chrono::steady_clock::now() > until) return false;
  }
  return true;
}

// Killed on the way, a few times; how often within a transaction.
int kill_on_the_way(World& world) {
  const std::string settings = slow_settings(world);
  int open = 0;
  for (int kill = 0; kill < kKills; ++kill) {
    const std::string topic = kAs + kTopics[kill == 0 ? 0 : 1];
    const std::int64_t before = kill < 2 ? 0 : committed_end(world.kafka, topic);
    Child child(
        words_of(world, {"--as", kAs, "--kafka-config", settings, "--batch", "3000"}),
        world.path("killed.out"));
    if (!moves(world.kafka, before, topic)) red("no progress before a kill");
    if (!gets_open(world.kafka, topic)) red("no transaction before a kill");
    child.kill_now();
    open += is_open(world.kafka, topic) ? 1 : 0;
  }
  return open;
}

// Every partition's first record from a position on, as the map tells it.
void check_where(const World& world) {
  const ByKey here = in_log(world, kTopics[1]), there = on_kafka(world, kAs + kTopics[1]);
  for (const std::uint64_t position : {777U, 50'000U, 1'000'000U}) {
    std::map<std::uint32_t, std::uint64_t> wanted;
    for (const auto& [key, lines] : here) {
      const std::uint32_t partition = (murmur2(key) & 0x7fffffffU) % kPartitions;
      for (std::size_t i = 0; i < lines.size(); ++i) {
        if (lines[i].place < position) continue;
        const std::uint64_t offset = there.at(key)[i].place;
        const auto [at, fresh] = wanted.emplace(partition, offset);
        if (!fresh) at->second = std::min(at->second, offset);
        break;
      }
    }
    const std::string text = migrate(
        world, 0, {"--as", kAs, "--where", kTopics[1] + "@" + std::to_string(position)});
    for (const auto& [partition, offset] : wanted)
      expect(text, "/" + std::to_string(partition) + " from offset " + std::to_string(offset) +
                       "\n");
  }
}

// An App goes on from its inputs: state and outputs are made anew, each once.
void check_count_goes_on(const World& world) {
  migrate(world, 0, {"--topics", "user-activity"});
  run_to_the_end(world.options);
  check(world.kafka, world.words);
}

void check_differences_are_found(World& world) {
  // Another log, with as many lines.
  const int lines = static_cast<int>(in_log(world, kTopics[0]).at("").size());
  grow(world, "other", lines, false);
  const std::string other = migrate(
      world, 1, {"--as", kAs, "--topics", kTopics[0], "--verify-only"}, "other");
  expect(other, "they differ in bytes");
  expect(migrate(world, 1, {"--as", kAs}, "other"), "copied from another log");
  check_same(world);
  // Somebody else writes a record.
  const auto appender = sure(KafkaAppender::open(world.kafka));
  sure(appender->append(kAs + kTopics[1], {"w1", "1", Time{Duration{1'000}}, {}}));
  sure(appender->flush());
  const std::string verified = migrate(world, 1, {"--as", kAs, "--verify-only"});
  expect(verified, "same   log        user-activity");
  expect(verified, "OTHER  log        word-counts");
  expect(migrate(world, 1, {"--as", kAs}), "a record that no migration wrote");
}

}  // namespace

int main(int argc, char** argv) {
  World world;
  world.options = options_of(argc, argv);
  if (world.options.kafka.empty()) return skipped();
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::string(argv[i]) == "--vitrine") world.vitrine = argv[i + 1];
  }
  world.random.seed(world.options.seed);
  world.kafka = sure(KafkaSettings::from("kafka://" + world.options.kafka, {}));
  grow(world, "log", kLines, true);
  const int open = kill_on_the_way(world);
  const std::string rest = migrate(world, 0, {"--as", kAs});
  expect(rest, "OK: 2 topics");
  if (rest.find("word-counts: 0 now") != std::string::npos) red("the kills came too late");
  check_same(world);
  const std::int64_t end = committed_end(world.kafka, kAs + kTopics[1]);
  expect(migrate(world, 0, {"--as", kAs}), ": 0 now, 12000 in all");  // nothing is new
  if (committed_end(world.kafka, kAs + kTopics[1]) != end) red("a second run wrote something");
  grow(world, "log", 500, true);
  expect(migrate(world, 1, {"--as", kAs, "--verify-only"}), "NOT OK: 2 of 2");
  expect(migrate(world, 0, {"--as", kAs}), ": 500 now, 12500 in all");
  const std::size_t records = check_same(world);
  expect(migrate(world, 0, {"--as", kAs, "--verify-only"}), "OK: 2 topics");
  check_where(world);
  check_count_goes_on(world);
  check_differences_are_found(world);
  if (open == 0) red("no kill met an open transaction");
  std::printf("figure %d kills, %d in a transaction, %zu records\n1 passed, 0 failed\n", kKills,
              open, records);
  return 0;
}
