#include "streams/topology/alarms.h"

namespace vitrine {

void Alarms::add(Alarm alarm) {
  auto [place, added] = alarms_.insert(std::move(alarm));
  if (added) changes_.push_back({*place, true});
}

void Alarms::remove(const Alarm& alarm) {
  Alarm copy = alarm;  // the caller may hold a reference into the set
  if (alarms_.erase(copy) > 0) changes_.push_back({std::move(copy), false});
}

void Alarms::clear() {
  alarms_.clear();
  changes_.clear();
}

void Alarms::undo() {
  for (auto change = changes_.rbegin(); change != changes_.rend(); ++change) {
    if (change->added) {
      alarms_.erase(change->alarm);
    } else {
      alarms_.insert(std::move(change->alarm));
    }
  }
  changes_.clear();
}

}  // namespace vitrine
