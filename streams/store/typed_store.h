#pragma once
// Store<K, V>: the typed skin over CachedStore. V needs a default value and must be copyable (undo
// keeps a copy of a value the first time a record changes it); alignment up to 16 bytes.
//
// find() and upsert() return places inside the cache: valid until the next record begins. Keys are
// passed as Serde<K>::View (string_view for strings); nothing is allocated to look one up.
#include <concepts>
#include <exception>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "streams/store/cached_store.h"
#include "vitrine/serde.h"

namespace vitrine {

template <class K, class V>
class Store final : public CachedStore {
  static_assert(Serdeable<K> && Serdeable<V>, "vitrine: Store<K, V>: both types need a Serde");
  static_assert(std::default_initializable<V> && std::copyable<V> && alignof(V) <= 16);

 public:
  using KeyView = typename Serde<K>::View;

  Store(StoreSet& set, std::string name)
      : CachedStore(set, std::move(name), types_text(Serde<K>::name, Serde<V>::name), sizeof(V),
                    alignof(V)) {}
  ~Store() override { destroy_all(); }

  const V* find(const KeyView& key) {
    const Slot slot = look_up(bytes_of(key));
    return slot != EntryTable::kNone && entry(slot).present ? &typed(slot) : nullptr;
  }
  bool contains(const KeyView& key) { return find(key) != nullptr; }
  // Will be asked for soon, after a few others. Changes nothing but how fast it is found then.
  void expect(const KeyView& key) { expect_key(bytes_of(key)); }

  // The value to change; `init` when the key has none. Marks it changed even when it is then left
  // as it was.
  V& upsert(const KeyView& key) {
    return upsert_with(key, [] { return V{}; });
  }
  V& upsert(const KeyView& key, const V& init) {
    return upsert_with(key, [&] { return init; });
  }
  // The same; `fresh` says whether the key had none.
  V& upsert(const KeyView& key, const V& init, bool& fresh) {
    fresh = false;
    return upsert_with(key, [&] {
      fresh = true;
      return init;
    });
  }

  void put(const KeyView& key, V value) {
    const Slot slot = change(bytes_of(key));
    typed(slot) = std::move(value);
    entry(slot).present = true;
  }

  // Nothing happens when the key has no value.
  void erase(const KeyView& key) {
    if (find(key) == nullptr) return;
    const Slot slot = change(bytes_of(key));
    typed(slot) = V{};
    entry(slot).present = false;
  }

  // Every live pair in the order of the encoded keys: visit(KeyView, const V&). Reads all of the
  // store: for restoring indexes, not for records.
  template <class Visit>
  void for_each(Visit&& visit) const {
    scan([&](BytesView key, BytesView bytes) {
      KeyView key_view{};
      V value{};
      VT_CHECK(Serde<K>::decode(key, key_view) && decode_value(bytes, &value));
      visit(key_view, static_cast<const V&>(value));
    });
  }

 private:
  template <class Make>
  V& upsert_with(const KeyView& key, Make&& make) {
    const Slot slot = change(bytes_of(key));
    if (!entry(slot).present) {
      typed(slot) = make();
      entry(slot).present = true;
    }
    return typed(slot);
  }

  V& typed(Slot slot) const { return *static_cast<V*>(value(slot)); }

  BytesView bytes_of(const KeyView& key) {
    if constexpr (std::same_as<K, std::string>) {
      return key;  // a string's bytes are itself
    } else {
      key_scratch_.clear();
      Serde<K>::encode(key, key_scratch_);
      return key_scratch_;
    }
  }

  void construct(void* at) const override { new (at) V{}; }
  void destroy(void* at) const override { static_cast<V*>(at)->~V(); }
  // Upgrades what an older program wrote. That may not fail: a value would be lost.
  bool decode_value(BytesView bytes, void* at) const override {
    try {
      typename Serde<V>::View view{};
      if (!Serde<V>::decode(bytes, view)) return false;
      *static_cast<V*>(at) = Serde<V>::own(view);
      return true;
    } catch (const std::exception& error) {
      VT_CHECK_MSG(false, "state store " + name() + ": upgrade_from threw: " + error.what());
    }
    return false;
  }
  void encode_value(const void* at, Bytes& out) const override {
    Serde<V>::encode(*static_cast<const V*>(at), out);
  }
  void save(const void* at) override { saved_.push_back(*static_cast<const V*>(at)); }
  void put_back(std::size_t image, void* at) override { *static_cast<V*>(at) = saved_[image]; }
  void forget_saved() override { saved_.clear(); }

  // std::vector<bool> is no container of bools.
  std::vector<std::conditional_t<std::same_as<V, bool>, char, V>> saved_;
  Bytes key_scratch_;
};

template <class K, class V>
Store<K, V>& StoreSet::keyed(std::string_view name, RowHome home) {
  using Wanted = Store<K, V>;
  if (CachedStore* const found = known(name, Serde<K>::name, Serde<V>::name))
    return static_cast<Wanted&>(*found);
  auto& made = static_cast<Wanted&>(
      add(std::unique_ptr<CachedStore>(new Wanted(*this, std::string(name)))));
  if (home == RowHome::Scope) {
    made.live_by(home_of_scope);
  } else if constexpr (requires { Serde<K>::home_below_windows; }) {
    if (below_windows_) made.live_by(Serde<K>::home_below_windows);
  } else if constexpr (requires { Serde<K>::home; }) {
    made.live_by(Serde<K>::home);
  }
  return made;
}

}  // namespace vitrine
