#pragma once
// What the tests of whole programs on Kafka have in common: a word_count process, a load whose
// words are counted here too, and the check of what read_committed readers see.
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "streams/kafka/appender.h"
#include "streams/kafka/consumer.h"
#include "streams/kafka/reader.h"

namespace vitrine::kafka_test {

using Millis = std::chrono::milliseconds;

struct Options {
  std::string program;
  std::string kafka;
  int kills = 20;
  int processes = 1;  // more than one: the distributed plan
  std::uint64_t seed = 1;
  bool at_least_once = false;
};

inline Options options_of(int argc, char** argv) {
  Options out;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    if (name == "--program") out.program = argv[i + 1];
    if (name == "--kills") out.kills = std::atoi(argv[i + 1]);
    if (name == "--processes") out.processes = std::atoi(argv[i + 1]);
    if (name == "--guarantee") out.at_least_once = std::string(argv[i + 1]) == "at-least-once";
    if (name == "--seed") out.seed = std::strtoull(argv[i + 1], nullptr, 10);
  }
  if (const char* kafka = std::getenv("VITRINE_KAFKA")) out.kafka = kafka;
  return out;
}

// Exit status for ctest and tools/run_tests.py.
inline int skipped() {
  const char* why = std::getenv("VITRINE_KAFKA_MISSING");
  std::printf("skip: no Kafka broker: %s\n", why == nullptr ? "VITRINE_KAFKA is not set" : why);
  return 77;
}

[[noreturn]] inline void red(const std::string& why) {
  std::printf("RED %s\n0 passed, 1 failed\n", why.c_str());
  std::exit(1);
}

template <class T>
T sure(Result<T> result) {
  if (!result) red(result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

inline std::vector<std::string> word_count_words(const Options& options,
                                                 const std::vector<std::string>& more) {
  std::vector<std::string> words{options.program, "--log", "kafka://" + options.kafka};
  words.insert(words.end(), more.begin(), more.end());
  if (options.at_least_once) words.insert(words.end(), {"--guarantee", "at-least-once"});
  if (options.processes > 1) words.insert(words.end(), {"--plan", "distributed"});
  return words;
}

class Child {
 public:
  // A word_count process. What it tells goes to the end of `log` where one is named.
  Child(const Options& options, const std::vector<std::string>& more, const std::string& log = {})
      : Child(word_count_words(options, more), log, O_APPEND) {}
  // Any program; what it prints goes to `output`, if that is named.
  explicit Child(std::vector<std::string> words, const std::string& output = {},
                 int how = O_TRUNC) {
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_ = fork();
    if (pid_ != 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // a red test leaves nobody behind
    if (!output.empty()) {
      const int file = open(output.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | how, 0600);
      dup2(file, STDOUT_FILENO);
      dup2(file, STDERR_FILENO);
    }
    execv(arguments[0], arguments.data());
    _exit(127);
  }
  void send(int signal) const { ::kill(pid_, signal); }
  // The wait status.
  int wait() {
    int status = 0;
    waitpid(std::exchange(pid_, -1), &status, 0);
    return status;
  }
  void kill_now() {
    send(SIGKILL);
    const int status = wait();
    if (!WIFSIGNALED(status)) red("the program ended by itself, status " + std::to_string(status));
  }
  void end_well() {
    constexpr std::chrono::seconds kPatience{30};
    for (const auto until = std::chrono::steady_clock::now() + kPatience; !listens();) {
      if (std::chrono::steady_clock::now() > until) red("the program does not wait for SIGTERM");
      std::this_thread::sleep_for(Millis{5});
    }
    send(SIGTERM);
    if (const int status = wait()) red("the program ended with status " + std::to_string(status));
  }
  bool running() const { return pid_ > 0; }

 private:
  // It has come so far as to wait for SIGTERM, which is blocked then; before, it just ends it.
  bool listens() const {
    std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
    for (std::string line; std::getline(status, line);) {
      if (!line.starts_with("SigBlk:")) continue;
      const std::uint64_t blocked = std::stoull(line.substr(7), nullptr, 16);
      return (blocked >> (SIGTERM - 1) & 1) != 0;
    }
    return false;
  }

  pid_t pid_ = -1;
};

inline void run_to_the_end(const Options& options) {
  if (Child(options, {"--until-now"}).wait() != 0) red("a run to the end ended with an error");
}

using Words = std::map<std::string, std::uint64_t>;

// One to nine words, each of `words` as often; 0: some often, most seldom.
inline std::string random_line(std::mt19937_64& random, std::uint64_t words = 0) {
  std::string line;
  for (auto left = 1 + random() % 9; left > 0; --left) {
    const std::uint64_t of = words > 0 ? words : 1 + random() % 3'000;
    line += (line.empty() ? "w" : " w") + std::to_string(random() % of);
  }
  return line;
}

inline void count_words(const std::string& line, Words& into) {
  for (std::size_t from = 0; from < line.size();) {
    const std::size_t to = std::min(line.find(' ', from), line.size());
    ++into[line.substr(from, to - from)];
    from = to + 1;
  }
}

struct LoadShape {
  int lines = 200;  // each 20 ms
  std::uint64_t words = 0;  // random_line's
};

// Writes lines until told to stop, and remembers how often each word was written.
class Load {
 public:
  Load(const Options& options, KafkaAppender& to, LoadShape shape = {})
      : shape_(shape), random_(options.seed), to_(to) {}
  void start() {
    thread_ = std::thread([this] {
      while (!stop_) write(shape_.lines);
    });
  }
  // Before start(): all words of the shape, once.
  void write_each_once() {
    constexpr std::uint64_t kWordsALine = 50;
    for (std::uint64_t first = 0; first < shape_.words; first += kWordsALine) {
      std::string line;
      for (auto i = first; i < std::min(first + kWordsALine, shape_.words); ++i)
        line += (line.empty() ? "w" : " w") + std::to_string(i);
      append(line);
    }
    sure(to_.flush());
  }
  void stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
    sure(to_.flush());
  }
  const Words& written() const { return written_; }
  std::uint64_t lines() const { return lines_; }

 private:
  void write(int count) {
    for (int i = 0; i < count; ++i) append(random_line(random_, shape_.words));
    lines_ += static_cast<std::uint64_t>(count);
    std::this_thread::sleep_for(Millis{20});
  }
  void append(const std::string& line) {
    count_words(line, written_);
    const auto now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
    sure(to_.append("user-activity", {{}, line, now, {}}));
  }

  const LoadShape shape_;
  std::mt19937_64 random_;
  KafkaAppender& to_;
  Words written_;
  std::atomic<std::uint64_t> lines_{0};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

// A transaction that writes to the topic is open: readers may not go to the end.
inline bool is_open(const KafkaSettings& kafka, const std::string& topic = "word-counts") {
  const auto end = [&](const char* isolation, std::uint32_t partition) {
    const auto consumer = sure(kafka::Consumer::open(kafka, kafka.prefix + "kill-test", {},
                                                     {{"isolation.level", isolation}}));
    return sure(consumer->end_of({kafka.prefix + topic, partition}));
  };
  for (std::uint32_t partition = 0; partition < 8; ++partition) {
    if (end("read_committed", partition) < end("read_uncommitted", partition)) return true;
  }
  return false;
}

// Of all its partitions.
inline std::int64_t committed_end(const KafkaSettings& kafka,
                                  const std::string& topic = "word-counts") {
  const auto consumer = sure(kafka::Consumer::open(kafka, kafka.prefix + "kill-test", {}));
  std::int64_t sum = 0;
  for (std::uint32_t partition = 0; partition < 8; ++partition)
    sum += sure(consumer->end_of({kafka.prefix + topic, partition}));
  return sum;
}

// Until the child has committed something, or for long.
inline bool moves(const KafkaSettings& kafka, std::int64_t from,
                  const std::string& topic = "word-counts") {
  constexpr std::chrono::seconds kPatience{60};
  for (const auto until = std::chrono::steady_clock::now() + kPatience;;) {
    if (committed_end(kafka, topic) > from) return true;
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(Millis{20});
  }
}

// At least once: what was interrupted is counted again, and nothing is left out.
inline void check_nothing_lost(const KafkaSettings& kafka, const Words& model) {
  Words highest;
  sure(read_topic(kafka, "word-counts", [&](std::uint32_t, std::int64_t, const RecordView& one) {
    std::uint64_t count = 0;
    std::from_chars(one.value.data(), one.value.data() + one.value.size(), count);
    std::uint64_t& known = highest[std::string(one.key)];
    known = std::max(known, count);
  }));
  for (const auto& [word, count] : model) {
    if (highest[word] < count)
      red("word " + word + " was written " + std::to_string(count) + " times and counted " +
          std::to_string(highest[word]));
  }
}

// What each word's counts must be.
inline void check(const KafkaSettings& kafka, const Words& model) {
  Words seen;
  sure(read_topic(kafka, "word-counts", [&](std::uint32_t, std::int64_t, const RecordView& one) {
    std::uint64_t count = 0;
    std::from_chars(one.value.data(), one.value.data() + one.value.size(), count);
    std::uint64_t& last = seen[std::string(one.key)];
    if (count != last + 1) {
      red("word " + std::string(one.key) + " went from " + std::to_string(last) + " to " +
          std::string(one.value));
    }
    last = count;
  }));
  for (const auto& [word, count] : model) {
    if (seen[word] != count)
      red("word " + word + " was written " + std::to_string(count) + " times and counted " +
          std::to_string(seen[word]));
  }
  if (seen.size() != model.size()) red("there are words that were never written");
}

}  // namespace vitrine::kafka_test
