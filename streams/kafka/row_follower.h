#pragma once
// KafkaRowFollower: the changelog's partitions of units that others own, committed rows only, on a
// consumer of its own. Unit k has partition k.
#include <map>
#include <memory>
#include <string>

#include "streams/broker/unit_broker.h"
#include "streams/kafka/consumer.h"
#include "streams/kafka/settings.h"

namespace vitrine::kafka {

class KafkaRowFollower final : public RowFollower {
 public:
  static Result<std::unique_ptr<RowFollower>> open(const KafkaSettings& settings,
                                                   const std::string& changelog);
  Result<void> add(Unit unit, BytesView after) override;
  Result<void> drop(Unit unit) override;
  Result<std::size_t> read(std::size_t rows_max, Duration at_most, const Visitor& visit) override;
  Bytes place(Unit unit) const override;

 private:
  KafkaRowFollower(std::string changelog, std::unique_ptr<Consumer> consumer)
      : changelog_(std::move(changelog)), consumer_(std::move(consumer)) {}
  const std::string changelog_;
  const std::unique_ptr<Consumer> consumer_;
  std::map<std::uint32_t, std::int64_t> next_;  // by partition
};

}  // namespace vitrine::kafka
