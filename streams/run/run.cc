#include "vitrine/run.h"

#include <condition_variable>
#include <cstdio>
#include <filesystem>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "base/env.h"
#include "streams/run/kafka_program.h"
#include "streams/run/line_feeder.h"
#include "streams/run/stop_signals.h"
#include "streams/run/table_printer.h"
#include "vitrine/engine.h"

namespace vitrine {
namespace {

using namespace run_detail;

struct Ends {
  TopicInfo input, output;
};

// The topic that is only read, and the topic that is written last and not read.
Result<Ends> ends_of(const Topology& topology) {
  std::set<std::string> written;
  std::optional<TopicInfo> input, output;
  VT_TRY_VOID([&]() -> Result<void> {
    const auto topics = topology.topics();
    std::set<std::size_t> inputs(topology.inputs().begin(), topology.inputs().end());
    for (std::size_t i = 0; i < topics.size(); ++i) {
      const bool text = topics[i].key_serde == "string" && topics[i].value_serde == "string";
      if (!text || topics[i].name.ends_with(".dlq") || topics[i].name.ends_with(".by-key"))
        continue;
      if (inputs.contains(i)) {
        if (!input) input = topics[i];
      } else {
        output = topics[i];
      }
    }
    if (input && output) return {};
    return fail(Code::Invalid,
                "run " + topology.name() +
                    ": it needs an input and an output topic of strings; see --describe");
  }());
  return Ends{*input, *output};
}

// What wakes the main thread: commits, the end of the input, a signal.
struct Wake {
  std::mutex mutex;
  std::condition_variable changed;
  bool committed = true;  // look once at the beginning
  bool input_ended = false;
  bool stopped = false;
};

Result<FeedOptions> feed_options(const RunOptions& options, const Engine& engine,
                                 const std::string& topic) {
  FeedOptions feed;
  feed.path = options.input;
  feed.topic = topic;
  feed.progress = options.progress;
  feed.follow = options.input != "-" && !options.until_now;
  feed.input_id = options.input_id;
  if (feed.input_id.empty() && feed.path != "-") {
    std::error_code error;
    feed.input_id = std::filesystem::canonical(feed.path, error).string();
    if (error) return fail(Code::NotFound, "read lines of " + feed.path + ": " + error.message());
  }
  if (!feed.input_id.empty() && !options.again) feed.skip = lines_taken(engine, feed.input_id);
  return feed;
}

class Program {
 public:
  Program(Engine& engine, const RunOptions& options, Ends ends)
      : engine_(engine), options_(options), ends_(std::move(ends)) {}
  ~Program() { end(); }

  Result<void> run() {
    StopSignals signals([this] { set(wake_.stopped); });
    listener_ = engine_.on_commit([this] { set(wake_.committed); });
    TablePrinter printer(engine_, ends_.output.name,
                         options_.output_mode);  // before anything can change
    VT_TRY_VOID(engine_.start());
    signals.start();
    if (!options_.input.empty()) VT_TRY_VOID(start_input());
    Result<void> result = loop(printer);
    end();
    if (result) result = input_result_;
    if (result) result = printer.catch_up();
    return result;
  }

 private:
  // Commits what was taken; afterwards nobody calls us.
  void end() {
    if (feeder_) feeder_->stop();
    if (input_.joinable()) input_.join();
    engine_.stop();
    if (listener_) engine_.remove_on_commit(*listener_);
    listener_.reset();
  }

  void set(bool& flag) {
    const std::lock_guard lock(wake_.mutex);
    flag = true;
    wake_.changed.notify_all();
  }

  Result<void> start_input() {
    VT_TRY(auto feed, feed_options(options_, engine_, ends_.input.name));
    feeder_.emplace(engine_, std::move(feed));
    input_ = std::thread([this] {
      input_result_ = feeder_->run();
      if (input_result_) input_result_ = feeder_->settle();
      set(wake_.input_ended);
    });
    return {};
  }

  // Until a signal, or the end of what there is.
  Result<void> loop(TablePrinter& printer) {
    const bool ends = options_.until_now || options_.input == "-";
    while (true) {
      bool last = false;
      {
        std::unique_lock lock(wake_.mutex);
        const bool no_input = options_.input.empty();
        const auto over = [&] {
          return wake_.stopped || (ends && (no_input || wake_.input_ended)) || failed();
        };
        wake_.changed.wait(lock, [&] { return wake_.committed || over(); });
        last = over();
        wake_.committed = false;
      }
      VT_TRY_VOID(printer.catch_up());
      if (last) return {};
    }
  }
  bool failed() const { return wake_.input_ended && !input_result_; }

  Engine& engine_;
  const RunOptions& options_;
  const Ends ends_;
  Wake wake_;
  std::optional<std::uint64_t> listener_;
  std::optional<LineFeeder> feeder_;
  std::thread input_;
  Result<void> input_result_;
};

Result<void> run_checked(App& app, const RunOptions& options) {
  const bool split = options.shards > 1 || options.distributed;
  const Plan plan = split ? Plan::Split : Plan::Local;
  VT_TRY(const auto described, app.topology(plan));
  if (options.describe) {
    std::fputs((described->describe() + "\n" + described->mermaid()).c_str(), stdout);
    return {};
  }
  if (options.log.starts_with(kKafkaScheme)) return run_on_kafka(app, options);
  if (!options.last_only.empty() || options.guarantee != Guarantee::ExactlyOnce) {
    return fail(Code::Unsupported,
                "run " + app.name() +
                    ": --last-only and --guarantee are for --log kafka://…; on its own log an App "
                    "runs exactly once, and a commit holds every record");
  }
  EngineOptions engine_options;
  engine_options.folder = options.log.empty() ? "./var/log/" + app.name() : options.log;
  engine_options.checkpoint_deltas = options.checkpoint_deltas;
  engine_options.shards = options.shards;
  if (!options.dump.empty()) return dump_topic(engine_options.folder, options.dump);
  VT_TRY(auto ends, ends_of(*described));
  keep_line_progress(app, TextTopic{ends.input.name, {.partitions = ends.input.partitions}});
  StopSignals::block();
  VT_TRY(const auto engine, Engine::open(real_env(), app, engine_options));
  return Program(*engine, options, std::move(ends)).run();
}

}  // namespace

int run(App& app, const Result<RunOptions>& options) {
  if (!options) {
    std::fprintf(stderr, "%s\n", options.error().message.c_str());
    return 2;
  }
  if (options->help) {
    std::fputs(usage(options->program).c_str(), stdout);
    return 0;
  }
  if (const auto result = run_checked(app, *options); !result) {
    std::fprintf(stderr, "%s\n", result.error().message.c_str());
    return 1;
  }
  return 0;
}

}  // namespace vitrine
