// Processes come and go under a steady load: the word count in the distributed plan, 1 -> 2 -> 4
// processes, and back to 2 by SIGKILL. For each change: the partitions that moved, what restoring
// them took, and the longest time in which a partition gave nothing to a read_committed reader.
//
//   tools/kafka/broker.py with --own -- kafka_scale --program BIN/word_count [options]
//
// The load is lines of one to nine words out of --words, each as often; all words are written once
// before, so that there is state to move. At the end what is committed is held against what was
// written (tests/kafka/kit.h). Everybody shares this machine's cores, the broker too.
#include <charconv>
#include <cstdio>
#include <fstream>
#include <string_view>

#include "sim/test_folder.h"
#include "tests/kafka/observer.h"

using namespace vitrine;
using namespace vitrine::kafka_test;

namespace {

constexpr const char* kUsage = R"(usage: ./dev bench kafka_scale [options]
  --lines-per-second N  the load, five words a line on average (default 500)
  --words N             different words: rows of state (default 200000)
  --settle SECONDS      how long each state of things is watched (default 15)
  --session-ms N        session.timeout.ms, and transaction.timeout.ms with it (default 10000)
)";

struct ScaleOptions {
  Options kit;
  int lines_per_second = 500;
  std::uint64_t words = 200'000;
  std::chrono::seconds settle{15};
  Millis session{10'000};
};

ScaleOptions scale_options_of(int argc, char** argv) {
  ScaleOptions out;
  out.kit = options_of(argc, argv);
  out.kit.processes = 4;  // the distributed plan
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--help" || name == "-h") {
      std::fputs(kUsage, stdout);
      std::exit(0);
    }
    if (i + 1 == argc) continue;
    const int value = std::atoi(argv[i + 1]);
    if (name == "--lines-per-second") out.lines_per_second = value;
    if (name == "--words") out.words = static_cast<std::uint64_t>(value);
    if (name == "--settle") out.settle = std::chrono::seconds{value};
    if (name == "--session-ms") out.session = Millis{value};
  }
  return out;
}

// A unit that a process took over, as its log tells.
struct Opened {
  std::string time;
  std::string process;
  int unit = 0;
  std::int64_t rows = 0, restore_millis = 0;
};

std::string_view told(std::string_view line, std::string_view field) {
  const auto at = line.find(field);
  return at == line.npos ? std::string_view{} : line.substr(at + field.size());
}

std::int64_t number_told(std::string_view line, std::string_view field) {
  const std::string_view text = told(line, field);
  std::int64_t out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

// A word_count that runs under a name of its own.
class Member {
 public:
  Member(const ScaleOptions& options, const std::string& folder, std::string name,
         const std::string& config)
      : name_(std::move(name)),
        log_(folder + "/" + name_ + ".log"),
        child_(options.kit, {"--instance", name_, "--kafka-config", config}, log_) {}
  void kill() { child_.kill_now(); }
  void end_well() { child_.end_well(); }
  // Since this was asked before.
  std::vector<Opened> opened() {
    std::vector<Opened> out;
    std::ifstream file(log_);
    std::string line;
    for (std::size_t number = 0; std::getline(file, line); ++number) {
      if (number < lines_) continue;
      ++lines_;
      if (told(line, "\"event\":\"unit_opened\"").empty()) continue;
      const std::string_view time = told(line, "\"time\":\"");
      out.push_back({std::string(time.substr(0, time.find('"'))), name_,
                     static_cast<int>(number_told(line, "\"unit\":")),
                     number_told(line, "\"rows\":"), number_told(line, "\"restore_millis\":")});
    }
    return out;
  }

 private:
  std::string name_, log_;
  Child child_;
  std::size_t lines_ = 0;
};

struct Moved {
  int partitions = 0;
  std::int64_t rows = 0;
  std::int64_t restore_millis = 0;  // of the process that needed most, all it took over
};

class Scale {
 public:
  explicit Scale(const ScaleOptions& options)
      : options_(options), kafka_(sure(KafkaSettings::from("kafka://" + options.kit.kafka, {}))) {
    config_ = folder_.path + "/settings";
    std::ofstream file(config_);
    if (const char* more = std::getenv("VITRINE_KAFKA_CONFIG")) file << std::ifstream(more).rdbuf();
    const ScaleOptions usual;
    if (options.session == usual.session) return;
    file << "session.timeout.ms=" << options.session.count()
         << "\nheartbeat.interval.ms=" << options.session.count() / 10
         << "\ntransaction.timeout.ms=" << options.session.count()
         << "\nmessage.timeout.ms=" << options.session.count() << "\n";
  }

  void run() {
    run_to_the_end(options_.kit);  // makes the topics
    const auto appender = sure(KafkaAppender::open(kafka_));
    Load load(options_.kit, *appender, {options_.lines_per_second / 50, options_.words});
    Observer observer(kafka_);
    load.write_each_once();
    add(1);
    constexpr std::chrono::seconds kFilled{180};
    if (!comes_true([&] { return observer.records() >= options_.words; }, kFilled))
      red("the words that are there before the load are not counted");
    load.start();
    change(observer, "steady_1", [&] {});
    change(observer, "grow_1_2", [&] { add(1); });
    change(observer, "grow_2_4", [&] { add(2); });
    change(observer, "kill_4_2", [&] { kill(2); });
    load.stop();
    for (Member& member : members_) member.end_well();
    run_to_the_end(options_.kit);
    check(kafka_, load.written());
    std::printf("figure lines %llu lines\nfigure lost 0 records\nfigure doubled 0 records\n"
                "figure gap_goal %lld ms\n1 passed, 0 failed\n",
                static_cast<unsigned long long>(load.lines()),
                static_cast<long long>((options_.session + Millis{1'000}).count()));
  }

 private:
  void add(int count) {
    for (int i = 0; i < count; ++i)
      members_.emplace_back(options_, folder_.path, std::string(1, next_name_++), config_);
  }
  void kill(int count) {
    for (int i = 0; i < count; ++i) members_[members_.size() - 1 - i].kill();
    members_.erase(members_.end() - count, members_.end());
  }

  template <class What>
  void change(Observer& observer, const char* name, What&& what) {
    hear_of_moves();
    static_cast<void>(observer.longest_gap());
    const auto began = Steady::now();
    what();
    // A kill is noticed after the session's timeout.
    const bool killed = std::string_view(name).starts_with("kill");
    std::this_thread::sleep_for(options_.settle + (killed ? options_.session : Millis{0}));
    constexpr std::chrono::seconds kPatience{60};
    const auto late = Steady::now() - std::chrono::seconds{1};
    if (!comes_true([&] { return observer.all_moved(std::max(began, late)); }, kPatience))
      red(std::string(name) + ": there are partitions that give nothing any more");
    const Moved moved = hear_of_moves();
    std::printf("figure %s_partitions_moved %d partitions\nfigure %s_restored %lld rows\n"
                "figure %s_restore %lld ms\nfigure %s_longest_gap %lld ms\n",
                name, moved.partitions, name, static_cast<long long>(moved.rows), name,
                static_cast<long long>(moved.restore_millis), name,
                static_cast<long long>(observer.longest_gap().count()));
    std::fflush(stdout);
  }

  // What the processes have told since this was asked before.
  Moved hear_of_moves() {
    std::vector<Opened> all;
    for (Member& member : members_) {
      for (Opened& one : member.opened()) all.push_back(std::move(one));
    }
    std::sort(all.begin(), all.end(),
              [](const Opened& a, const Opened& b) { return a.time < b.time; });
    const auto before = owners_;
    Moved out;
    std::map<std::string, std::int64_t> restore_millis;
    for (const Opened& one : all) {
      owners_[one.unit] = one.process;
      out.rows += one.rows;
      out.restore_millis =
          std::max(out.restore_millis, restore_millis[one.process] += one.restore_millis);
    }
    for (const auto& [unit, owner] : owners_) {
      const auto known = before.find(unit);
      if (known == before.end() || known->second != owner) ++out.partitions;
    }
    return out;
  }

  const ScaleOptions options_;
  const KafkaSettings kafka_;
  const sim::TempFolder folder_;
  std::string config_;
  char next_name_ = 'a';
  std::vector<Member> members_;
  std::map<int, std::string> owners_;
};

}  // namespace

int main(int argc, char** argv) {
  const ScaleOptions options = scale_options_of(argc, argv);
  if (options.kit.kafka.empty()) return skipped();
  Scale(options).run();
  return 0;
}
