#pragma once
// What remains of an input record whose processing threw: everything needed to look at it and to
// send it again.
//
// It goes to "<topic>.dlq" under the record's own key, in the same commit as the position that
// passed the record.
#include <cstdint>
#include <string>
#include <tuple>

#include "base/bytes.h"
#include "vitrine/serde.h"

namespace vitrine {

struct DeadLetter {
  static constexpr std::string_view serde_name = "dead-letter:1";
  std::string topic;  // where the record stood, or the store whose timer fired
  std::uint32_t partition = 0;
  std::uint64_t position = 0;  // 0 for a timer
  std::string cause;           // what() of the exception
  Bytes key;
  Bytes value;
  auto fields() { return std::tie(topic, partition, position, cause, key, value); }
  friend bool operator==(const DeadLetter&, const DeadLetter&) = default;
};

inline constexpr std::string_view kDeadLetterSuffix = ".dlq";
inline std::string dead_letter_topic(const std::string& topic) {
  return topic + std::string(kDeadLetterSuffix);
}

}  // namespace vitrine
