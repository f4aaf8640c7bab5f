#pragma once
// The typed skin of an interval join: two ports that its sides' records come in by, and the
// function that makes something of a pair.
#include <type_traits>
#include <utility>

#include "streams/operators/join_buffer.h"
#include "streams/operators/join_kind.h"
#include "streams/operators/stateless_nodes.h"

namespace vitrine::nodes {

// f(left, right): references in an inner join; the right one a pointer in a left join, both in an
// outer join, null for a record without a partner.
template <class K, class A, class B, class U, class F, JoinKind kKind>
class IntervalJoin final : public Node, public JoinBuffer {
 public:
  using Left = A;
  using Right = B;
  IntervalJoin(JoinOptions options, F f, Wiring& wiring)
      : JoinBuffer(std::move(options), wiring),
        f_(std::move(f)),
        below_(wiring.below<K, U>()) {}

  template <Side kSide, class V>
  void take(const View<K>& key, const View<V>& value, const Moment& moment) {
    if (late(kSide, moment.timestamp)) return;
    key_.clear();
    Serde<K>::encode(key, key_);
    value_.clear();
    Serde<V>::encode(value, value_);
    const bool met = meet(kSide, key_, moment.timestamp, [&](BytesView bytes, Time at) {
      Moment both = moment;
      both.timestamp = std::max(at, moment.timestamp);
      if constexpr (kSide == Side::Left) {
        pair(key, value, decoded_as<B>(bytes), both);
      } else {
        pair(key, decoded_as<A>(bytes), value, both);
      }
    });
    keep(kSide, key_, value_, moment, met);
  }

 private:
  template <class V>
  static View<V> decoded_as(BytesView bytes) {
    View<V> view{};
    VT_CHECK(Serde<V>::decode(bytes, view));
    return view;
  }

  void pair(const View<K>& key, const View<A>& left, const View<B>& right, const Moment& moment) {
    if constexpr (kKind == JoinKind::Inner) {
      auto&& made = f_(left, right);
      below_.push(key, made, moment);
    } else if constexpr (kKind == JoinKind::Left) {
      const B owned = Serde<B>::own(right);
      auto&& made = f_(left, &owned);
      below_.push(key, made, moment);
    } else {
      const A owned_left = Serde<A>::own(left);
      const B owned = Serde<B>::own(right);
      tell(key, &owned_left, &owned, moment);
    }
  }

  void tell(const View<K>& key, const A* left, const B* right, const Moment& moment) {
    auto&& made = f_(left, right);
    below_.push(key, made, moment);
  }

  void alone(Side side, BytesView key_bytes, BytesView value, const Moment& moment) override {
    View<K> key{};
    VT_CHECK(Serde<K>::decode(key_bytes, key));
    if constexpr (kKind == JoinKind::Left) {
      auto&& made = f_(decoded_as<A>(value), static_cast<const B*>(nullptr));
      below_.push(key, made, moment);
    } else if constexpr (kKind == JoinKind::Outer) {
      if (side == Side::Left) {
        const A left = Serde<A>::own(decoded_as<A>(value));
        tell(key, &left, nullptr, moment);
      } else {
        const B right = Serde<B>::own(decoded_as<B>(value));
        tell(key, nullptr, &right, moment);
      }
    }
  }

  F f_;
  Below<K, U> below_;
  Bytes key_, value_;  // scratch
};

template <class J, class K, Side kSide>
class JoinPort final : public Sink<K, std::conditional_t<kSide == Side::Left, typename J::Left,
                                                         typename J::Right>> {
 public:
  using Join = J;
  using V = std::conditional_t<kSide == Side::Left, typename J::Left, typename J::Right>;
  explicit JoinPort(J& join) : join_(join) {}
  void push(const View<K>& key, const View<V>& value, const Moment& moment) override {
    join_.template take<kSide, V>(key, value, moment);
  }

 private:
  J& join_;
};

}  // namespace vitrine::nodes
