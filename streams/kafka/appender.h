#pragma once
// Appender: writes to topics from outside of any App: gateways, tools, tests. Idempotent: what is
// tried again after an answer was lost is not there twice, as long as the process lives. Whoever
// must not write twice over its own death sends ids, and the App drops what it knows.
//
// Threads: any. Bounded: append() waits for room.
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "streams/kafka/settings.h"
#include "streams/log/record.h"

namespace vitrine {

class KafkaAppender {
 public:
  static Result<std::unique_ptr<KafkaAppender>> open(const KafkaSettings& settings);
  ~KafkaAppender();  // waits for what is on the way

  // By the key's partition, as Java clients and Apps choose it; records without a key go round the
  // partitions. An empty key is no key.
  Result<void> append(const std::string& topic, const RecordView& record);
  // Until everything appended is acknowledged; the Error of the first that could not be.
  Result<void> flush();

 private:
  struct State;
  explicit KafkaAppender(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace vitrine
