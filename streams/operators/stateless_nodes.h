#pragma once
// map, filter, flat_map, group_by, peek: nodes that remember nothing.
#include <type_traits>
#include <utility>

#include "streams/topology/node.h"
#include "vitrine/emit.h"

namespace vitrine::nodes {

// A user's function takes (value) or (key, value).
template <class F, class K, class V, class... More>
inline constexpr bool kTakesValue = std::is_invocable_v<F&, const View<V>&, More...>;
template <class F, class K, class V, class... More>
inline constexpr bool kTakesKeyValue =
    std::is_invocable_v<F&, const View<K>&, const View<V>&, More...>;
template <class F, class K, class V, class... More>
inline constexpr bool kTakes = kTakesValue<F, K, V, More...> || kTakesKeyValue<F, K, V, More...>;

template <class K, class V, class F, class... More>
decltype(auto) call(F& f, const View<K>& key, const View<V>& value, More&&... more) {
  if constexpr (kTakesValue<F, K, V, More...>) {
    return f(value, std::forward<More>(more)...);
  } else {
    return f(key, value, std::forward<More>(more)...);
  }
}

// The owned type of what a function returns: std::string for a view or a literal.
template <class R>
struct OwnedOf {
  using type = std::remove_cvref_t<R>;
};
template <class R>
  requires std::is_convertible_v<R, std::string_view>
struct OwnedOf<R> {
  using type = std::string;
};

template <class K, class V, class F, class... More>
using ResultOf = decltype(call<K, V>(std::declval<F&>(), std::declval<const View<K>&>(),
                                     std::declval<const View<V>&>(), std::declval<More>()...));
template <class K, class V, class F>
using OwnedResultOf = typename OwnedOf<ResultOf<K, V, F>>::type;

template <class K, class V, class U, class F>
class Map final : public Sink<K, V> {
 public:
  Map(F f, Below<K, U> below) : f_(std::move(f)), below_(std::move(below)) {}
  void push(const View<K>& key, const View<V>& value, const Moment& moment) override {
    auto&& made = call<K, V>(f_, key, value);
    below_.push(key, made, moment);
  }
  bool expects() const override { return below_.expects(); }
  void expect(const View<K>& key) override { below_.expect(key); }

 private:
  F f_;
  Below<K, U> below_;
};

template <class K, class V, class F>
class Filter final : public Sink<K, V> {
 public:
  Filter(F f, Below<K, V> below) : f_(std::move(f)), below_(std::move(below)) {}
  void push(const View<K>& key, const View<V>& value, const Moment& moment) override {
    if (call<K, V>(f_, key, value)) below_.push(key, value, moment);
  }
  bool expects() const override { return below_.expects(); }
  void expect(const View<K>& key) override { below_.expect(key); }

 private:
  F f_;
  Below<K, V> below_;
};

template <class K, class V, class F>
class Peek final : public Sink<K, V> {
 public:
  Peek(F f, Below<K, V> below) : f_(std::move(f)), below_(std::move(below)) {}
  void push(const View<K>& key, const View<V>& value, const Moment& moment) override {
    call<K, V>(f_, key, value);
    below_.push(key, value, moment);
  }
  bool expects() const override { return below_.expects(); }
  void expect(const View<K>& key) override { below_.expect(key); }

 private:
  F f_;
  Below<K, V> below_;
};

template <class K, class V, class U, class F>
class FlatMap final : public Sink<K, V> {
 public:
  FlatMap(F f, Below<K, U> below) : f_(std::move(f)), below_(std::move(below)) {}
  void push(const View<K>& key, const View<V>& value, const Moment& moment) override {
    struct Call {
      const Below<K, U>& below;
      const View<K>& key;
      const Moment& moment;
    } state{below_, key, moment};
    Emit<U> emit(&state, [](void* s, const View<U>& made) {
      const auto& to = *static_cast<Call*>(s);
      to.below.push(to.key, made, to.moment);
    });
    call<K, V>(f_, key, value, emit);
  }

 private:
  F f_;
  Below<K, U> below_;
};

template <class K, class V, class K2, class F>
class Rekey final : public Sink<K, V> {
 public:
  Rekey(F f, Below<K2, V> below) : f_(std::move(f)), below_(std::move(below)) {}
  void push(const View<K>& key, const View<V>& value, const Moment& moment) override {
    auto&& made = call<K, V>(f_, key, value);
    below_.push(made, value, moment);
  }

 private:
  F f_;
  Below<K2, V> below_;
};

}  // namespace vitrine::nodes
