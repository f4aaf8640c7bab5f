#pragma once
// Which engines there are and where they keep their logs: <log>/shop, <log>/audience and
// <log>/insight, or the topics of a Kafka cluster.
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
std::string insight_folder(const std::string& log);

struct KafkaHouseOptions {
  std::string address;      // kafka://HOST:PORT[,HOST:PORT…]
  std::string config_file;  // --kafka-config
  std::string copy;         // the folder of the gateway's copies
  std::string state;        // the folder of the topologies' state; may be empty
  std::string instance;     // the process's own name, kept over its restarts; may be empty
  bool gateway = true, topologies = true;
};

class TopologyProcess;  // an App of ours on Kafka

// All domains, opened and not started. Conflict when another process holds the log.
struct House {
  std::unique_ptr<App> shop_app;
  std::unique_ptr<App> audience_app;
  std::unique_ptr<App> insight_app;
  // What a gateway speaks to; none without that role.
  std::unique_ptr<Engine> shop;
  std::unique_ptr<Engine> audience;  // reads the shop's committed records
  std::unique_ptr<Engine> insight;   // reads those of both
  std::vector<std::unique_ptr<TopologyProcess>> topologies;  // on Kafka

  // Readers before what they read: the order to stop in, and to back up in (a reader may be behind
  // what it reads, never ahead).
  std::vector<Engine*> engines() const;
  std::vector<const App*> apps() const;  // what is read before its readers

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
