#include "streams/broker/memory_broker.h"

#include <algorithm>

namespace vitrine {

void MemoryLog::append(const std::string& topic, std::uint32_t partition,
                       const RecordView& record) {
  auto& stored = records_[{topic, partition}];
  const std::int64_t last = stored.empty() ? -1 : stored.back().offset;
  gaps_ = gaps_ * 1'103'515'245U + 12'345U;
  stored.push_back({last + 1 + (gaps_ >> 16U) % 3, record.copy()});
}

const std::vector<MemoryLog::Stored>& MemoryLog::read(const std::string& topic,
                                                      std::uint32_t partition) const {
  static const std::vector<Stored> none;
  const auto found = records_.find({topic, partition});
  return found == records_.end() ? none : found->second;
}

MemoryBroker::MemoryBroker(MemoryLog& log, std::vector<UnitTopic> topics, std::uint32_t units)
    : log_(log), topics_(std::move(topics)), units_(units) {
  for (std::uint32_t unit = 0; unit < units_; ++unit)
    events_.push_back({BrokerEvent::Kind::Assigned, Unit{unit}, Generation{1}, {}, {}});
}

Result<void> MemoryBroker::restore(Unit unit, BytesView after, const RowVisitor& visit) {
  ByteReader in(after);
  const std::uint64_t first = after.empty() ? 0 : in.varint();
  if (first > log_.rows_.size()) return fail(Code::OutOfRange, "restore: the log is shorter");
  for (std::size_t i = first; i < log_.rows_.size(); ++i) {
    const MemoryLog::Row& one = log_.rows_[i];
    if (unit_of(one.home) == unit) VT_TRY_VOID(visit({one.home, one.row, one.value, one.removed}));
  }
  return {};
}

Result<Bytes> MemoryBroker::place(Unit /*unit*/) {
  Bytes out;
  put_varint(out, log_.rows_.size());
  return out;
}

class MemoryBroker::Follower final : public RowFollower {
 public:
  explicit Follower(MemoryBroker& of) : of_(of) {}
  Result<void> add(Unit unit, BytesView after) override {
    next_[unit] = after.empty() ? 0 : ByteReader(after).varint();
    return {};
  }
  Result<void> drop(Unit unit) override {
    next_.erase(unit);
    return {};
  }
  Result<std::size_t> read(std::size_t rows_max, Duration, const Visitor& visit) override {
    std::size_t count = 0;
    for (auto& [unit, next] : next_) {
      for (; next < of_.log_.rows_.size() && count < rows_max; ++next) {
        const MemoryLog::Row& one = of_.log_.rows_[next];
        if (of_.unit_of(one.home) != unit) continue;
        VT_TRY_VOID(visit(unit, {one.home, one.row, one.value, one.removed}));
        ++count;
      }
    }
    return count;
  }
  Bytes place(Unit unit) const override {
    Bytes out;
    put_varint(out, next_.at(unit));
    return out;
  }

 private:
  MemoryBroker& of_;
  std::map<Unit, std::uint64_t> next_;
};

Result<std::unique_ptr<RowFollower>> MemoryBroker::follow_rows() {
  return std::make_unique<Follower>(*this);
}

Result<std::vector<InputPosition>> MemoryBroker::committed(Unit unit) {
  std::vector<InputPosition> out;
  for (std::uint32_t topic = 0; topic < topics_.size(); ++topic) {
    for (std::uint32_t one = unit.value(); one < topics_[topic].partitions; one += units_) {
      const auto found = log_.consumed_.find({topics_[topic].name, one});
      if (found != log_.consumed_.end()) out.push_back({topic, one, found->second});
    }
  }
  return out;
}

Result<void> MemoryBroker::resume(Unit unit, std::span<const InputPosition> from) {
  for (std::uint32_t topic = 0; topic < topics_.size(); ++topic) {
    if (!topics_[topic].input) continue;
    const bool whole = topics_[topic].everywhere;
    for (std::uint32_t one = 0; one < topics_[topic].partitions; ++one) {
      if (!whole && unit_of(one) != unit) continue;
      std::int64_t next = 0;
      for (const InputPosition& known : from) {
        if (known.topic == topic && known.partition == one) next = known.next;
      }
      // Others in this process may be further.
      const auto [at, fresh] = reading_.try_emplace({topic, one}, next);
      at->second = whole ? std::min(at->second, next) : next;
      ended_.erase({topic, one});
    }
  }
  return {};
}

std::vector<InputPosition> MemoryBroker::ended() {
  std::vector<InputPosition> out;
  for (const auto& [place, next] : reading_) {
    const auto& stored = log_.read(topics_[place.first].name, place.second);
    if (!stored.empty() && stored.back().offset >= next) continue;
    if (ended_.insert(place).second) out.push_back({place.first, place.second, next});
  }
  return out;
}

Result<std::span<const Fetched>> MemoryBroker::fetch(std::size_t records_max) {
  fetched_.clear();
  for (auto& [place, next] : reading_) {
    const auto& stored = log_.read(topics_[place.first].name, place.second);
    auto at = std::lower_bound(stored.begin(), stored.end(), next,
                               [](const auto& one, std::int64_t o) { return one.offset < o; });
    for (; at != stored.end() && fetched_.size() < records_max; ++at) {
      fetched_.push_back({place.first, place.second, at->offset, view_of(at->record)});
      next = at->offset + 1;
    }
  }
  return std::span<const Fetched>(fetched_);
}

bool MemoryBroker::at_end() const {
  return std::all_of(reading_.begin(), reading_.end(), [&](const auto& one) {
    const auto& stored = log_.read(topics_[one.first.first].name, one.first.second);
    return stored.empty() || stored.back().offset < one.second;
  });
}

Ticket MemoryBroker::commit(std::vector<const UnitWork*> works) {
  VT_CHECK(on_the_way_.empty());
  on_the_way_ = std::move(works);
  ticket_ = Ticket{ticket_.value() + 1};
  return ticket_;
}

void MemoryBroker::apply(const UnitWork& work) {
  for (std::size_t i = 0; i < work.rows.size(); ++i) {
    const RowView row = work.rows.row(i);
    log_.rows_.push_back({row.home, Bytes(row.row), Bytes(row.value), row.removed});
  }
  for (std::size_t i = 0; i < work.records.size(); ++i) {
    log_.append(topics_[work.records.topic(i)].name, work.records.partition(i),
                work.records.record(i));
  }
  for (const InputPosition& one : work.consumed)
    log_.consumed_[{topics_[one.topic].name, one.partition}] = one.next;
}

Result<bool> MemoryBroker::work() {
  if (on_the_way_.empty()) return false;
  fetched_.clear();  // what it pointed to may move
  for (const UnitWork* work : on_the_way_) apply(*work);
  const UnitWork& first = *on_the_way_.front();
  events_.push_back(
      {BrokerEvent::Kind::Done, first.unit, first.generation, ticket_, Outcome::Committed});
  on_the_way_.clear();
  return true;
}

Result<void> MemoryBroker::release(std::span<const Unit> units) {
  for (const Unit unit : units)
    std::erase_if(reading_, [&](const auto& one) {
      return unit_of(one.first.second) == unit && !topics_[one.first.first].everywhere;
    });
  return {};
}

}  // namespace vitrine
