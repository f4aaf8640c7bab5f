#include "streams/kafka/changelog.h"

#include "streams/kafka/partition_reader.h"

namespace vitrine::kafka {

Result<void> read_changelog(const KafkaSettings& settings, const std::string& topic,
                            const std::vector<std::uint32_t>& of,
                            const UnitBroker::RowVisitor& visit) {
  return read_partitions(settings, topic, of, [&](const rd_kafka_message_t* message) {
    RowView row;
    row.row = {static_cast<const char*>(message->key), message->key_len};
    row.value = {static_cast<const char*>(message->payload), message->len};
    row.removed = message->payload == nullptr;
    return visit(row);
  });
}

}  // namespace vitrine::kafka
