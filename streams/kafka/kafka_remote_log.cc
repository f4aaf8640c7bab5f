#include "streams/kafka/kafka_remote_log.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <utility>

#include "base/hash.h"
#include "base/log.h"
#include "streams/kafka/admin.h"
#include "streams/kafka/tracked_appender.h"
#include "streams/runtime/unit_task.h"
#include "streams/kafka/consumer.h"
#include "streams/kafka/kafka_topics.h"

namespace vitrine {
namespace {

using namespace kafka;  // NOLINT(google-build-using-namespace): this file is of that room

constexpr std::size_t kFetchRecords = 4'096;
constexpr std::size_t kBatchRecords = 8'192;
constexpr ByteCount kBatchBytes = 4U << 20U;
constexpr ByteCount kBufferBytes = 64U << 20U;
constexpr std::uint8_t kPlaceVersion = 1;

// Records that one input caused in one partition.
struct Piece {
  std::vector<Positioned> records;
  std::int64_t next_offset = 0;  // after it
  ByteCount bytes = 0;
};

struct Part {
  std::string topic;
  std::uint32_t partition = 0;
  std::int64_t next_offset = RD_KAFKA_OFFSET_BEGINNING;  // after what was handed out
  std::deque<Piece> ready;
  Piece unfinished;
  bool at_end = false;
};

Time time_of(const Part& part) { return part.ready.front().records.front().record.timestamp; }

// Below the position that a unit's task is told, and above that of the record before: figures that
// name a position can be compared with it.
Position position_over_there(std::int64_t offset) {
  return Position{(static_cast<std::uint64_t>(offset) + 1) << UnitTask::kOffsetShift};
}

std::string name_of_part(const std::string& topic, std::uint32_t partition) {
  return topic + '/' + std::to_string(partition);
}

// --- The place: version, then for each partition that was read its topic, number and next offset.

Bytes place_of(const std::vector<Part>& parts) {
  Bytes out;
  put_u8(out, kPlaceVersion);
  for (const Part& part : parts) {
    if (part.next_offset < 0) continue;
    put_bytes(out, part.topic);
    put_varint(out, part.partition);
    put_varint(out, static_cast<std::uint64_t>(part.next_offset));
  }
  return out;
}

Result<std::map<std::string, std::int64_t>> offsets_in(BytesView place) {
  std::map<std::string, std::int64_t> out;
  if (place.empty()) return out;
  ByteReader reader(place);
  if (reader.u8() == kPlaceVersion) {
    while (reader.ok() && !reader.at_end()) {
      const std::string topic(reader.bytes());
      const auto partition = static_cast<std::uint32_t>(reader.varint());
      out[name_of_part(topic, partition)] = static_cast<std::int64_t>(reader.varint());
    }
    if (reader.ok()) return out;
  }
  return fail(Code::Corrupt,
              "read where the copy of a Kafka log stands: its bytes are none of ours; remove the "
              "copy's folder, it is made anew");
}

class KafkaRemoteLog final : public RemoteLog {
 public:
  static Result<std::unique_ptr<RemoteLog>> open(KafkaRemoteLogOptions options, BytesView place);

  Result<Batch> read(Duration patience) override;
  Result<void> append(Append record, Engine::Done done) override;
  void wake() override {
    stopping_ = true;
    arrived();
  }

 private:
  explicit KafkaRemoteLog(KafkaRemoteLogOptions options) : options_(std::move(options)) {}
  void arrived();
  bool wait_until(std::chrono::steady_clock::time_point until);
  Result<bool> take_in();
  Result<void> hear(const rd_kafka_message_t* message);
  void add(Part& part, const rd_kafka_message_t* message);
  void finish(Part& part);
  Part* first();
  Batch merged();

  const KafkaRemoteLogOptions options_;
  std::map<std::string, std::uint32_t> partitions_;  // by topic
  std::vector<Part> parts_;                          // sorted by topic and number
  std::map<std::pair<const rd_kafka_topic_t*, std::int32_t>, Part*> by_handle_;
  ByteCount buffered_ = 0;
  bool caught_up_ = false;  // has been at the end of every partition
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;  // guards the next
  bool arrived_ = false;
  std::condition_variable changed_;
  std::unique_ptr<Consumer> consumer_;  // calls arrived()
  std::unique_ptr<TrackedAppender> appender_;
};

Result<std::unique_ptr<RemoteLog>> KafkaRemoteLog::open(KafkaRemoteLogOptions options,
                                                        BytesView place) {
  VT_TRY(auto offsets, offsets_in(place));
  std::unique_ptr<KafkaRemoteLog> log(new KafkaRemoteLog(std::move(options)));
  const KafkaSettings& settings = log->options_.settings;
  VT_TRY(Admin admin, Admin::open(settings));
  std::vector<WantedTopic> wanted;
  for (const TopicInfo& topic : log->options_.topics)
    wanted.push_back(wanted_topic(topic, settings.prefix + topic.name));
  VT_TRY(const auto there, admin.ensure(wanted));
  for (const auto& [topic, count] : there)
    log->partitions_[topic.substr(settings.prefix.size())] = count;
  std::vector<TopicPartition> all;
  for (const auto& [topic, count] : log->partitions_) {
    for (std::uint32_t number = 0; number < count; ++number) {
      Part part;
      part.topic = topic;
      part.partition = number;
      if (const auto found = offsets.find(name_of_part(topic, number)); found != offsets.end())
        part.next_offset = found->second;
      all.push_back({settings.prefix + topic, number, part.next_offset});
      log->parts_.push_back(std::move(part));
    }
  }
  VT_TRY(log->consumer_,
         Consumer::open(settings, settings.prefix + log->options_.app_id + ".mirror",
                        [one = log.get()] { one->arrived(); },
                        {{"enable.partition.eof", "true"}, {"fetch.wait.max.ms", "500"}}));
  VT_TRY_VOID(log->consumer_->add(all));
  std::vector<std::string> names;
  for (const auto& [topic, count] : log->partitions_) names.push_back(settings.prefix + topic);
  VT_TRY(log->appender_,
         TrackedAppender::open(settings, names, log->options_.append_records_max,
                               log->options_.append_patience));
  return std::unique_ptr<RemoteLog>(std::move(log));
}

Result<void> KafkaRemoteLog::append(Append record, Engine::Done done) {
  const auto known = partitions_.find(record.topic);
  if (known == partitions_.end())
    return fail(Code::Invalid, "append to " + record.topic + ": no such topic here");
  const std::uint32_t partition = virtual_partition(record.record.key) % known->second;
  return appender_->append(options_.settings.prefix + record.topic, partition,
                           view_of(record.record), std::move(done));
}

void KafkaRemoteLog::finish(Part& part) {
  if (part.unfinished.records.empty()) return;
  part.ready.push_back(std::exchange(part.unfinished, {}));
}

void KafkaRemoteLog::add(Part& part, const rd_kafka_message_t* message) {
  const RecordView record = record_of(message);
  // A piece that was never finished is whole all the same: the one who wrote it wrote on.
  const auto& before = part.unfinished.records;
  if (!before.empty() && before.back().record.correlation != record.correlation) finish(part);
  const ByteCount bytes = sizeof(Positioned) + message->len + message->key_len;
  part.unfinished.records.push_back(
      {part.topic, part.partition, position_over_there(message->offset), record.copy()});
  part.unfinished.next_offset = message->offset + 1;
  part.unfinished.bytes += bytes;
  buffered_ += bytes;
  part.at_end = false;
  if (!has_more(message)) finish(part);
}

Result<void> KafkaRemoteLog::hear(const rd_kafka_message_t* message) {
  if (message->err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
    return refuse("read kafka://" + options_.settings.brokers, message->err);
  if (is_about_group(*message)) return {};
  if (message->rkt == nullptr) return heard(message);
  Part*& part = by_handle_[{message->rkt, message->partition}];
  if (part == nullptr) {
    const std::string topic =
        std::string(rd_kafka_topic_name(message->rkt)).substr(options_.settings.prefix.size());
    for (Part& one : parts_) {
      if (one.topic == topic && one.partition == static_cast<std::uint32_t>(message->partition))
        part = &one;
    }
    VT_CHECK(part != nullptr);
  }
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    add(*part, message);
  } else if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    finish(*part);
    part->at_end = true;
  } else {
    return heard(message);
  }
  return {};
}

// What is there; false: nothing was.
Result<bool> KafkaRemoteLog::take_in() {
  const auto messages = consumer_->fetch(kFetchRecords, 0);
  for (const rd_kafka_message_t* message : messages) VT_TRY_VOID(hear(message));
  caught_up_ = caught_up_ || std::ranges::all_of(parts_, &Part::at_end);
  return !messages.empty();
}

void KafkaRemoteLog::arrived() {
  const std::lock_guard lock(mutex_);
  arrived_ = true;
  changed_.notify_all();
}

bool KafkaRemoteLog::wait_until(std::chrono::steady_clock::time_point until) {
  std::unique_lock lock(mutex_);
  const bool in_time = changed_.wait_until(lock, until, [&] { return arrived_; });
  arrived_ = false;
  return in_time && !stopping_;
}

// The partition whose next piece comes first; none: there is none, or an earlier one may come yet.
Part* KafkaRemoteLog::first() {
  Part* earliest = nullptr;
  for (Part& part : parts_) {
    if (part.ready.empty()) {
      if (!caught_up_ && !part.at_end && buffered_ < kBufferBytes) return nullptr;
      continue;
    }
    if (earliest == nullptr || time_of(part) < time_of(*earliest)) earliest = &part;
  }
  return earliest;
}

RemoteLog::Batch KafkaRemoteLog::merged() {
  Batch batch;
  ByteCount bytes = 0;
  while (batch.records.size() < kBatchRecords && bytes < kBatchBytes) {
    Part* part = first();
    if (part == nullptr) break;
    Piece piece = std::move(part->ready.front());
    part->ready.pop_front();
    part->next_offset = piece.next_offset;
    bytes += piece.bytes;
    buffered_ -= piece.bytes;
    std::ranges::move(piece.records, std::back_inserter(batch.records));
  }
  batch.place = place_of(parts_);
  batch.at_end = std::ranges::all_of(
      parts_, [](const Part& part) { return part.at_end && part.ready.empty(); });
  return batch;
}

Result<RemoteLog::Batch> KafkaRemoteLog::read(Duration patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (true) {
    VT_TRY(const bool more, take_in());
    Batch batch = merged();
    if (!batch.records.empty()) return batch;
    if (!more && !wait_until(until)) return batch;
  }
}

}  // namespace

Result<std::unique_ptr<RemoteLog>> open_kafka_log(KafkaRemoteLogOptions options, BytesView place) {
  return KafkaRemoteLog::open(std::move(options), place);
}

}  // namespace vitrine
