#include "vitrine/bounded.h"

#include <algorithm>
#include <deque>
#include <exception>

#include "streams/runtime/record_arena.h"
#include "streams/store/store.h"
#include "streams/topology/dead_letter.h"

namespace vitrine {
namespace {

// What one record emitted, until it has ended well.
class Emitted final : public Output {
 public:
  void emit(std::size_t topic, const RecordView& record) override {
    records.add(static_cast<std::uint32_t>(topic), 0, Position{}, record);
  }
  RecordArena records;
};

struct Input {
  std::unique_ptr<BoundedSource> source;
  std::size_t topic = 0;
  BoundedRecord head;
  bool ended = false;
};

class Run {
 public:
  Run(const Topology& topology, StateBackend& backend, const BoundedOptions& options)
      : topology_(topology),
        options_(options),
        stores_(backend, options.state_cache_bytes),
        task_(topology.instantiate(stores_)),
        is_input_(topology.topics().size(), false) {
    for (const std::size_t input : topology.inputs()) is_input_[input] = true;
    for (const TopicInfo& topic : topology.topics())
      is_dead_letters_.push_back(topic.name.ends_with(dead_letter_topic("")));
    task_->restored();
  }

  void record(std::size_t topic, const BoundedRecord& head) {
    ++report_.records_in;
    advance(head.record.timestamp);
    work_on(topic, head.partition, head.position, head.record);
    drain();
    if (report_.records_in % kCommitEvery == 0) commit();
  }

  // Stops at every due moment on the way, as a runtime that sleeps until the next timer does.
  void advance(Time wall) {
    if (!begun_) {
      begun_ = true;
      tick(wall);
    }
    while (wall_ < wall)
      tick(std::min(wall, std::max(wall_ + Duration{1}, task_->next_wall_timer())));
  }

  BoundedReport finish() {
    advance(wall_ + options_.after);
    report_.last = wall_;
    return report_;
  }

 private:
  // State that is not journalled counts as committed at once; it may leave the cache then.
  static constexpr std::uint64_t kCommitEvery = 10'000;
  void commit() {
    epoch_ = Epoch{epoch_.value() + 1};
    stores_.drain(epoch_, [](const std::string&, BytesView, BytesView, bool) {});
    stores_.committed(epoch_);
  }

  void tick(Time now) {
    wall_ = now;
    emitted_.records.clear();
    stores_.begin_record();
    task_->on_wall(now, emitted_);
    keep();
    drain();
  }

  void keep() {
    const RecordArena& records = emitted_.records;
    for (std::size_t i = 0; i < records.size(); ++i) {
      const std::size_t topic = records.topic(i);
      const RecordView record = records.record(i);
      ++report_.records_out;
      if (is_dead_letters_[topic]) ++report_.dead_letters;
      if (options_.on_record) options_.on_record(topology_.topics()[topic].name, record);
      if (is_input_[topic]) waiting_.emplace_back(topic, record.copy());
    }
    emitted_.records.clear();
  }

  void work_on(std::size_t topic, std::uint32_t partition, Position position,
               const RecordView& record) {
    emitted_.records.clear();
    stores_.begin_record();
    std::string cause;
    try {
      task_->on_record(topic, partition, position, record, emitted_);
      return keep();
    } catch (const std::exception& error) {
      cause = error.what();
    } catch (...) {
      cause = "an exception that is no std::exception";
    }
    stores_.undo_record();
    dead_letter(topic, partition, position, record, cause);
  }

  void dead_letter(std::size_t topic, std::uint32_t partition, Position position,
                   const RecordView& record, std::string_view cause) {
    ++report_.records_out;
    ++report_.dead_letters;
    if (!options_.on_record) return;
    const std::string& name = topology_.topics()[topic].name;
    const DeadLetter letter{name,
                            partition,
                            position.value(),
                            std::string(cause),
                            Bytes(record.key),
                            Bytes(record.value)};
    const Bytes value = encoded(letter);
    options_.on_record(dead_letter_topic(name),
                       {record.key, value, record.timestamp, record.correlation});
  }

  void drain() {
    while (!waiting_.empty()) {
      const auto [topic, record] = std::move(waiting_.front());
      waiting_.pop_front();
      work_on(topic, 0, Position{0}, view_of(record));
    }
  }

  const Topology& topology_;
  const BoundedOptions& options_;
  StoreSet stores_;
  std::unique_ptr<Task> task_;
  std::vector<bool> is_input_, is_dead_letters_;
  Emitted emitted_;
  std::deque<std::pair<std::size_t, Record>> waiting_;
  Time wall_{};
  bool begun_ = false;  // the clock begins with the first record
  Epoch epoch_;
  BoundedReport report_;
};

Result<std::size_t> topic_index(const Topology& topology, const std::string& name) {
  const auto topics = topology.topics();
  for (const std::size_t input : topology.inputs()) {
    if (topics[input].name == name) return input;
  }
  return fail(Code::Invalid, "bounded run of " + topology.name() + ": it does not read a topic " +
                                 name + "; --describe shows what it reads");
}

Result<void> take_next(Input& input) {
  VT_TRY(const bool there, input.source->next(input.head));
  input.ended = !there;
  return {};
}

}  // namespace

Result<BoundedReport> run_bounded(const App& app,
                                  std::vector<std::unique_ptr<BoundedSource>> inputs,
                                  const BoundedOptions& options) {
  VT_TRY(const auto topology, app.topology());
  std::vector<Input> heads;
  for (auto& source : inputs) {
    VT_TRY(const std::size_t topic, topic_index(*topology, source->topic()));
    heads.push_back({std::move(source), topic, {}, false});
    VT_TRY_VOID(take_next(heads.back()));
  }
  std::unique_ptr<StateBackend> backend = memory_backend();
  if (!options.state_folder.empty()) {
    VT_TRY(backend, rocksdb_backend(options.state_folder));
    if (!backend->empty()) {
      return fail(Code::Invalid, "bounded run of " + topology->name() + ": the state folder " +
                                     options.state_folder + " is not empty; give a fresh one");
    }
  }
  Run run(*topology, *backend, options);
  while (true) {
    Input* first = nullptr;
    for (Input& input : heads) {
      if (input.ended) continue;
      if (first == nullptr || input.head.record.timestamp < first->head.record.timestamp)
        first = &input;
    }
    if (first == nullptr) return run.finish();
    run.record(first->topic, first->head);
    VT_TRY_VOID(take_next(*first));
  }
}

}  // namespace vitrine
