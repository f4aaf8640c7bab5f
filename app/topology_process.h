#pragma once
// An App on Kafka, as long as this object lives: its broker and what drives it. Several processes
// share its partitions; one that ends or dies leaves them to the others.
#include <functional>
#include <memory>
#include <string>

#include "base/env.h"
#include "app/house.h"
#include "streams/kafka/kafka_broker.h"
#include "streams/runtime/unit_runner.h"
#include "vitrine/app.h"

namespace vitrine {

class TopologyProcess {
 public:
  static Result<std::unique_ptr<TopologyProcess>> open(Env& env, const App& app,
                                                       const KafkaSettings& settings,
                                                       const KafkaHouseOptions& options);
  // `on_end`: see House::start.
  void start(std::function<void()> on_end);
  Result<void> stop();  // the error that had ended it, if any

 private:
  TopologyProcess() = default;
  std::function<void()> on_end_;
  std::unique_ptr<KafkaBroker> broker_;
  std::unique_ptr<UnitRunner> runner_;
};

}  // namespace vitrine
