#include "streams/kafka/row_follower.h"

#include <utility>

#include "streams/kafka/changelog.h"
#include "streams/kafka/kafka_topics.h"

namespace vitrine::kafka {

Result<std::unique_ptr<RowFollower>> KafkaRowFollower::open(const KafkaSettings& settings,
                                                            const std::string& changelog) {
  VT_TRY(auto consumer, Consumer::open(settings, changelog + ".follower", {}));
  return std::unique_ptr<RowFollower>(new KafkaRowFollower(changelog, std::move(consumer)));
}

Result<void> KafkaRowFollower::add(Unit unit, BytesView after) {
  const std::uint32_t partition = unit.value();
  const auto offsets = offsets_of_place(after);
  const auto known = offsets.find(partition);
  std::int64_t first = 0;
  VT_TRY(const std::int64_t end, consumer_->end_of({changelog_, partition}, &first));
  const std::int64_t from = known == offsets.end() ? first : known->second;
  if (from < first || from > end) {
    return fail(Code::OutOfRange, "follow " + changelog_ + "/" + std::to_string(partition) +
                                      " from offset " + std::to_string(from) + ": it goes from " +
                                      std::to_string(first) + " to " + std::to_string(end));
  }
  next_[partition] = from;
  return consumer_->add({{changelog_, partition, from}});
}

Result<void> KafkaRowFollower::drop(Unit unit) {
  next_.erase(unit.value());
  return consumer_->drop({{changelog_, unit.value()}});
}

Result<std::size_t> KafkaRowFollower::read(std::size_t rows_max, Duration at_most,
                                           const Visitor& visit) {
  std::size_t count = 0;
  for (const rd_kafka_message_t* message :
       consumer_->fetch(rows_max, static_cast<int>(at_most.count()))) {
    const auto partition = static_cast<std::uint32_t>(message->partition);
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      const auto next = next_.find(partition);
      if (next == next_.end()) continue;  // dropped meanwhile
      VT_TRY_VOID(visit(Unit{partition}, row_of(*message)));
      next->second = message->offset + 1;
      ++count;
    } else if (!may_pass(message->err) && !is_about_group(*message)) {
      return refuse("follow " + changelog_, message->err, rd_kafka_message_errstr(message),
                    {"Read", "topic " + changelog_});
    }
  }
  return count;
}

Bytes KafkaRowFollower::place(Unit unit) const {
  return changelog_place({{unit.value(), next_.at(unit.value())}});
}

}  // namespace vitrine::kafka
