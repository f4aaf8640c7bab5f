#pragma once
// Making clients: what all of them are told, and which role adds what.
#include <string>
#include <utility>
#include <vector>

#include "streams/kafka/rd.h"
#include "streams/kafka/settings.h"

namespace vitrine::kafka {

using Settings = std::vector<std::pair<std::string, std::string>>;

// The users' settings come over what all clients have and what is usual in this role, and what is
// fixed over all: what exactly once stands on cannot be set otherwise.
Result<Conf> conf_of(const KafkaSettings& settings, const Settings& usual, const Settings& fixed);

// What librdkafka says, as a line of our log; the log callback of all clients.
void log_line(const rd_kafka_t* client, int level, const char* facility, const char* text);

Result<Handle> make_client(rd_kafka_type_t type, Conf conf, const std::string& doing);

}  // namespace vitrine::kafka
