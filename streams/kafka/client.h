#pragma once
// Making clients: what all of them are told, and which role adds what.
#include <string>
#include <utility>
#include <vector>

#include "streams/kafka/rd.h"
#include "streams/kafka/settings.h"

namespace vitrine::kafka {

using Settings = std::vector<std::pair<std::string, std::string>>;

// The users' settings come over what all clients have, and the role's over both: what exactly once
// stands on cannot be set otherwise.
Result<Conf> conf_of(const KafkaSettings& settings, const Settings& role);

// `opaque` reaches the callbacks that `conf` names.
Result<Handle> make_client(rd_kafka_type_t type, Conf conf, const std::string& doing);

}  // namespace vitrine::kafka
