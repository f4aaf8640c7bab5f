#pragma once
// TrackedAppender: records from outside of any unit into topics, each acknowledged when it is
// durable. Idempotent: what is sent again after a lost answer is there once. Never waits: for a
// gateway; tools and tests have KafkaAppender (appender.h).
//
// An idempotent producer may end for good when partitions change their leader (a broker finds a gap
// in its numbers). Whatever it had is told Unavailable then, and another one takes its place.
// Threads: any; `done` is called on the TrackedAppender's own.
#include <atomic>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <thread>
#include <utility>
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
  struct Client {
    Handle handle;
    std::map<std::string, TopicHandle> topics;  // die before the client
  };

  TrackedAppender(KafkaSettings settings, std::vector<std::string> topics, std::size_t records_max,
                  Duration patience)
      : settings_(std::move(settings)),
        topics_(std::move(topics)),
        records_max_(records_max),
        patience_millis_(static_cast<int>(patience.count())) {}
  Result<std::unique_ptr<Client>> make_one() const;
  static void give_up(const Client& client);
  void begin_anew();
  void run();

  const KafkaSettings settings_;
  const std::vector<std::string> topics_;
  const std::size_t records_max_;
  const int patience_millis_;
  // Guards which client it is, not the client: held by several that give it records. Only our own
  // thread changes it.
  std::shared_mutex mutex_;
  std::unique_ptr<Client> client_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace vitrine::kafka
