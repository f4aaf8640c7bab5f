#include "streams/broker/last_updates.h"

#include <algorithm>
#include <cstring>
#include <functional>

namespace vitrine {
namespace {

constexpr std::size_t kSlots = 1'024;

}  // namespace

void LastUpdates::clear() {
  std::fill(slots_.begin(), slots_.end(), 0U);
  used_ = 0;
}

// Where the record's key stands, or would.
std::uint32_t& LastUpdates::slot_of(const WorkRecords& records, std::size_t of) {
  const BytesView key = records.record(of).key;
  const std::uint32_t topic = records.topic(of);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = std::hash<BytesView>{}(key) + topic;; ++at) {
    std::uint32_t& slot = slots_[at & mask];
    if (slot == 0) return slot;
    if (records.topic(slot - 1) == topic && records.record(slot - 1).key == key) return slot;
  }
}

void LastUpdates::grow(const WorkRecords& records) {
  const std::vector<std::uint32_t> known =
      std::exchange(slots_, std::vector<std::uint32_t>(std::max(kSlots, 2 * slots_.size())));
  for (const std::uint32_t one : known) {
    if (one != 0) slot_of(records, one - 1) = one;
  }
}

// What stays moves down over what does not. A value of the same size takes the old one's bytes, so
// that an epoch of many updates of few keys stays as small as those.
void LastUpdates::fold(WorkRecords& records, std::size_t from) {
  if (from == records.size()) return;
  std::size_t end = records.places_[from].offset;
  std::size_t stays = from;
  const auto move_to = [&](std::size_t index, const WorkRecords::Place& place,
                           std::size_t offset) {
    std::memmove(records.bytes_.data() + offset, records.bytes_.data() + place.offset,
                 place.bytes());
    records.places_[index] = place;
    records.places_[index].offset = offset;
  };
  for (std::size_t i = from; i < records.size(); ++i) {
    const WorkRecords::Place place = records.places_[i];
    std::uint32_t* slot = nullptr;
    if (topics_[place.topic] && place.correlation_bytes == 0) {
      if (2 * (used_ + 1) > slots_.size()) grow(records);
      slot = &slot_of(records, i);
    }
    if (slot == nullptr || *slot == 0) {
      if (slot != nullptr) *slot = static_cast<std::uint32_t>(stays + 1), ++used_;
      move_to(stays++, place, end);
      end += place.bytes();
      continue;
    }
    const WorkRecords::Place& old = records.places_[*slot - 1];
    const bool fits = old.bytes() == place.bytes();
    move_to(*slot - 1, place, fits ? old.offset : end);
    if (!fits) end += place.bytes();
  }
  records.places_.resize(stays);
  records.bytes_.resize(end);
}

}  // namespace vitrine
