#pragma once
// CachedStore: everything a Store<K, V> does that does not need its types: loading, undo marks,
// deltas, eviction, checkpoints.
//
// An entry's life: loaded or made -> pending (changed in the epoch being built) -> drained (its
// epoch is on the way to disk)
// -> committed, unflushed -> written to the backend by eviction or a checkpoint -> may be dropped.
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "streams/store/entry_table.h"
#include "streams/store/store.h"

namespace vitrine {

class CachedStore : public AnyStore {
 public:
  ~CachedStore() override;

  const std::string& name() const final { return name_; }
  const std::string& written_name() const { return written_name_; }  // row_home.h
  std::uint32_t home_of(BytesView key) const { return home_of_(key); }
  HomeOf home() const { return home_of_; }
  void live_by(HomeOf by) { home_of_ = by; }
  const std::string& types() const { return types_; }  // "key|value" serde names
  static std::string types_text(std::string_view key, std::string_view value);
  void begin_record() final;
  void undo_record() final;
  void drain(Epoch epoch, const std::function<void(BytesView, BytesView, bool)>& visit) final;
  void committed(Epoch epoch) final { committed_ = epoch; }
  void restore(BytesView key, BytesView value, bool removed) final;
  void scan(const std::function<void(BytesView key, BytesView value)>& visit) const final;
  bool get(BytesView key, Bytes& value) const final;
  bool newer_rows(SmallestRows& out) const final;
  bool settled(BytesView key) const final;
  bool changed() const { return !pending_.empty(); }
  ByteCount bytes() const final { return bytes_; }
  std::size_t cached_entries() const { return table_.size(); }
  std::uint64_t misses() const { return misses_; }
  std::uint64_t hits() const { return hits_; }

  // The key will be looked up soon, after a few others: its entry is fetched into the cache.
  void expect_key(BytesView key) { table_.expect(hash_of_key(key)); }
  void put_row(BytesView key, BytesView value) final;
  void erase_row(BytesView key) final;

  // For StoreSet. Each walks on from where it stopped, and appends what the backend must be told to
  // `rows`.
  struct Victims {
    std::vector<Slot> slots;
    RowBatch rows;
  };
  // False when the clock came round.
  bool pick_victims(std::size_t victims_max, ByteCount bytes_max, Victims& victims);
  void evict(const Victims& victims);
  struct Picked {
    Slot slot;
    Epoch changed;  // as it was then
  };
  struct Pick {  // what one call may take
    std::size_t rows_max;
    ByteCount bytes_max;  // of all rows, those of former calls included
    bool all_settled;
  };
  enum class Left { More, Unsettled, Nothing };
  Left pick_unflushed(const Pick& pick, RowBatch& rows, std::vector<Picked>& picked);
  // What was picked has been written, or could not be. What changed since stays unflushed.
  void end_slice(std::span<const Picked> picked, bool written);
  void begin_walk();

 protected:
  CachedStore(StoreSet& set, std::string name, std::string types, std::size_t value_bytes,
              std::size_t value_alignment);
  void destroy_all();  // for the destructor of the typed store

  // The slot of a key: from the cache, else loaded; kNone when there is no such key anywhere.
  Slot look_up(BytesView key);
  // The slot to change now: marked pending, its former value kept for undo. Made (absent) when the
  // key is new.
  Slot change(BytesView key);
  Entry& entry(Slot slot) const { return table_.entry(slot); }
  void* value(Slot slot) const { return table_.value(slot); }

  virtual void construct(void* value) const = 0;
  virtual void destroy(void* value) const = 0;
  virtual bool decode_value(BytesView bytes, void* value) const = 0;
  virtual void encode_value(const void* value, Bytes& out) const = 0;
  virtual void save(const void* value) = 0;  // pushes an undo image
  virtual void put_back(std::size_t image, void* value) = 0;
  virtual void forget_saved() = 0;

 private:
  struct UndoMark {
    Slot slot;
    bool present;
    bool pending;
  };
  Bytes backend_key(BytesView key) const;
  void check_ours(BytesView key) const;
  bool ours(BytesView key) const {
    return everything_ours_ || set_.place_.owns(home_of_(key));
  }
  Slot load(BytesView key, std::uint64_t hash);
  Slot insert(BytesView key, std::uint64_t hash);
  void resize_value(Entry& entry, ByteCount value_bytes);
  ByteCount cost_of(const Entry& entry) const;
  void add_row(Slot slot, RowBatch& rows) const;
  bool pick_one(Slot slot, bool all_settled, RowBatch& rows, std::vector<Picked>& picked);
  bool is_settled(const Entry& entry) const;

  StoreSet& set_;
  const std::string name_;
  const std::string written_name_;
  const std::string types_;
  const bool everything_ours_;  // a lone shard's, or a store of which every shard has its own
  HomeOf home_of_ = virtual_partition;
  EntryTable table_;
  ByteCount bytes_ = 0;
  Epoch committed_;
  std::vector<Slot> pending_;  // in order of first change
  std::size_t pending_before_record_ = 0;
  std::vector<UndoMark> undo_;
  Slot clock_ = 0;
  Slot walk_ = 0;
  std::deque<Slot> passed_over_;  // by the walk: their last change was on its way to disk
  std::uint64_t misses_ = 0;
  std::uint64_t hits_ = 0;
  Bytes scratch_;
};

}  // namespace vitrine
