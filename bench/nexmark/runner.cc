#include "bench/nexmark/runner.h"

#include "base/hash.h"
#include "streams/store/store.h"

namespace vitrine::nexmark {
namespace {

class Counted final : public Output {
 public:
  Counted(const Topology& topology, const Keep& keep) : topology_(topology), keep_(keep) {}
  void emit(std::size_t topic, const RecordView& record) override {
    const std::string& name = topology_.topics()[topic].name;
    VT_CHECK_MSG(!name.ends_with(".dlq"), "nexmark: a record went to " + name);
    ++outcome.records_out;
    outcome.hash = crc32c(record.value, crc32c(record.key, outcome.hash));
    if (keep_) keep_(record.key, record.value);
  }
  Outcome outcome;

 private:
  const Topology& topology_;
  const Keep& keep_;
};

class Run {
 public:
  Run(const Topology& topology, const Keep& keep)
      : stores_(*backend_, 512U << 20U),
        task_(topology.instantiate(stores_)),
        out_(topology, keep) {
    task_->restored();
  }

  void record(std::size_t topic, std::size_t number, const RecordView& record) {
    if (record.timestamp > wall_) tick(record.timestamp);
    stores_.begin_record();
    task_->on_record(topic, 0, Position{number + 1}, record, out_);
    if (number % kCommitEvery == kCommitEvery - 1) commit();
  }

  Outcome finish() {
    const Time end = wall_ + std::chrono::hours{1};
    while (wall_ < end)
      tick(std::min(end, std::max(wall_ + Duration{1}, task_->next_wall_timer())));
    commit();
    return out_.outcome;
  }

 private:
  void tick(Time wall) {
    wall_ = wall;
    do {
      stores_.begin_record();
      task_->on_wall(wall, out_);
    } while (task_->next_wall_timer() <= wall);
  }
  void commit() {
    epoch_ = Epoch{epoch_.value() + 1};
    out_.outcome.deltas +=
        stores_.drain(epoch_, [](const std::string&, BytesView, BytesView, bool) {});
    stores_.committed(epoch_);
  }

  std::unique_ptr<StateBackend> backend_ = memory_backend();
  StoreSet stores_;
  std::unique_ptr<Task> task_;
  Counted out_;
  Time wall_ = Time::min();
  Epoch epoch_;
};

}  // namespace

Outcome run_query(const App& app, const Block& block, const Keep& keep) {
  const auto topology = app.topology();
  VT_CHECK_MSG(topology.has_value(), topology.has_value() ? "" : topology.error().message);
  const std::size_t topic = (*topology)->inputs().front();
  VT_CHECK((*topology)->topics()[topic].name == all_events.name());
  Run run(**topology, keep);
  for (std::size_t i = 0; i < block.size(); ++i)
    run.record(topic, i, {{}, block.value(i), block.timestamp(i), {}});
  return run.finish();
}

}  // namespace vitrine::nexmark
