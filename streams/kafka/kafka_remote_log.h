#pragma once
// KafkaRemoteLog: an App's topics as a RemoteLog, for a MirrorEngine: committed records of all
// partitions in, records out through an idempotent producer.
//
// Order: a partition's own is kept. Until it has been at the end of every partition once, records
// of different partitions come in the order of their timestamps; from then on as they arrive. What
// one input caused in a partition comes as one piece: the unit that wrote it marked all but the
// last.
// Memory: at most kBufferBytes of records that wait for those of another partition, beside
// librdkafka's 16 MiB each way. Threads: as RemoteLog; "vt-kafka-out" hears what became of appends.
#include <memory>
#include <string>
#include <vector>

#include "streams/kafka/settings.h"
#include "streams/runtime/remote_log.h"
#include "streams/topology/task.h"

namespace vitrine {

struct KafkaRemoteLogOptions {
  KafkaSettings settings;
  std::string app_id;             // names the clients
  std::vector<TopicInfo> topics;  // those that are missing are made
  std::size_t append_records_max = 65'536;  // on their way; beyond: Overloaded
  Duration append_patience = std::chrono::seconds{10};  // then `done` is told Unavailable
};

// `place` as MirrorEngine hands it on: partitions it does not name are read from their beginning.
Result<std::unique_ptr<RemoteLog>> open_kafka_log(KafkaRemoteLogOptions options, BytesView place);

}  // namespace vitrine
