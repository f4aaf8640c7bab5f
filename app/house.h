#pragma once
// Which engines there are and where they keep their logs: <log>/shop and <log>/audience, or the
// topics of a Kafka cluster.
//
// On Kafka the house comes in two roles, in one process or in several. Topologies run the Apps: the
// more processes, the more share the partitions. A gateway has a copy of the Apps' topics
// (streams/runtime/mirror_engine.h) and appends to them.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "vitrine/app.h"
#include "vitrine/engine.h"

namespace vitrine {

std::string shop_folder(const std::string& log);
std::string audience_folder(const std::string& log);

struct KafkaHouseOptions {
  std::string address;      // kafka://HOST:PORT[,HOST:PORT…]
  std::string config_file;  // --kafka-config
  std::string copy;         // the folder of the gateway's copies
  std::string instance;     // the process's own name, kept over its restarts; may be empty
  bool gateway = true, topologies = true;
};

class TopologyProcess;  // an App of ours on Kafka

// Both domains, opened and not started. Conflict when another process holds the log.
struct House {
  std::unique_ptr<App> shop_app;
  std::unique_ptr<App> audience_app;
  // What a gateway speaks to; none without that role.
  std::unique_ptr<Engine> shop;
  std::unique_ptr<Engine> audience;  // reads the shop's committed records: stops first
  std::vector<std::unique_ptr<TopologyProcess>> topologies;  // on Kafka

  House();
  House(House&&) noexcept;
  House& operator=(House&&) noexcept;
  ~House();

  static Result<House> open(Env& env, const std::string& log);
  static Result<House> open_on_kafka(Env& env, const KafkaHouseOptions& options);
  // `on_end`: a topology has ended by itself, stop() says why; called on a thread of its own,
  // must only wake somebody. Embedded ones never do.
  Result<void> start(std::function<void()> on_end = {});
  // The error that had ended a topology, if any.
  Result<void> stop();
};

}  // namespace vitrine
