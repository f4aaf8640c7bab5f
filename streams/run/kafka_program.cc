#include "streams/run/kafka_program.h"

#include <condition_variable>
#include <cstdio>
#include <memory>
#include <mutex>

#include "base/log.h"
#include "streams/kafka/kafka_broker.h"
#include "streams/kafka/reader.h"
#include "streams/run/stop_signals.h"
#include "streams/runtime/topic_table.h"
#include "streams/runtime/unit_runner.h"

namespace vitrine::run_detail {
namespace {

struct Wake {
  std::mutex mutex;
  std::condition_variable changed;
  bool ended = false;
  void end() {
    const std::lock_guard lock(mutex);
    ended = true;
    changed.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return ended; });
  }
};

Result<void> dump(const KafkaSettings& settings, const std::string& topic) {
  std::string text;
  const auto print = [&] {
    const bool done = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
    text.clear();
    return done;
  };
  bool open = true;
  VT_TRY_VOID(read_topic(settings, topic, [&](std::uint32_t, std::int64_t, const RecordView& one) {
    text.append(one.key).append("\t").append(one.value).append("\n");
    constexpr std::size_t kBlock = 1U << 16U;
    if (text.size() > kBlock) open = open && print();
  }));
  if (print() && open && std::fflush(stdout) == 0) return {};
  return fail(Code::Io, "write to standard output: it is closed");
}

// Of a topic that the App reads itself every record has its effect.
Result<void> check_last_only(const Topology& topology, const std::vector<std::string>& names) {
  const TopicTable topics(topology, {});
  for (const std::string& name : names) {
    const TopicNumber topic = topics.find(name);
    if (topic != TopicTable::kNone && !topics.is_input(topic)) continue;
    return fail(Code::Invalid, "--last-only " + name + ": " + topology.name() +
                                   " has no such topic that it only writes; see --describe");
  }
  return {};
}

}  // namespace

Result<void> run_on_kafka(App& app, const RunOptions& options) {
  if (!options.input.empty()) {
    return fail(Code::Unsupported, "run " + app.name() + " on " + options.log +
                                       ": --input is for the embedded log; write to the topic with "
                                       "any Kafka client");
  }
  if (options.stands_by && (!options.distributed || options.state.empty())) {
    return fail(Code::Invalid, "--standby: it needs --plan distributed, where others own units, "
                               "and --state DIR, where what is theirs is kept");
  }
  const Plan plan = options.distributed ? Plan::Split : Plan::Local;
  VT_TRY(const auto topology, app.topology(plan));
  VT_TRY_VOID(check_last_only(*topology, options.last_only));
  VT_TRY(auto settings, KafkaSettings::from(options.log, options.kafka_config));
  if (!options.dump.empty()) return dump(settings, options.dump);
  const std::string app_id = options.app_id.empty() ? app.name() : options.app_id;
  StopSignals::block();
  KafkaBrokerOptions broker_options;
  broker_options.settings = std::move(settings);
  broker_options.app_id = app_id;
  broker_options.distributed = options.distributed;
  broker_options.instance = options.instance;
  broker_options.at_least_once = options.guarantee == Guarantee::AtLeastOnce;
  broker_options.skip_expired = options.skip_expired;
  broker_options.tells_end = options.until_now;
  VT_TRY(const auto broker, KafkaBroker::open(*topology, std::move(broker_options)));
  Wake wake;
  UnitOptions unit_options;
  unit_options.linger = options.linger;
  unit_options.until_now = options.until_now;
  unit_options.last_only = options.last_only;
  unit_options.at_least_once = options.guarantee == Guarantee::AtLeastOnce;
  if (!options.state.empty()) unit_options.state_folder = options.state + "/" + app_id;
  unit_options.stands_by = options.stands_by;
  unit_options.on_end = [&wake] { wake.end(); };
  UnitRunner runner(real_env(), topology, *broker, std::move(unit_options));
  StopSignals signals([&wake] { wake.end(); });
  signals.start();
  runner.start();
  wake.wait();
  const auto stopped = runner.stop();
  const UnitFigures& figures = runner.figures();
  log(LogLevel::Info, "run_ended",
      {{"app", app_id},
       {"records", figures.records.value()},
       {"emitted", figures.emitted.value()},
       {"rows", figures.rows.value()},
       {"commits", figures.commits.value()},
       {"reloads", figures.reloads.value()},
       {"commit_p50_ms", 1e-6 * static_cast<double>(figures.commit_nanos.quantile(0.5))},
       {"commit_p99_ms", 1e-6 * static_cast<double>(figures.commit_nanos.quantile(0.99))}});
  return stopped;
}

}  // namespace vitrine::run_detail
