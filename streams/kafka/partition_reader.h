#pragma once
// Reading partitions from their beginning to where they end now, committed records only. What is
// open there is waited for, so that nothing that began before can follow.
#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "streams/kafka/rd.h"
#include "streams/kafka/settings.h"

namespace vitrine::kafka {

using MessageVisitor = std::function<Result<void>(const rd_kafka_message_t* message)>;

// `ends`: by partition, with the records of open transactions.
Result<void> read_partitions(const KafkaSettings& settings, const std::string& topic,
                             std::map<std::uint32_t, std::int64_t> ends,
                             const MessageVisitor& visit);
// As far as it goes when the call begins.
Result<void> read_partition(const KafkaSettings& settings, const std::string& topic,
                            std::uint32_t partition, const MessageVisitor& visit);

}  // namespace vitrine::kafka
