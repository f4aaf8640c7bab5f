#pragma once
// Where Kafka is and how to talk to it: the address from --log kafka://HOST:PORT[,HOST:PORT…], and
// what a settings file adds, one `name=value` a line, as librdkafka names them (security.protocol,
// sasl.username, ssl.ca.location, …). Secrets stand in the file, never in arguments: --kafka-config
// FILE or VITRINE_KAFKA_CONFIG name it.
//
// Names that begin with "vitrine." are ours: vitrine.replication.factor (of topics we create), and
// vitrine.prefix: it stands before the name of every topic, group and transactional id, so that
// several houses share one cluster, each with rights to what begins with its prefix.
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vitrine {

inline constexpr std::string_view kKafkaScheme = "kafka://";

struct KafkaSettings {
  std::string brokers;  // "host:port,…"
  std::map<std::string, std::string> more;
  int replication_factor = -1;  // -1: the brokers' default
  std::string prefix;

  static Result<KafkaSettings> from(const std::string& address, std::string config_file);
};

}  // namespace vitrine
