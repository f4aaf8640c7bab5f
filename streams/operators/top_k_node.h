#pragma once
// top_k: the k best of each key, kept in order.
#include <cstddef>
#include <functional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "streams/operators/stateless_nodes.h"
#include "streams/store/typed_store.h"
#include "streams/topology/graph.h"

namespace vitrine::nodes {

// Order: greater score first; of equal scores the smaller id, by its encoded bytes. No hash, no
// order of arrival.
template <class K, class V, class IdOf, class ScoreOf>
class TopKNode final : public Sink<K, V> {
 public:
  TopKNode(Store<K, std::vector<V>>& store, std::size_t k, std::size_t candidates, IdOf id,
           ScoreOf score, Below<K, std::vector<V>> below)
      : store_(store),
        k_(k),
        candidates_(candidates),
        id_(std::move(id)),
        score_(std::move(score)),
        below_(std::move(below)) {}

  void push(const View<K>& key, const View<V>& value, const Moment& moment) override {
    static const std::vector<V> kNone;
    const std::vector<V>* known = store_.find(key);
    const std::vector<V>& ranked = known == nullptr ? kNone : *known;
    const Rank rank = rank_of(value);
    std::size_t former = ranked.size();  // where this id stands
    std::size_t place = 0;               // where it will, counted without it
    for (std::size_t i = 0; i < ranked.size(); ++i) {
      const Rank other = rank_of(ranked[i]);
      if (other.id == rank.id) {
        former = i;
      } else if (other.before(rank)) {
        ++place;
      }
    }
    const bool was_there = former < ranked.size();
    if (place >= candidates_ && !was_there) return;
    std::vector<V>& all = store_.upsert(key);
    if (was_there) all.erase(all.begin() + static_cast<std::ptrdiff_t>(former));
    if (place < candidates_) {
      all.insert(all.begin() + static_cast<std::ptrdiff_t>(place), Serde<V>::own(value));
    }
    if (all.size() > candidates_) all.resize(candidates_);
    if (place < k_ || (was_there && former < k_)) emit(key, all, moment);
  }

 private:
  using Id = typename OwnedOf<std::invoke_result_t<IdOf&, const View<V>&>>::type;
  struct Rank {
    std::remove_cvref_t<std::invoke_result_t<ScoreOf&, const View<V>&>> score;
    Bytes id;
    bool before(const Rank& other) const {
      return score != other.score ? score > other.score : id < other.id;
    }
  };

  Rank rank_of(const View<V>& value) {
    Rank rank{std::invoke(score_, value), {}};
    if constexpr (std::is_floating_point_v<decltype(rank.score)>) {
      if (rank.score != rank.score) throw std::domain_error("top_k: the score is not a number");
    }
    Serde<Id>::encode(std::invoke(id_, value), rank.id);
    return rank;
  }

  void emit(const View<K>& key, const std::vector<V>& all, const Moment& moment) {
    if (all.size() <= k_) return below_.push(key, all, moment);
    const std::vector<V> best(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(k_));
    below_.push(key, best, moment);
  }

  Store<K, std::vector<V>>& store_;
  const std::size_t k_, candidates_;
  IdOf id_;
  ScoreOf score_;
  Below<K, std::vector<V>> below_;
};

}  // namespace vitrine::nodes
