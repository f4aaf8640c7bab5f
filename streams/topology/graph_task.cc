// GraphTask: one running copy of a Graph. Feeds records to the sources, keeps stream time, fires
// what is due.
#include <exception>
#include <stdexcept>
#include <tuple>

#include "streams/topology/dead_letter.h"
#include "streams/topology/graph.h"

namespace vitrine {
namespace {

// Holds back what a timer emits until its code has ended well.
class HeldOutput final : public Output {
 public:
  void emit(std::size_t topic, const RecordView& record) override {
    held_.emplace_back(topic, record.copy());
  }
  void release(Output& out) {
    for (const auto& [topic, record] : held_) out.emit(topic, view_of(record));
    held_.clear();
  }
  void drop() { held_.clear(); }

 private:
  std::vector<std::pair<std::size_t, Record>> held_;
};

class GraphTask final : public Task {
 public:
  // So many alarms a call at most: whoever sets an alarm in the past from an alarm cannot hang us.
  // The rest is still due, and next_wall_timer() says so.
  static constexpr int kFiresMax = 10'000;

  GraphTask(std::shared_ptr<const Graph> graph, Plan plan, StoreSet& stores)
      : graph_(std::move(graph)),
        stores_(stores),
        time_(graph_->uses_event_time() ? &stores : nullptr, graph_->event_time(),
              graph_->clocked_topics()),
        sources_(graph_->topics().size()),
        expecting_(graph_->topics().size()),
        flow_(*graph_, plan) {
    Wiring wiring(graph_->topics(), stores_, time_, plan, alarms_, indexes_, flow_);
    const auto& specs = graph_->nodes();
    const auto below_windows = graph_->below_windows(plan);
    nodes_.resize(specs.size());
    for (std::size_t i = specs.size(); i-- > 0;) {
      std::vector<Node*> below;
      for (std::size_t b : specs[i].below) below.push_back(nodes_[b].get());
      wiring.set_node(i, std::move(below));
      stores.below_windows(below_windows[i]);
      nodes_[i] = specs[i].make(wiring);
    }
    for (std::size_t i = 0; i < specs.size(); ++i) {
      if (specs[i].reads && (!specs[i].hop || plan == Plan::Split)) {
        BytesSink* source = nodes_[i]->bytes_sink();
        const bool whole = specs[i].everywhere || specs[i].of_shard;
        sources_[*specs[i].reads].push_back({source, whole, flow_.fed(i)});
        if (source->expects()) expecting_[*specs[i].reads].push_back(source);
      }
    }
  }

  void on_record(std::size_t topic, std::uint32_t partition, Position position,
                 const RecordView& record, Output& out) override {
    if (time_.used() && time_.too_far_ahead(record.timestamp)) {
      ++ahead_;
      throw std::runtime_error(time_.refusal(graph_->topics()[topic].name, record.timestamp));
    }
    const Moment moment{
        record.timestamp, time_.wall(), position, record.correlation, topic, partition, &out,
        nullptr,          nullptr};
    const bool ours = stores_.place().owns(partition);
    begin_undo();
    try {
      for (const Source& source : sources_[topic]) {
        if (!ours && !source.everywhere) continue;
        ++*source.fed;
        source.sink->feed(record, moment);
      }
    } catch (...) {
      undo();
      throw;
    }
    // What the record made due comes after the record, under marks of its own: it cannot take the
    // record down.
    if (time_.used() && ours) {
      time_.on_record(topic, record.timestamp);
      fire_due(out);
    }
  }

  void expect(std::size_t topic, const RecordView& record) override {
    for (auto* source : expecting_[topic]) source->expect(record);
  }

  std::vector<SourceClock> clocks() const override { return time_.clocks(); }

  void on_clocks(std::span<const SourceClock> clocks, Output& out) override {
    mark();
    time_.heard(clocks);
    fire_due(out);
  }

  void on_wall(Time now, Output& out) override {
    time_.on_wall(now);
    fire_due(out);
  }

  Time next_wall_timer() const override {
    Time next = Time::max();
    for (const auto* alarms : alarms_) {
      if (const Alarm* first = alarms->first()) next = std::min(next, wall_of(*alarms, *first));
    }
    return next;
  }

  void restored() override {
    time_.restored();
    for (auto* alarms : alarms_) alarms->clear();
    for (auto* index : indexes_) index->clear();
    for (auto* alarms : alarms_) alarms->owner().restored();
    begin_undo();
  }

  std::optional<Time> stream_time() const override {
    return time_.used() ? time_.now() : std::nullopt;
  }
  std::uint64_t ahead_records() const override { return ahead_; }
  void add_edge_records(std::span<std::uint64_t> out) const override { flow_.add_to(out); }

 private:
  Time wall_of(const Alarms& alarms, const Alarm& alarm) const {
    return alarms.clock() == AlarmClock::Wall ? alarm.due : time_.wall_of(alarm.due);
  }

  bool due(const Alarms& alarms, const Alarm& alarm) const {
    if (alarms.clock() == AlarmClock::Wall) return alarm.due <= time_.wall();
    const auto now = time_.now();
    return now && alarm.due <= *now;
  }

  Alarms* next_due() const {
    Alarms* best = nullptr;
    for (auto* alarms : alarms_) {
      const Alarm* first = alarms->first();
      if (first == nullptr || !due(*alarms, *first)) continue;
      if (best == nullptr ||
          std::tuple(wall_of(*alarms, *first), std::string_view(alarms->name())) <
              std::tuple(wall_of(*best, *best->first()), std::string_view(best->name()))) {
        best = alarms;
      }
    }
    return best;
  }

  void fire_due(Output& out) {
    Alarms* next = next_due();
    if (next == nullptr) return;
    if (time_.used()) {
      mark();
      time_.settle();
    }
    for (int fired = 0; next != nullptr && fired < kFiresMax; ++fired, next = next_due())
      fire(*next, out);
    mark();
  }

  void mark() {
    stores_.begin_record();
    begin_undo();
  }
  void begin_undo() {
    for (auto* alarms : alarms_) alarms->begin();
    for (auto* index : indexes_) index->begin();
  }
  void undo() {
    for (auto* alarms : alarms_) alarms->undo();
    for (auto* index : indexes_) index->undo();
  }

  void fire(Alarms& alarms, Output& out) {
    const Alarm alarm = *alarms.first();
    const AlarmClock clock = alarms.clock();
    Moment moment;
    moment.wall = time_.wall();
    moment.timestamp = clock == AlarmClock::Wall ? time_.wall() : *time_.now();
    moment.out = &held_;
    moment.alarm = &alarm;
    moment.alarms = &alarms.name();
    mark();
    try {
      alarms.owner().fire(clock, alarm, moment);
      held_.release(out);
    } catch (const std::exception& error) {
      give_up(alarms, alarm, error.what(), out);
    } catch (...) {
      give_up(alarms, alarm, "an exception that is no std::exception", out);
    }
  }

  void give_up(Alarms& alarms, const Alarm& alarm, const char* cause, Output& out) {
    held_.drop();
    stores_.undo_record();
    undo();
    mark();
    DeadLetter letter{alarms.name(), 0,         0,
                      cause,         alarm.key, alarms.owner().discard(alarms.clock(), alarm)};
    alarms.remove(alarm);
    const std::string topic = dead_letter_topic(alarms.name());
    const Bytes value = encoded(letter);
    for (std::size_t i = 0; i < graph_->topics().size(); ++i) {
      if (graph_->topics()[i].name != topic) continue;
      flow_.dead_letter(i);
      out.emit(i, {alarm.key, value, time_.wall(), {}});
    }
  }

  struct Source {
    BytesSink* sink;
    bool everywhere;  // also of the partitions that other shards own
    std::uint64_t* fed;
  };
  std::shared_ptr<const Graph> graph_;
  StoreSet& stores_;
  StreamTime time_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::vector<std::vector<Source>> sources_;        // by topic
  std::vector<std::vector<BytesSink*>> expecting_;  // those of them that want to know ahead
  std::vector<Alarms*> alarms_;                   // owned by nodes
  std::vector<RowIndex*> indexes_;                // the same
  HeldOutput held_;
  std::uint64_t ahead_ = 0;
  Flow flow_;
};

}  // namespace

std::unique_ptr<Task> make_task(std::shared_ptr<const Graph> graph, Plan plan, StoreSet& stores) {
  return std::make_unique<GraphTask>(std::move(graph), plan, stores);
}

}  // namespace vitrine
