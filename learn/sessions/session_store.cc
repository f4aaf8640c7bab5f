#include "learn/sessions/session_store.h"

#include <algorithm>
#include <bit>

#include "base/result.h"

namespace vitrine::learn {

SessionStore::SessionStore(SessionBounds bounds) : bounds_(bounds) {
  VT_CHECK(bounds_.session_items_max >= 1 && bounds_.items_max >= bounds_.session_items_max &&
           bounds_.entries_max >= bounds_.session_items_max && bounds_.sessions_max >= 1);
  bounds_.sessions_max = std::bit_ceil(bounds_.sessions_max);
  bounds_.entries_max = std::bit_ceil(bounds_.entries_max);
  sessions_.resize(bounds_.sessions_max);
  entries_.resize(bounds_.entries_max);
  items_.resize(bounds_.items_max);
  table_.assign(std::bit_ceil(std::size_t{bounds_.items_max} * 2), kUnknown);
  free_.reserve(bounds_.items_max);
  for (std::uint32_t number = bounds_.items_max; number-- > 0;) free_.push_back(number);
}

std::size_t SessionStore::home(ItemId item) const {
  // Fibonacci hashing: neighbouring ids, which catalogues have, land far from each other.
  return (item * 0x9E3779B97F4A7C15ULL) >> (64 - std::countr_zero(table_.size()));
}

std::uint32_t SessionStore::number_of(ItemId item) const {
  for (std::size_t at = home(item);; at = (at + 1) & (table_.size() - 1)) {
    const std::uint32_t number = table_[at];
    if (number == kUnknown || items_[number].id == item) return number;
  }
}

std::uint32_t SessionStore::take_number(ItemId item) {
  if (const auto known = number_of(item); known != kUnknown) return known;
  const std::uint32_t number = free_.back();
  free_.pop_back();
  items_[number] = {item, kNone, 0};
  std::size_t at = home(item);
  while (table_[at] != kUnknown) at = (at + 1) & (table_.size() - 1);
  table_[at] = number;
  return number;
}

void SessionStore::give_back(std::uint32_t number) {
  const std::size_t mask = table_.size() - 1;
  std::size_t hole = home(items_[number].id);
  while (table_[hole] != number) hole = (hole + 1) & mask;
  // Whoever was pushed past the hole moves into it, so that no search ends there too early.
  for (std::size_t at = (hole + 1) & mask; table_[at] != kUnknown; at = (at + 1) & mask) {
    const std::size_t wanted = home(items_[table_[at]].id);
    if (((at - wanted) & mask) < ((at - hole) & mask)) continue;
    table_[hole] = table_[at];
    hole = at;
  }
  table_[hole] = kUnknown;
  free_.push_back(number);
}

void SessionStore::leave() {
  const Session leaving = session(oldest_++);
  for (Position at = leaving.begin; at < leaving.end; ++at) {
    const std::uint32_t number = entry(at).item;
    if (--items_[number].sessions == 0) give_back(number);
  }
  oldest_entry_ = leaving.end;
}

void SessionStore::insert(std::span<const ItemId> distinct) {
  VT_CHECK(!distinct.empty() && distinct.size() <= bounds_.session_items_max);
  // Room for all its items as if none were known, so that what leaves depends on the sessions kept
  // and on nothing else: a restored store then forgets as the one it was taken from.
  while (size() > 0 &&
         (size() >= bounds_.sessions_max ||
          end_entry_ - oldest_entry_ + distinct.size() > bounds_.entries_max ||
          free_.size() < distinct.size()))
    leave();
  const Position begin = end_entry_;
  for (const ItemId id : distinct) {
    const std::uint32_t number = take_number(id);
    Item& item = items_[number];
    entries_[end_entry_ & (entries_.size() - 1)] = {end_, item.newest, number};
    item.newest = end_entry_++;
    ++item.sessions;
  }
  sessions_[end_ & (sessions_.size() - 1)] = {begin, end_entry_};
  ++end_;
}

}  // namespace vitrine::learn
