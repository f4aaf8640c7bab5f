#include "streams/kafka/migration.h"

#include <array>
#include <thread>
#include <utility>

#include "base/hash.h"
#include "base/log.h"
#include "streams/kafka/consumer.h"
#include "streams/kafka/kafka_topics.h"
#include "streams/kafka/migration_check.h"
#include "streams/kafka/partition_reader.h"

namespace vitrine {

using namespace kafka;

namespace {

constexpr const char* kMapsTopic = "vitrine.migration";
constexpr int kTries = 10;  // of one batch
constexpr std::chrono::milliseconds kBetweenTries{500};
constexpr std::int64_t kNotTold = -1;

}  // namespace

KafkaMigration::KafkaMigration(MigrationOptions options, Admin admin)
    : options_(std::move(options)),
      maps_topic_(there(kMapsTopic)),
      admin_(std::move(admin)),
      transactions_(options_.settings, maps_topic_) {
  maps_number_ = transactions_.topic(maps_topic_);
  transactions_.report_to([](const rd_kafka_message_t& message) {
    if (message._private != nullptr)
      *static_cast<std::int64_t*>(message._private) = message.offset;
  });
}

Result<std::unique_ptr<KafkaMigration>> KafkaMigration::open(MigrationOptions options) {
  VT_TRY(Admin admin, Admin::open(options.settings));
  std::unique_ptr<KafkaMigration> out(new KafkaMigration(std::move(options), std::move(admin)));
  VT_TRY_VOID(out->admin_.ensure({{out->maps_topic_, 1, true, {{"cleanup.policy", "compact"}}}}));
  VT_TRY_VOID(out->begin());
  return out;
}

Result<std::map<std::string, MigrationMap>> read_migration_maps(const KafkaSettings& settings,
                                                                const std::string& as) {
  const std::string topic = settings.prefix + as + kMapsTopic;
  VT_TRY(Admin admin, Admin::open(settings));
  VT_TRY(auto found, admin.partitions({topic}));
  if (found[topic] == 0)
    return fail(Code::NotFound, "read how far a migration has come: there is no topic " + topic +
                                    " on kafka://" + settings.brokers + "; was --as the same?");
  std::map<std::string, MigrationMap> out;
  const auto visit = [&](const rd_kafka_message_t* message) -> Result<void> {
    const RecordView row = record_of(message);
    VT_TRY(out[std::string(row.key)], MigrationMap::decode(row.value));
    return {};
  };
  VT_TRY_VOID(read_partitions(settings, topic, {0}, visit));
  return out;
}

// A producer and the maps belong together: whoever shut the last producer out may have written.
Result<void> KafkaMigration::begin() {
  VT_TRY_VOID(transactions_.open());
  VT_TRY(maps_, read_migration_maps(options_.settings, options_.as));
  return {};
}

// Nothing but ours stands in the topic: nobody wrote before us, between our records, or since.
// (Between them it would have moved them: the comparison at the end sees that.)
Result<void> KafkaMigration::check_ours(const std::string& name, const MigrationMap& map) const {
  VT_TRY(const auto bounds, bounds_of(options_.settings, name, map.parts.size()));
  std::map<std::uint32_t, std::int64_t> after;
  std::vector<std::uint32_t> longer;
  for (std::uint32_t one = 0; one < bounds.size(); ++one) {
    const std::int64_t ours = map.parts[one].next_offset;
    if (bounds[one].end < ours) {
      return fail(Code::Conflict,
                  "migrate to topic " + name + ": partition " + std::to_string(one) +
                      " ends at offset " + std::to_string(bounds[one].end) + ", and up to " +
                      std::to_string(ours) + " was copied; the topic was made anew meanwhile. "
                      "Delete it and " + maps_topic_ + " to copy everything again");
    }
    const std::int64_t from = std::max(ours, bounds[one].first);
    if (bounds[one].end == from) continue;
    longer.push_back(one);
    after[one] = from;
  }
  const auto foreign = [&](const rd_kafka_message_t* message) -> Result<void> {
    return fail(Code::Conflict,
                "migrate to topic " + name + ": partition " + std::to_string(message->partition) +
                    " holds at offset " + std::to_string(message->offset) +
                    " a record that no migration wrote; copy under other names (--as PREFIX), or "
                    "delete the topic and " + maps_topic_ + " and copy everything again");
  };
  return longer.empty() ? Result<void>{}
                        : read_partitions(options_.settings, name, longer, foreign, after);
}

Result<KafkaMigration::Target> KafkaMigration::prepare(const Journal& log,
                                                       const TopicInfo& topic) {
  Target target{there(topic.name), 0, topic.keep.compact};
  VT_TRY(auto found, admin_.ensure({wanted_topic(topic, target.name)}));
  const std::uint32_t partitions = found[target.name];
  const auto [at, fresh] =
      maps_.try_emplace(topic.name, MigrationMap::of(log.incarnation(), partitions));
  MigrationMap& map = at->second;
  if (map.parts.size() != partitions) {
    return fail(Code::Conflict, "migrate to topic " + target.name + ": it had " +
                                    std::to_string(map.parts.size()) + " partitions and has " +
                                    std::to_string(partitions) +
                                    " now, so that keys lie elsewhere; delete it and " +
                                    maps_topic_ + " and copy everything again");
  }
  VT_TRY_VOID(check_ours(target.name, map));
  const auto [number, first] = numbers_.try_emplace(target.name, 0);
  if (first) number->second = transactions_.topic(target.name);
  target.number = number->second;
  if (map.incarnation == log.incarnation() && map.next <= log.committed_end()) return target;
  // Another log, or this one after its tail was cut: what was copied must be in it.
  VT_TRY(const auto same, compare_topic({options_.settings, target.name}, log, topic, map.next));
  if (!same.equal || map.next > log.committed_end()) {
    return fail(Code::Conflict,
                "migrate to topic " + target.name + ": it holds what was copied from another log, "
                "or from a part of this one that is lost (" + same.what +
                    "); copy under other names (--as PREFIX), or delete the topic and " +
                    maps_topic_ + " and copy everything again");
  }
  map.incarnation = log.incarnation();
  return target;
}

// The next batch, and where the one after it begins.
Result<Position> KafkaMigration::take(const Journal& log, const TopicInfo& topic, Position from,
                                      bool& expired) {
  records_.clear();
  positions_.clear();
  Position timeless;
  const std::array<std::string, 1> only{topic.name};
  const auto partitions = static_cast<std::uint32_t>(maps_.at(topic.name).parts.size());
  VT_TRY(const auto batch,
         log.visit(only, from, options_.batch_records, options_.batch_bytes,
                   [&](const std::string&, std::uint32_t, Position position,
                       const RecordView& record) {
                     if (millis_of(record.timestamp) <= 0) timeless = position;
                     records_.add(0, partition_there(record.key, partitions), record);
                     positions_.push_back(position);
                   }));
  if (timeless != Position{}) {
    return fail(Code::Unsupported,
                "migrate " + topic.name + ": the record at position " +
                    std::to_string(timeless.value()) + " has no time after 1970, and Kafka would "
                    "give it another one; leave the topic out (--topics)");
  }
  expired = expired || (from > Position{1} && batch.earliest > from);
  return batch.next;
}

Ended KafkaMigration::produce(const Target& target) {
  for (std::size_t i = 0; i < records_.size(); ++i) {
    const Outgoing out = outgoing_of(records_, i, target.compacted);
    if (const Ended ended = transactions_.produce(target.number, out, &offsets_[i]);
        ended != Ended::Well)
      return ended;
  }
  return transactions_.delivered();
}

// The map is written when the records' offsets are known, and counts with them or not at all.
Ended KafkaMigration::carry_out(const Target& target, const std::string& topic,
                                MigrationMap& map) {
  offsets_.assign(records_.size(), kNotTold);
  if (const Ended ended = transactions_.begin(); ended != Ended::Well) return ended;
  if (const Ended ended = produce(target); ended != Ended::Well) return ended;
  for (std::size_t i = 0; i < records_.size(); ++i) {
    if (offsets_[i] < 0) return Ended::Abort;  // there, and the answer was lost
    map.add(records_.partition(i), positions_[i], offsets_[i]);
  }
  const Bytes row = map.encode();
  const Outgoing out{0,          topic.data(), topic.size(),
                     row.data(), row.size(),   millis_of(records_.record(0).timestamp)};
  if (const Ended ended = transactions_.produce(maps_number_, out); ended != Ended::Well)
    return ended;
  if (const Ended ended = transactions_.delivered(); ended != Ended::Well) return ended;
  return transactions_.commit();
}

// A transaction that did not end well is never gone on with: a new producer ends it, and the map
// says whether it counted.
Result<void> KafkaMigration::write(const Target& target, const std::string& topic, Position next) {
  for (int attempt = 1;; ++attempt) {
    MigrationMap map = maps_.at(topic);
    map.next = next;
    const Position before = maps_.at(topic).next;
    const Ended ended = carry_out(target, topic, map);
    if (ended == Ended::Well) {
      maps_[topic] = std::move(map);
      return {};
    }
    const std::string doing = "migrate to topic " + target.name + ": ";
    log(LogLevel::Warn, "migrate_again", {{"topic", target.name}, {"why", transactions_.why()}});
    if (transactions_.refusal()) {
      const Error refusal = *transactions_.refusal();
      transactions_.abandon();
      return fail(refusal.code, doing + refusal.message);
    }
    if (ended == Ended::Fenced) {
      return fail(Code::Conflict, doing + "another migration has begun, or this one stood still "
                                          "for long; run it again when no other one runs");
    }
    if (attempt == kTries)
      return fail(Code::Unavailable, doing + transactions_.why() + "; see the brokers' logs, then "
                                                                   "run it again: it goes on");
    std::this_thread::sleep_for(kBetweenTries);
    VT_TRY_VOID(begin());
    const auto partitions = static_cast<std::uint32_t>(map.parts.size());
    MigrationMap& known =
        maps_.try_emplace(topic, MigrationMap::of(map.incarnation, partitions)).first->second;
    known.incarnation = map.incarnation;
    if (known.next > before) return {};  // it counted
  }
}

Result<KafkaMigration::Copied> KafkaMigration::copy(const Journal& log, const TopicInfo& topic) {
  VT_TRY(const Target target, prepare(log, topic));
  Copied out;
  const std::uint64_t before = maps_.at(topic.name).records();
  const Position end = log.committed_end();
  for (Position from = maps_.at(topic.name).next; from < end;) {
    VT_TRY(const Position next, take(log, topic, from, out.expired));
    if (records_.size() > 0) VT_TRY_VOID(write(target, topic.name, next));
    if (next <= from) break;
    from = next;
  }
  const MigrationMap& map = maps_.at(topic.name);
  out.in_all = map.records();
  out.now = out.in_all - before;
  out.up_to = std::max(map.next, end);
  return out;
}

}  // namespace vitrine
