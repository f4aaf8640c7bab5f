#pragma once
// A window that has not yet said when it emits and where late records go. It has no other way on.
// Included by vitrine/grouped.h.
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "streams/operators/hopping_node.h"
#include "streams/operators/session_node.h"
#include "streams/operators/sliding_node.h"
#include "streams/operators/window_node.h"
#include "vitrine/stream.h"

namespace vitrine {

template <class K, class V, class A>
class WindowStage {
 public:
  using Make = std::function<std::unique_ptr<Node>(const nodes::WindowOptions&, Wiring&)>;
  WindowStage(detail::Place at, nodes::WindowOptions options, std::vector<StateSpec> states,
              Make make)
      : at_(at), options_(std::move(options)), states_(std::move(states)), make_(std::move(make)) {}

  // `late` is a Topic of the grouped stream's key and value, or drop_late.
  template <class Late>
  Stream<Windowed<K>, A> emit(OnClose, const Late& late) const {
    return emitting(nodes::EmitMode::OnClose, {}, late);
  }
  // A session's update goes out under its window as it is by then; see window.h.
  template <class Late>
  Stream<Windowed<K>, A> emit(EachUpdate, const Late& late) const {
    return emitting(nodes::EmitMode::EachUpdate, {}, late);
  }
  Stream<Windowed<K>, A> emit(EachUpdate mode) const { return emit(mode, drop_late); }
  template <class Late>
  Stream<Windowed<K>, A> emit(Every mode, const Late& late) const {
    return emitting(nodes::EmitMode::Every, mode.interval, late);
  }
  Stream<Windowed<K>, A> emit(Every mode) const { return emit(mode, drop_late); }

  template <class Mode>
    requires std::is_same_v<Mode, OnClose>
  auto emit(Mode) const {
    static_assert(
        detail::kNever<Mode>,
        "vitrine: emit(on_close, late): say where late records go: a Topic, or drop_late");
    return detail::AlreadyReported{};
  }
  template <class T>
  void to(const T&) const {
    static_assert(detail::kNever<T>,
                  "vitrine: window(…).to(topic): say first when the window emits: .emit(on_close, "
                  "late_topic) or "
                  ".emit(each_update)");
  }

 private:
  Stream<Windowed<K>, A> emitting(nodes::EmitMode mode, Duration interval, DropLate) const {
    return made(mode, interval, options_, "late dropped", {});
  }
  template <class K2, class V2>
  Stream<Windowed<K>, A> emitting(nodes::EmitMode mode, Duration interval,
                                  const Topic<K2, V2>& late) const {
    static_assert(std::is_same_v<K, K2> && std::is_same_v<V, V2>,
                  "vitrine: emit(…, late_topic): the late topic carries the grouped stream's key "
                  "and value types");
    auto options = options_;
    options.late_topic = detail::add_topic(at_.graph, late);
    return made(mode, interval, std::move(options), "late to " + late.name(),
                {*options.late_topic});
  }
  Stream<Windowed<K>, A> made(nodes::EmitMode mode, Duration interval, nodes::WindowOptions options,
                              const std::string& late, std::vector<std::size_t> writes) const {
    options.mode = mode;
    options.interval = interval;
    NodeSpec spec = detail::window_spec(at_.graph, options, late);
    spec.states.insert(spec.states.begin(), states_.begin(), states_.end());
    spec.writes.insert(spec.writes.begin(), writes.begin(), writes.end());
    return at_.template add<Windowed<K>, A>(
        std::move(spec), [options, make = make_](Wiring& w) { return make(options, w); });
  }

  detail::Place at_;
  nodes::WindowOptions options_;
  std::vector<StateSpec> states_;
  Make make_;
};

namespace detail {

// Merges a later part of a window into an earlier one.
template <class M, class A>
inline constexpr bool kMerger = std::is_invocable_v<M&, A&, const A&>;

template <class K, class V, class A, class F>
WindowStage<K, V, A> window_stage(const Place& at, const std::string& name, const Tumbling& window,
                                  A init, F f) {
  using Shape = nodes::WindowShape;
  return {at.template by_key<K, V>(name),
          {name, Shape{Shape::Kind::Tumbling, window.size, {}, window.grace}, {}, {}, {}},
          {state_of<Windowed<K>, A>(name)},
          [init, f](const nodes::WindowOptions& options, Wiring& w) {
            return make_node<nodes::TumblingWindow<K, V, A, F>>(options, init, f, w);
          }};
}

template <class K, class V, class A, class F, class M>
WindowStage<K, V, A> window_stage(const Place& at, const std::string& name, const Hopping& window,
                                  A init, F f, M merge) {
  using Shape = nodes::WindowShape;
  return {at.template by_key<K, V>(name),
          {name,
           Shape{Shape::Kind::Hopping, window.size, window.advance, window.grace},
           {},
           {},
           {}},
          {state_of<Windowed<K>, A>(name), state_of<K, nodes::HoppingKey<A>>(nodes::keys_of(name)),
           state_of<K, std::vector<nodes::SumBefore<A>>>(nodes::sums_of(name))},
          [init, f, merge](const nodes::WindowOptions& options, Wiring& w) {
            return make_node<nodes::HoppingWindow<K, V, A, F, M>>(options, init, f, merge,
                                                                  w);
          }};
}

template <class K, class V, class A, class F, class M>
WindowStage<K, V, A> window_stage(const Place& at, const std::string& name, const Session& window,
                                  A init, F f, M merge) {
  using Shape = nodes::WindowShape;
  return {at.template by_key<K, V>(name),
          {name, Shape{Shape::Kind::Session, window.gap, {}, window.grace}, {}, {}, {}},
          {state_of<K, std::vector<nodes::OpenSession<A>>>(name)},
          [init, f, merge](const nodes::WindowOptions& options, Wiring& w) {
            return make_node<nodes::SessionWindow<K, V, A, F, M>>(options, init, f, merge,
                                                                  w);
          }};
}

template <class K, class V, class A, class F, class M>
WindowStage<K, V, A> window_stage(const Place& at, const std::string& name, const Sliding& window,
                                  A init, F f, M merge) {
  using Shape = nodes::WindowShape;
  return {at.template by_key<K, V>(name),
          {name, Shape{Shape::Kind::Sliding, window.size, {}, window.grace}, {}, {}, {}},
          {state_of<ScopedRow, nodes::SlidingPart<A>>(name),
           state_of<K, nodes::SlidingKey>(nodes::keys_of(name))},
          [init, f, merge](const nodes::WindowOptions& options, Wiring& w) {
            return make_node<nodes::SlidingWindow<K, V, A, F, M>>(options, init, f, merge,
                                                                  w);
          }};
}

}  // namespace detail
}  // namespace vitrine
