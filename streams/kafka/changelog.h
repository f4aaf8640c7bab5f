#pragma once
// Changelog: the rows of state as a compacted topic. Key: the row (virtual partition, store, key),
// value: the value, none when it was removed; partition = virtual partition mod partitions.
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "streams/broker/unit_broker.h"
#include "streams/kafka/rd.h"
#include "streams/kafka/settings.h"

namespace vitrine::kafka {

RowView row_of(const rd_kafka_message_t& message);  // borrowed

// Every committed row of some partitions, as of a moment after the call began: waits for
// transactions that are open, so that nothing of an earlier owner can follow.
// `after`: offsets up to which they are known (changelog_place()), or nothing.
Result<void> read_changelog(const KafkaSettings& settings, const std::string& topic,
                            const std::vector<std::uint32_t>& of, BytesView after,
                            const UnitBroker::RowVisitor& visit);

Bytes changelog_place(const std::map<std::uint32_t, std::int64_t>& offsets);
std::map<std::uint32_t, std::int64_t> offsets_of_place(BytesView place);

}  // namespace vitrine::kafka
