#pragma once
// branch and merge: where streams part and come together. They remember nothing.
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

#include "streams/operators/stateless_nodes.h"

namespace vitrine {

// The way of all records that no predicate before it wanted: vitrine/branch.h.
struct Otherwise {};

namespace nodes {

// Each record goes to the way of the first predicate that says true, and nowhere when none does.
template <class K, class V, class... F>
class Branch final : public Sink<K, V> {
 public:
  Branch(std::tuple<F...> predicates, Below<K, V> ways)
      : predicates_(std::move(predicates)), ways_(std::move(ways)) {}
  void push(const View<K>& key, const View<V>& value, const Moment& moment) override {
    std::size_t way = 0;
    const bool wanted = std::apply(
        [&](F&... f) { return ((wants(f, key, value) || (++way, false)) || ...); }, predicates_);
    if (wanted) ways_.push_to(way, key, value, moment);
  }

 private:
  template <class G>
  static bool wants(G& f, const View<K>& key, const View<V>& value) {
    if constexpr (std::is_same_v<G, Otherwise>) {
      return true;
    } else {
      return call<K, V>(f, key, value);
    }
  }
  std::tuple<F...> predicates_;
  Below<K, V> ways_;
};

// Passes everything on: one way of a branch, or the place where merged streams meet.
template <class K, class V>
class Pass final : public Sink<K, V> {
 public:
  explicit Pass(Below<K, V> below) : below_(std::move(below)) {}
  void push(const View<K>& key, const View<V>& value, const Moment& moment) override {
    below_.push(key, value, moment);
  }

 private:
  Below<K, V> below_;
};

}  // namespace nodes
}  // namespace vitrine
