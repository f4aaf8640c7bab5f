// GraphTask: one running copy of a Graph. Feeds records to the sources, keeps stream time, fires
// what is due.
#include <algorithm>
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

std::vector<StreamTime::Hop> hops_of(const Graph& graph, Plan plan) {
  std::vector<StreamTime::Hop> out;
  const auto levels = graph.hop_levels(plan);
  for (std::size_t topic = 0; topic < levels.size(); ++topic) {
    if (levels[topic] > 0) out.push_back({topic, graph.topics()[topic].name, levels[topic]});
  }
  return out;
}

class GraphTask final : public Task {
 public:
  // So many alarms a call at most: whoever sets an alarm in the past from an alarm cannot hang us.
  // The rest is still due, and next_wall_timer() says so.
  static constexpr int kFiresMax = 10'000;

  GraphTask(std::shared_ptr<const Graph> graph, Plan plan, StoreSet& stores)
      : graph_(std::move(graph)),
        stores_(stores),
        sources_(graph_->topics().size()),
        expecting_(graph_->topics().size()),
        flow_(*graph_, plan) {
    const bool by_level = stores.place().units && graph_->uses_event_time();
    const auto levels = graph_->node_levels(by_level ? plan : Plan::Local);
    make_times(plan, *std::max_element(levels.begin(), levels.end()));
    Wiring wiring(graph_->topics(), stores_, plan, alarms_, indexes_, flow_);
    const auto& specs = graph_->nodes();
    const auto below_windows = graph_->below_windows(plan);
    nodes_.resize(specs.size());
    for (std::size_t i = specs.size(); i-- > 0;) {
      std::vector<Node*> below;
      for (std::size_t b : specs[i].below) below.push_back(nodes_[b].get());
      wiring.set_node(i, std::move(below), *times_[levels[i]]);
      stores.below_windows(below_windows[i]);
      nodes_[i] = specs[i].make(wiring);
      while (alarm_times_.size() < alarms_.size()) alarm_times_.push_back(times_[levels[i]].get());
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
    if (time().used() && time().too_far_ahead(record.timestamp)) {
      ++ahead_;
      throw std::runtime_error(time().refusal(graph_->topics()[topic].name, record.timestamp));
    }
    Decoded decoded;
    const Moment moment{
        record.timestamp, time().wall(), position, record.correlation, topic, partition, &out,
        nullptr,          nullptr,       &decoded};
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
    if (time().used() && ours) {
      for (const auto& time : times_) time->on_record(topic, partition, record.timestamp);
      fire_due(out);
    }
  }

  void expect(std::size_t topic, const RecordView& record) override {
    for (auto* source : expecting_[topic]) source->expect(record);
  }

  std::vector<SourceClock> clocks() const override { return time().clocks(); }

  void on_clocks(std::span<const SourceClock> clocks, Output& out) override {
    mark();
    time().heard(clocks);
    fire_due(out);
  }

  void awaits(std::size_t topic, std::uint32_t partition) override {
    if (!time().used() || !stores_.place().owns(partition)) return;
    for (const auto& time : times_) time->awaits(topic, partition);
  }
  bool at_end(std::size_t topic, std::uint32_t partition) override {
    bool awaited = false;
    for (const auto& time : times_) awaited |= time->at_end(topic, partition);
    return awaited;
  }
  std::vector<UnitClock> tells() const override {
    std::vector<UnitClock> out;
    for (std::size_t level = 0; level + 1 < times_.size(); ++level) {
      if (const auto told = times_[level]->tells()) out.push_back(*told);
    }
    return out;
  }
  void on_told(std::size_t topic, std::uint32_t partition, std::uint32_t sender,
               const UnitClock& clock, Output& out) override {
    mark();
    for (const auto& time : times_) time->told(topic, partition, sender, clock);
    fire_due(out);
  }

  void on_wall(Time now, Output& out) override {
    for (const auto& time : times_) time->on_wall(now);
    fire_due(out);
  }

  Time next_wall_timer() const override {
    Time next = Time::max();
    for (std::size_t i = 0; i < alarms_.size(); ++i) {
      if (const Alarm* first = alarms_[i]->first()) next = std::min(next, wall_of(i, *first));
    }
    return next;
  }

  void restored() override {
    for (const auto& time : times_) time->restored();
    for (auto* alarms : alarms_) alarms->clear();
    for (auto* index : indexes_) index->clear();
    for (auto* alarms : alarms_) alarms->owner().restored();
    begin_undo();
  }

  std::optional<Time> stream_time() const override {
    return time().used() ? times_.back()->now() : std::nullopt;  // the last to hear of anything
  }
  std::uint64_t ahead_records() const override { return ahead_; }
  void add_edge_records(std::span<std::uint64_t> out) const override { flow_.add_to(out); }

 private:
  // That of all nodes, or of several levels the first one's.
  StreamTime& time() { return *times_.front(); }
  const StreamTime& time() const { return *times_.front(); }

  void make_times(Plan plan, std::uint32_t levels) {
    for (std::uint32_t level = 0; level <= levels; ++level) {
      times_.push_back(std::make_unique<StreamTime>(
          graph_->uses_event_time() ? &stores_ : nullptr, graph_->event_time(),
          graph_->clocked_topics(), hops_of(*graph_, plan), level));
    }
  }

  Time wall_of(std::size_t which, const Alarm& alarm) const {
    const bool wall = alarms_[which]->clock() == AlarmClock::Wall;
    return wall ? alarm.due : alarm_times_[which]->wall_of(alarm.due);
  }

  bool due(std::size_t which, const Alarm& alarm) const {
    if (alarms_[which]->clock() == AlarmClock::Wall) return alarm.due <= time().wall();
    const auto now = alarm_times_[which]->now();
    return now && alarm.due <= *now;
  }

  static constexpr std::size_t kNone = ~std::size_t{0};
  std::size_t next_due() const {
    std::size_t best = kNone;
    for (std::size_t i = 0; i < alarms_.size(); ++i) {
      const Alarm* first = alarms_[i]->first();
      if (first == nullptr || !due(i, *first)) continue;
      if (best == kNone ||
          std::tuple(wall_of(i, *first), std::string_view(alarms_[i]->name())) <
              std::tuple(wall_of(best, *alarms_[best]->first()),
                         std::string_view(alarms_[best]->name()))) {
        best = i;
      }
    }
    return best;
  }

  void fire_due(Output& out) {
    std::size_t next = next_due();
    if (next == kNone) return;
    if (time().used()) {
      mark();
      for (const auto& time : times_) time->settle();
    }
    for (int fired = 0; next != kNone && fired < kFiresMax; ++fired, next = next_due())
      fire(*alarms_[next], *alarm_times_[next], out);
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

  void fire(Alarms& alarms, const StreamTime& stream, Output& out) {
    const Alarm alarm = *alarms.first();
    const AlarmClock clock = alarms.clock();
    Moment moment;
    moment.wall = time().wall();
    moment.timestamp = clock == AlarmClock::Wall ? time().wall() : *stream.now();
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
      out.emit(i, {alarm.key, value, time().wall(), {}});
    }
  }

  struct Source {
    BytesSink* sink;
    bool everywhere;  // also of the partitions that other shards own
    std::uint64_t* fed;
  };
  std::shared_ptr<const Graph> graph_;
  StoreSet& stores_;
  std::vector<std::unique_ptr<StreamTime>> times_;  // by level
  std::vector<std::unique_ptr<Node>> nodes_;
  std::vector<std::vector<Source>> sources_;        // by topic
  std::vector<std::vector<BytesSink*>> expecting_;  // those of them that want to know ahead
  std::vector<Alarms*> alarms_;                   // owned by nodes
  std::vector<const StreamTime*> alarm_times_;      // that each of them goes by
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
