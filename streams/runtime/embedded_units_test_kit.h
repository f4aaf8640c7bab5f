#pragma once
// The embedded log behind a UnitBroker, so that the suite of units runs on it as well: with one
// unit, or with several, whose hops go through topics then. Offsets are positions of the journal.
// Threads: one.
#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "streams/broker/memory_broker.h"
#include "streams/runtime/unit_conformance_test_kit.h"

namespace vitrine::conformance {

class EmbeddedUnits final : public UnitBroker {
 public:
  EmbeddedUnits(EmbeddedBroker& log, std::vector<UnitTopic> topics, std::uint32_t units)
      : log_(log), topics_(std::move(topics)), units_(units) {
    for (std::uint32_t unit = 0; unit < units_; ++unit)
      events_.push_back({BrokerEvent::Kind::Assigned, Unit{unit}, Generation{1}, {}, {}});
    for (const UnitTopic& topic : topics_) {
      if (topic.input) inputs_.push_back(topic.name);
    }
  }

  std::uint32_t partitions(std::uint32_t topic) const override {
    return topics_[topic].partitions;
  }
  std::uint32_t units() const override { return units_; }

  std::vector<BrokerEvent> poll() override {
    for (BrokerEvent event : log_.poll()) {
      if (event.kind != BrokerEvent::Kind::Done) continue;
      event.ticket = ticket_;
      events_.push_back(event);
    }
    return std::exchange(events_, {});
  }

  // All of it, always: that is allowed.
  Result<Bytes> place(Unit /*unit*/) override { return Bytes("all"); }
  Result<void> restore(Unit unit, BytesView /*after*/, const RowVisitor& visit) override {
    return replay([&](const Delta& delta) -> Result<void> {
      std::uint32_t home = 0;
      BytesView store, key;
      if (delta.store != kRows || !read_row(delta.key, home, store, key)) return {};
      if ((home & (units_ - 1)) != unit.value()) return {};
      return visit({home, delta.key, delta.value, delta.removed});
    });
  }

  Result<std::vector<InputPosition>> committed(Unit unit) override {
    std::map<Place, std::int64_t> consumed;
    VT_TRY_VOID(replay([&](const Delta& delta) -> Result<void> {
      if (delta.store != kConsumed) return {};
      ByteReader in(delta.key);
      const auto topic = static_cast<std::uint32_t>(in.varint());
      consumed[{topic, static_cast<std::uint32_t>(in.varint())}] =
          static_cast<std::int64_t>(ByteReader(delta.value).varint());
      return {};
    }));
    std::vector<InputPosition> out;
    for (const auto& [place, next] : consumed) {
      if ((place.second & (units_ - 1)) == unit.value())
        out.push_back({place.first, place.second, next});
    }
    return out;
  }

  Result<void> resume(Unit unit, std::span<const InputPosition> from) override {
    for (std::uint32_t topic = 0; topic < topics_.size(); ++topic) {
      const bool whole = topics_[topic].everywhere;
      for (std::uint32_t one = 0; one < topics_[topic].partitions; ++one) {
        if (!whole && (one & (units_ - 1)) != unit.value()) continue;
        std::int64_t next = 0;
        for (const InputPosition& known : from) {
          if (known.topic == topic && known.partition == one) next = known.next;
        }
        const auto [at, fresh] = reading_.try_emplace({topic, one}, next);
        at->second = whole ? std::min(at->second, next) : next;
      }
    }
    ended_ = false;
    cursor_ = Position{1};
    return {};
  }

  // Reads on in the journal's order, past what a unit has had already.
  Result<std::span<const Fetched>> fetch(std::size_t records_max) override {
    fetched_.clear();
    while (fetched_.empty() && cursor_ < end()) {
      VT_TRY(batch_, log_.fetch(inputs_, cursor_, records_max, 1U << 20U));
      cursor_ = batch_.next;
      for (const Positioned& one : batch_.records) {
        const auto offset = static_cast<std::int64_t>(one.position.value());
        const auto found = reading_.find({number_of(one.topic), one.partition});
        if (found == reading_.end() || offset < found->second) continue;
        found->second = offset + 1;
        fetched_.push_back({found->first.first, one.partition, offset, view_of(one.record)});
      }
    }
    return std::span<const Fetched>(fetched_);
  }
  bool at_end() const override { return cursor_ >= end(); }
  std::vector<InputPosition> ended() override {
    std::vector<InputPosition> out;
    if (!at_end() || std::exchange(ended_, true)) return out;
    for (const auto& [place, next] : reading_) out.push_back({place.first, place.second, next});
    return out;
  }

  Ticket commit(std::vector<const UnitWork*> works) override {
    const CommittedPoint point = log_.committed(EmbeddedBroker::kUnit);
    Group group(Epoch{point.epoch.value() + 1}, std::max(point.next, Position{1}));
    for (const UnitWork* work : works) add(*work, group);
    log_.commit(EmbeddedBroker::kUnit, EmbeddedBroker::kGeneration, std::move(group));
    ticket_ = Ticket{ticket_.value() + 1};
    return ticket_;
  }
  Result<bool> work() override { return log_.work(); }

  Result<void> release(std::span<const Unit> units) override {
    for (const Unit unit : units) {
      std::erase_if(reading_, [&](const auto& one) {
        return (one.first.second & (units_ - 1)) == unit.value() &&
               !topics_[one.first.first].everywhere;
      });
    }
    return {};
  }
  void wait(Duration) override {}
  void wake() override {}

 private:
  using Place = std::pair<std::uint32_t, std::uint32_t>;
  static constexpr const char* kRows = "rows";
  static constexpr const char* kConsumed = "consumed";

  Position end() const { return log_.committed(EmbeddedBroker::kUnit).next; }
  std::uint32_t number_of(const std::string& name) const {
    std::uint32_t topic = 0;
    while (topics_[topic].name != name) ++topic;
    return topic;
  }
  template <class Visit>
  Result<void> replay(Visit&& visit) const {
    return log_.restore(EmbeddedBroker::kUnit, Epoch{},
                        [&](Epoch, BytesView, std::span<const Delta> deltas) -> Result<void> {
                          for (const Delta& delta : deltas) VT_TRY_VOID(visit(delta));
                          return {};
                        });
  }
  void add(const UnitWork& work, Group& group) const {
    for (std::size_t i = 0; i < work.records.size(); ++i) {
      group.append(topics_[work.records.topic(i)].name, work.records.partition(i),
                   work.records.record(i));
    }
    for (std::size_t i = 0; i < work.rows.size(); ++i) {
      const RowView row = work.rows.row(i);
      group.add_delta(kRows, row.row, row.value, row.removed);
    }
    for (const InputPosition& one : work.consumed) {
      Bytes key, value;
      put_varint(key, one.topic);
      put_varint(key, one.partition);
      put_varint(value, static_cast<std::uint64_t>(one.next));
      group.add_delta(kConsumed, key, value, false);
    }
    group.set_steps(work.steps);
  }

  EmbeddedBroker& log_;
  const std::vector<UnitTopic> topics_;
  const std::uint32_t units_;
  std::vector<std::string> inputs_;
  std::vector<BrokerEvent> events_;
  std::map<Place, std::int64_t> reading_;
  bool ended_ = false;  // and told
  Position cursor_{1};
  Journal::Batch batch_;
  std::vector<Fetched> fetched_;
  Ticket ticket_;
};

}  // namespace vitrine::conformance
