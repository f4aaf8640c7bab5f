#pragma once
// Reading partitions from their beginning, or a place in them, to where they end now, committed
// records only. What is open there is waited for, so that nothing that began before can follow.
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "streams/kafka/rd.h"
#include "streams/kafka/settings.h"

namespace vitrine::kafka {

using MessageVisitor = std::function<Result<void>(const rd_kafka_message_t* message)>;

// OutOfRange when a partition ends before that place.
Result<void> read_partitions(const KafkaSettings& settings, const std::string& topic,
                             const std::vector<std::uint32_t>& of, const MessageVisitor& visit,
                             const std::map<std::uint32_t, std::int64_t>& after = {});

}  // namespace vitrine::kafka
