// Kills word_count on Kafka with SIGKILL at random moments under load, and holds what
// read_committed readers see against the model: per word the counts 1, 2, 3 … without gap or
// repetition, up to the number of times it was written.
//
//   word_count_kill --program BIN/word_count [--kills 20] [--seed N] [--pause-every N]
//
// The broker is VITRINE_KAFKA (tools/kafka/broker.py with); where there is none the test is
// skipped. After a kill the next start meets an open transaction; often enough: counted, and too
// few are an error.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "streams/kafka/appender.h"
#include "streams/kafka/consumer.h"
#include "streams/kafka/reader.h"

using namespace vitrine;

namespace {

using Millis = std::chrono::milliseconds;

struct Options {
  std::string program;
  std::string kafka;
  int kills = 20;
  std::uint64_t seed = 1;
};

[[noreturn]] void red(const std::string& why) {
  std::printf("RED %s\n0 passed, 1 failed\n", why.c_str());
  std::exit(1);
}

template <class T>
T sure(Result<T> result) {
  if (!result) red(result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

class Child {
 public:
  Child(const Options& options, bool until_now) {
    const std::string log = "kafka://" + options.kafka;
    std::vector<const char*> words{options.program.c_str(), "--log", log.c_str()};
    if (until_now) words.push_back("--until-now");
    words.push_back(nullptr);
    pid_ = fork();
    if (pid_ == 0) {
      execv(options.program.c_str(), const_cast<char**>(words.data()));
      _exit(127);
    }
  }
  void kill_now() {
    ::kill(pid_, SIGKILL);
    int status = 0;
    waitpid(pid_, &status, 0);
    if (!WIFSIGNALED(status)) red("the program ended by itself, status " + std::to_string(status));
  }
  int wait() {
    int status = 0;
    waitpid(pid_, &status, 0);
    return status;
  }

 private:
  pid_t pid_ = -1;
};

// Writes lines until told to stop, and remembers how often each word was written.
class Load {
 public:
  Load(const Options& options, KafkaAppender& to) : random_(options.seed), to_(to) {}
  void start() {
    thread_ = std::thread([this] {
      while (!stop_) write(200);
    });
  }
  void stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
    sure(to_.flush());
  }
  const std::map<std::string, std::uint64_t>& written() const { return written_; }
  std::uint64_t lines() const { return lines_; }

 private:
  void write(int count) {
    for (int i = 0; i < count; ++i) {
      std::string line;
      const int words = 1 + static_cast<int>(random_() % 9);
      for (int word = 0; word < words; ++word) {
        // Some words often, most seldom.
        const std::uint64_t pick = random_() % (1 + random_() % 3'000);
        const std::string text = "w" + std::to_string(pick);
        ++written_[text];
        line += (word == 0 ? "" : " ") + text;
      }
      const auto now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
      sure(to_.append("user-activity", {{}, line, now, {}}));
    }
    lines_ += static_cast<std::uint64_t>(count);
    std::this_thread::sleep_for(Millis{20});
  }

  std::mt19937_64 random_;
  KafkaAppender& to_;
  std::map<std::string, std::uint64_t> written_;
  std::atomic<std::uint64_t> lines_{0};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

// A transaction that writes to the counts is open: readers may not go to the end.
bool is_open(const KafkaSettings& kafka) {
  const auto end = [&](const char* isolation, std::uint32_t partition) {
    const auto consumer =
        sure(kafka::Consumer::open(kafka, "kill-test", {}, {{"isolation.level", isolation}}));
    return sure(consumer->end_of({"word-counts", partition}));
  };
  for (std::uint32_t partition = 0; partition < 8; ++partition) {
    if (end("read_committed", partition) < end("read_uncommitted", partition)) return true;
  }
  return false;
}

// Until the child has committed something, or for long.
std::int64_t committed_end(const KafkaSettings& kafka) {
  const auto consumer = sure(kafka::Consumer::open(kafka, "kill-test", {}));
  std::int64_t sum = 0;
  for (std::uint32_t partition = 0; partition < 8; ++partition)
    sum += sure(consumer->end_of({"word-counts", partition}));
  return sum;
}

bool moves(const KafkaSettings& kafka, std::int64_t from) {
  constexpr std::chrono::seconds kPatience{60};
  for (const auto until = std::chrono::steady_clock::now() + kPatience;;) {
    if (committed_end(kafka) > from) return true;
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(Millis{20});
  }
}

// What each word's counts must be.
void check(const KafkaSettings& kafka, const std::map<std::string, std::uint64_t>& model) {
  std::map<std::string, std::uint64_t> seen;
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

Options options_of(int argc, char** argv) {
  Options out;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    if (name == "--program") out.program = argv[i + 1];
    if (name == "--kills") out.kills = std::atoi(argv[i + 1]);
    if (name == "--seed") out.seed = std::strtoull(argv[i + 1], nullptr, 10);
  }
  if (const char* kafka = std::getenv("VITRINE_KAFKA")) out.kafka = kafka;
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = options_of(argc, argv);
  if (options.kafka.empty()) {
    const char* why = std::getenv("VITRINE_KAFKA_MISSING");
    std::printf("skip: no Kafka broker: %s\n", why == nullptr ? "VITRINE_KAFKA is not set" : why);
    return 77;
  }
  const auto kafka = sure(KafkaSettings::from("kafka://" + options.kafka, {}));
  // Makes the topics.
  if (Child(options, true).wait() != 0) red("the first start ended with an error");
  const auto appender = sure(KafkaAppender::open(kafka));
  Load load(options, *appender);
  load.start();
  std::mt19937_64 random(options.seed + 1);
  int open = 0;
  for (int kill = 0; kill < options.kills; ++kill) {
    const std::int64_t end = committed_end(kafka);
    Child child(options, false);
    // Every fourth dies while it starts, the others after they have committed something.
    if (kill % 4 != 3 && !moves(kafka, end)) red("no progress after a kill");
    std::this_thread::sleep_for(Millis{random() % 600});
    child.kill_now();
    open += is_open(kafka) ? 1 : 0;
  }
  load.stop();
  if (Child(options, true).wait() != 0) red("the last start ended with an error");
  check(kafka, load.written());
  if (open * 4 < options.kills)
    red("only " + std::to_string(open) + " kills met an open transaction");
  std::printf("figure %d kills, %d in a transaction, %llu lines, %zu words\n1 passed, 0 failed\n",
              options.kills, open, static_cast<unsigned long long>(load.lines()), load.written().size());
  return 0;
}
