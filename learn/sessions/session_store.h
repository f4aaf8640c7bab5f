#pragma once
// The latest finished sessions, in flat rings of fixed size: which items a session had, and which
// sessions had an item, newest first. The oldest sessions leave when one of the bounds is reached.
//
// A session is its distinct items, ordered by their latest occurrence. Entry e of a session lies
// at e & mask in one ring of entries; the entries of an item are chained from the newest one to
// older ones. A chain needs no cleaning when a session leaves: what lies before the oldest entry
// has left too.
//
// Cost: insertion is linear in the session's items, and so is leaving.
#include <cstdint>
#include <span>
#include <vector>

namespace vitrine::learn {

using ItemId = std::uint64_t;

struct SessionBounds {
  std::uint32_t sessions_max = 1U << 17U;  // both are rounded up to a power of two
  std::uint32_t entries_max = 1U << 19U;
  std::uint32_t items_max = 1U << 17U;
  std::uint32_t session_items_max = 30;  // of a longer session the latest ones are kept
};

class SessionStore {
 public:
  // Positions in the rings count up for ever; sessions before oldest() have left.
  using Position = std::uint64_t;
  static constexpr Position kNone = ~Position{0};
  static constexpr std::uint32_t kUnknown = ~std::uint32_t{0};

  struct Entry {
    Position session;
    Position older;      // the next older entry of the same item, or kNone
    std::uint32_t item;  // its number here, see number_of()
  };
  struct Session {
    Position begin, end;  // its entries
  };

  explicit SessionStore(SessionBounds bounds);

  // `distinct` are items without a repetition, oldest first, at least one and at most
  // session_items_max.
  void insert(std::span<const ItemId> distinct);

  // Items have numbers below items_max as long as a session has them; kUnknown else.
  std::uint32_t number_of(ItemId item) const;
  ItemId id_of(std::uint32_t number) const { return items_[number].id; }
  std::uint32_t sessions_with(std::uint32_t number) const { return items_[number].sessions; }
  // The newest entry of an item; go on with Entry::older while it is alive().
  Position newest(std::uint32_t number) const { return items_[number].newest; }
  bool alive(Position entry) const { return entry != kNone && entry >= oldest_entry_; }

  const Entry& entry(Position at) const { return entries_[at & (entries_.size() - 1)]; }
  const Session& session(Position at) const { return sessions_[at & (sessions_.size() - 1)]; }
  std::size_t slot_of(Position session) const { return session & (sessions_.size() - 1); }
  Position oldest() const { return oldest_; }
  Position end() const { return end_; }
  std::uint64_t size() const { return end_ - oldest_; }

  // After the rounding.
  const SessionBounds& bounds() const { return bounds_; }

 private:
  struct Item {
    ItemId id = 0;
    Position newest = kNone;
    std::uint32_t sessions = 0;  // 0: this number is free
  };
  void leave();
  std::uint32_t take_number(ItemId item);
  void give_back(std::uint32_t number);
  std::size_t home(ItemId item) const;

  SessionBounds bounds_;
  std::vector<Session> sessions_;
  std::vector<Entry> entries_;
  std::vector<Item> items_;           // by number
  std::vector<std::uint32_t> free_;   // numbers that are free
  std::vector<std::uint32_t> table_;  // open addressing: number, or kUnknown
  Position oldest_ = 0, end_ = 0, oldest_entry_ = 0, end_entry_ = 0;
};

}  // namespace vitrine::learn
