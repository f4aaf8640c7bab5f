#include "streams/kafka/outgoing.h"

#include <chrono>
#include <thread>

namespace vitrine::kafka {

rd_kafka_error_t* produce(rd_kafka_t* client, rd_kafka_topic_t* topic, const Outgoing& record,
                          void* opaque) {
  rd_kafka_vu_t words[9];
  std::size_t count = 0;
  words[count].vtype = RD_KAFKA_VTYPE_RKT;
  words[count++].u.rkt = topic;
  words[count].vtype = RD_KAFKA_VTYPE_PARTITION;
  words[count++].u.i32 = static_cast<std::int32_t>(record.partition);
  words[count].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
  words[count++].u.i = RD_KAFKA_MSG_F_COPY;
  words[count].vtype = RD_KAFKA_VTYPE_KEY;
  words[count].u.mem.ptr = const_cast<void*>(record.key);
  words[count++].u.mem.size = record.key_bytes;
  words[count].vtype = RD_KAFKA_VTYPE_VALUE;
  words[count].u.mem.ptr = const_cast<void*>(record.value);
  words[count++].u.mem.size = record.value_bytes;
  words[count].vtype = RD_KAFKA_VTYPE_TIMESTAMP;
  words[count++].u.i64 = record.timestamp;
  words[count].vtype = RD_KAFKA_VTYPE_OPAQUE;
  words[count++].u.ptr = opaque;
  if (!record.correlation.empty()) {
    words[count].vtype = RD_KAFKA_VTYPE_HEADER;
    words[count].u.header.name = kCorrelationHeader;
    words[count].u.header.val = record.correlation.data();
    words[count++].u.header.size = static_cast<ssize_t>(record.correlation.size());
  }
  if (record.more) {
    words[count].vtype = RD_KAFKA_VTYPE_HEADER;
    words[count].u.header.name = kMoreHeader;
    words[count].u.header.val = "";
    words[count++].u.header.size = 0;
  }
  return rd_kafka_produceva(client, words, count);
}

Outgoing outgoing_of(const WorkRecords& records, std::size_t i, bool compacted) {
  const RecordView record = records.record(i);
  const bool tombstone = record.value.empty() && compacted;
  return {records.partition(i),
          record.key.empty() ? nullptr : record.key.data(),
          record.key.size(),
          tombstone ? nullptr : record.value.data(),
          record.value.size(),
          millis_of(record.timestamp),
          record.correlation,
          records.has_more(i)};
}

rd_kafka_error_t* produce_waiting(rd_kafka_t* client, rd_kafka_topic_t* topic,
                                  const Outgoing& record, const std::function<void()>& full,
                                  void* opaque) {
  while (true) {
    rd_kafka_error_t* error = produce(client, topic, record, opaque);
    if (error == nullptr || rd_kafka_error_code(error) != RD_KAFKA_RESP_ERR__QUEUE_FULL)
      return error;
    rd_kafka_error_destroy(error);
    full();
    std::this_thread::sleep_for(std::chrono::microseconds{300});  // the network empties it
  }
}

}  // namespace vitrine::kafka
