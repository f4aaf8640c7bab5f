#include "streams/kafka/migration_check.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <numeric>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/hash.h"
#include "streams/kafka/admin.h"
#include "streams/kafka/consumer.h"
#include "streams/kafka/kafka_topics.h"
#include "streams/kafka/partition_reader.h"

namespace vitrine::kafka {
namespace {

constexpr std::size_t kBatchRecords = 50'000;
constexpr ByteCount kBatchBytes = 8U << 20U;

using Visit =
    std::function<void(std::uint32_t partition, Position position, const RecordView& record)>;

// True: some had expired before.
Result<bool> visit_log(const Journal& log, const std::string& topic, Position from, Position until,
                       std::uint32_t partitions, const Visit& visit) {
  const std::array<std::string, 1> only{topic};
  bool expired = false;
  while (from < until) {
    VT_TRY(const auto batch,
           log.visit(only, from, kBatchRecords, kBatchBytes,
                     [&](const std::string&, std::uint32_t, Position position,
                         const RecordView& record) {
                       if (position < until)
                         visit(partition_there(record.key, partitions), position, record);
                     }));
    expired = expired || batch.earliest > from;
    if (batch.next <= from) break;
    from = batch.next;
  }
  return expired;
}

Result<void> visit_topic(const TopicThere& there, std::size_t partitions, const Visit& visit) {
  std::vector<std::uint32_t> all(partitions);
  std::iota(all.begin(), all.end(), 0U);
  return read_partitions(there.settings, there.name, all,
                         [&](const rd_kafka_message_t* message) -> Result<void> {
                           visit(static_cast<std::uint32_t>(message->partition), Position{},
                                 record_of(message));
                           return {};
                         });
}

// One side, by partition.
struct Side {
  std::vector<RecordDigest> parts;
  std::vector<std::uint64_t> skip;  // so many of its first records are not in the digest
  std::vector<bool> expired;        // has lost its beginning

  explicit Side(std::size_t partitions)
      : parts(partitions), skip(partitions), expired(partitions) {}
  Visit visit() {
    seen_.assign(parts.size(), 0);
    parts.assign(parts.size(), {});
    return [this](std::uint32_t partition, Position, const RecordView& record) {
      if (seen_[partition]++ >= skip[partition]) parts[partition].add(record);
    };
  }
  std::uint64_t records() const {
    std::uint64_t sum = 0;
    for (const RecordDigest& part : parts) sum += part.records();
    return sum;
  }

 private:
  std::vector<std::uint64_t> seen_;
};

// The last record of each key: an empty value removes it.
class LastOfKeys {
 public:
  Visit visit() {
    return [this](std::uint32_t, Position, const RecordView& record) {
      RecordDigest key, value;
      key.add_bytes(record.key);
      value.add(record);
      if (record.value.empty()) {
        rows_.erase(key.value());
      } else if (rows_.size() < kKeysMax) {
        rows_[key.value()] = value.value();
      } else {
        full_ = true;
      }
    };
  }
  bool full() const { return full_; }
  std::size_t size() const { return rows_.size(); }
  bool operator==(const LastOfKeys& other) const { return rows_ == other.rows_; }

 private:
  std::unordered_map<std::uint64_t, std::uint64_t> rows_;
  bool full_ = false;
};

class Comparing {
 public:
  Comparing(const TopicThere& there, const Journal& log, const TopicInfo& topic, Position until,
            std::vector<Bounds> bounds)
      : there_(there),
        log_(log),
        topic_(topic),
        until_(until),
        bounds_(std::move(bounds)),
        ours_(bounds_.size()),
        theirs_(bounds_.size()) {}

  Result<Comparison> run() {
    VT_TRY_VOID(read_both());
    if (!first_difference()) return equal("");
    if (topic_.keep.compact) return compare_last();
    if (!align()) return different();
    VT_TRY_VOID(read_both());
    return first_difference() ? different() : equal(", what both still have");
  }

 private:
  Result<void> read_both() {
    VT_TRY(const bool expired, visit_log(log_, topic_.name, Position{1}, until_,
                                         static_cast<std::uint32_t>(bounds_.size()),
                                         ours_.visit()));
    VT_TRY_VOID(visit_topic(there_, bounds_.size(), theirs_.visit()));
    for (std::size_t one = 0; one < bounds_.size(); ++one) {
      ours_.expired[one] = expired;
      theirs_.expired[one] = bounds_[one].first > 0;
    }
    return {};
  }
  std::optional<std::size_t> first_difference() const {
    for (std::size_t one = 0; one < bounds_.size(); ++one) {
      if (ours_.parts[one] != theirs_.parts[one]) return one;
    }
    return {};
  }
  // Whoever has more begins later, if the other one has lost its beginning. False: nobody may.
  bool align() {
    bool any = false;
    for (std::size_t one = 0; one < bounds_.size(); ++one) {
      const std::uint64_t here = ours_.parts[one].records(), there = theirs_.parts[one].records();
      if (here < there && ours_.expired[one]) theirs_.skip[one] = there - here;
      if (there < here && theirs_.expired[one]) ours_.skip[one] = here - there;
      any = any || theirs_.skip[one] > 0 || ours_.skip[one] > 0;
    }
    return any;
  }
  Result<Comparison> compare_last() {
    LastOfKeys ours, theirs;
    VT_TRY_VOID(visit_log(log_, topic_.name, Position{1}, until_,
                          static_cast<std::uint32_t>(bounds_.size()), ours.visit()));
    VT_TRY_VOID(visit_topic(there_, bounds_.size(), theirs.visit()));
    if (ours.full() || theirs.full()) {
      return fail(Code::Overloaded, "compare " + topic_.name + " with " + there_.name +
                                        ": more than " + std::to_string(kKeysMax) +
                                        " keys, which do not fit into memory");
    }
    if (!(ours == theirs)) return different();
    return Comparison{true, ours.size(), 0,
                      "the last record of each of " + std::to_string(ours.size()) +
                          " keys; others were replaced on one side"};
  }
  Result<Comparison> equal(const std::string& more) const {
    RecordDigest all;
    for (const RecordDigest& part : theirs_.parts) {
      all.add_number(part.records());
      all.add_number(part.value());
    }
    return Comparison{true, ours_.records(), all.value(),
                      std::to_string(ours_.records()) + " records" + more};
  }
  Result<Comparison> different() const {
    const std::size_t one = first_difference().value_or(0);
    const std::uint64_t here = ours_.parts[one].records(), there = theirs_.parts[one].records();
    std::string what = "partition " + std::to_string(one) + " has ";
    if (here == there) {
      what += std::to_string(there) + " records as the log does, and they differ in bytes, time "
                                      "or order";
    } else {
      what += std::to_string(there) + " records, and the log has " + std::to_string(here) +
              " for it";
    }
    return Comparison{false, ours_.records(), 0, what};
  }

  const TopicThere& there_;
  const Journal& log_;
  const TopicInfo& topic_;
  const Position until_;
  const std::vector<Bounds> bounds_;
  Side ours_, theirs_;
};

}  // namespace

std::uint32_t partition_there(BytesView key, std::uint32_t partitions) {
  return (murmur2(key) & 0x7fffffffU) % partitions;
}

Result<std::vector<Bounds>> bounds_of(const KafkaSettings& settings, const std::string& name,
                                      std::size_t partitions) {
  VT_TRY(const auto consumer, Consumer::open(settings, name + ".reader", {},
                                             {{"isolation.level", "read_uncommitted"}}));
  std::vector<Bounds> out(partitions);
  for (std::uint32_t one = 0; one < partitions; ++one) {
    VT_TRY(out[one].end, consumer->end_of({name, one}, &out[one].first));
  }
  return out;
}

Result<Comparison> compare_topic(const TopicThere& there, const Journal& log,
                                 const TopicInfo& topic, Position until) {
  VT_TRY(Admin admin, Admin::open(there.settings));
  VT_TRY(auto found, admin.partitions({there.name}));
  if (found[there.name] == 0) return Comparison{false, 0, 0, "it is not there"};
  VT_TRY(auto bounds, bounds_of(there.settings, there.name, found[there.name]));
  return Comparing(there, log, topic, until, std::move(bounds)).run();
}

// From the last place noted before it on, the log's records and the topic's are counted.
Result<std::vector<std::int64_t>> offsets_from(const TopicThere& there, const Journal& log,
                                               const std::string& topic, const MigrationMap& map,
                                               Position position) {
  const auto partitions = static_cast<std::uint32_t>(map.parts.size());
  std::vector<std::int64_t> out(partitions);
  std::vector<std::uint64_t> between(partitions);
  std::vector<Position> noted(partitions);
  std::map<std::uint32_t, std::int64_t> after;
  Position from = position;
  for (std::uint32_t one = 0; one < partitions; ++one) {
    const auto place = map.before(one, position);
    const auto& places = map.parts[one].places;
    out[one] = place || places.empty() ? map.parts[one].next_offset : places.front().offset;
    if (!place) continue;
    noted[one] = place->position;
    from = std::min(from, noted[one]);
    after[one] = place->offset;
  }
  VT_TRY(const bool expired,
         visit_log(log, topic, from, position, partitions,
                   [&](std::uint32_t partition, Position at, const RecordView&) {
                     if (after.contains(partition) && at >= noted[partition]) ++between[partition];
                   }));
  if (expired) {
    return fail(Code::OutOfRange, "find position " + std::to_string(position.value()) + " of " +
                                      topic + ": the log's records before it have expired");
  }
  std::vector<std::uint32_t> read;
  for (const auto& [partition, offset] : after) read.push_back(partition);
  if (read.empty()) return out;
  VT_TRY_VOID(read_partitions(
      there.settings, there.name, read,
      [&](const rd_kafka_message_t* message) -> Result<void> {
        const auto partition = static_cast<std::uint32_t>(message->partition);
        if (between[partition]-- == 0) out[partition] = message->offset;
        return {};
      },
      after));
  return out;
}

}  // namespace vitrine::kafka
