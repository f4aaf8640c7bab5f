#pragma once
// TrackedAppender: records from outside of any unit into topics, each acknowledged when it is
// durable. Idempotent: what is sent again after a lost answer is there once. Never waits: for a
// gateway; tools and tests have KafkaAppender (appender.h).
// Threads: any; `done` is called on the TrackedAppender's own.
#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "streams/kafka/client.h"
#include "streams/kafka/outgoing.h"
#include "vitrine/engine.h"

namespace vitrine::kafka {

class TrackedAppender {
 public:
  static Result<std::unique_ptr<TrackedAppender>> open(const KafkaSettings& settings,
                                                       const std::vector<std::string>& topics,
                                                       std::size_t records_max, Duration patience);
  // Waits for what is on its way as long as its patience; then it is told Unavailable.
  ~TrackedAppender();

  // Overloaded when too many are on their way, as Engine::append.
  Result<void> append(const std::string& topic, std::uint32_t partition, const RecordView& record,
                      Engine::Done done);

 private:
  TrackedAppender() = default;
  void run();

  Handle client_;
  std::map<std::string, TopicHandle> handles_;  // as of open(); die before the client
  int patience_millis_ = 0;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace vitrine::kafka
