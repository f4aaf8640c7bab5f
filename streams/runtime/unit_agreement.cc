#include "streams/runtime/unit_agreement.h"

#include <algorithm>

namespace vitrine {

std::string differences(const TopicTable& topics, const std::vector<InputPosition>& rows,
                        const std::vector<InputPosition>& committed) {
  constexpr std::size_t kSaidMax = 4;
  std::string out;
  std::size_t count = 0;
  for (const InputPosition& one : committed) {
    const auto row = std::find_if(rows.begin(), rows.end(), [&](const InputPosition& other) {
      return other.topic == one.topic && other.partition == one.partition;
    });
    if (row != rows.end() && row->next == one.next) continue;
    if (++count > kSaidMax) continue;
    out += (out.empty() ? "" : ", ") + topics.info(one.topic).name + "/" +
           std::to_string(one.partition) + " is consumed " +
           (row == rows.end() ? "not at all" : "up to " + std::to_string(row->next)) +
           " by the state, up to " + std::to_string(one.next) + " by the offsets";
  }
  if (count > kSaidMax) out += ", and " + std::to_string(count - kSaidMax) + " more partitions";
  return out;
}

}  // namespace vitrine
