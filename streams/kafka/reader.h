#pragma once
// Reads what is committed in a topic, without an App: for tools and tests. Threads: one.
#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "streams/kafka/settings.h"
#include "streams/log/record.h"

namespace vitrine {

// Borrowed for the length of the call.
using KafkaVisitor =
    std::function<void(std::uint32_t partition, std::int64_t offset, const RecordView& record)>;

// Every committed record of the topic, up to where it ends as the call begins; waits for
// transactions that are open there. Order: that of each partition.
Result<void> read_topic(const KafkaSettings& settings, const std::string& name,
                        const KafkaVisitor& visit);

}  // namespace vitrine
