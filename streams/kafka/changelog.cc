#include "streams/kafka/changelog.h"

#include "streams/kafka/partition_reader.h"

namespace vitrine::kafka {

RowView row_of(const rd_kafka_message_t& message) {
  RowView row;
  row.row = {static_cast<const char*>(message.key), message.key_len};
  row.value = {static_cast<const char*>(message.payload), message.len};
  row.removed = message.payload == nullptr;
  return row;
}

Result<void> read_changelog(const KafkaSettings& settings, const std::string& topic,
                            const std::vector<std::uint32_t>& of, BytesView after,
                            const UnitBroker::RowVisitor& visit) {
  return read_partitions(settings, topic, of, [&](const rd_kafka_message_t* message) {
    return visit(row_of(*message));
  }, offsets_of_place(after));
}

std::map<std::uint32_t, std::int64_t> offsets_of_place(BytesView place) {
  std::map<std::uint32_t, std::int64_t> offsets;
  for (ByteReader in(place); in.ok() && !in.at_end();) {
    const auto partition = static_cast<std::uint32_t>(in.varint());
    offsets[partition] = static_cast<std::int64_t>(in.varint());
  }
  return offsets;
}

Bytes changelog_place(const std::map<std::uint32_t, std::int64_t>& offsets) {
  Bytes out;
  for (const auto& [partition, next] : offsets) {
    put_varint(out, partition);
    put_varint(out, static_cast<std::uint64_t>(next));
  }
  return out;
}

}  // namespace vitrine::kafka
