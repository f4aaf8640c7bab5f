#pragma once
// Emit<T>: what a flat_map calls for every value it makes. Borrowed for the length of the call.
#include "vitrine/serde.h"

namespace vitrine {

template <class T>
class Emit {
 public:
  using Call = void (*)(void* state, const View<T>& value);
  Emit(void* state, Call call) : state_(state), call_(call) {}
  void operator()(const View<T>& value) { call_(state_, value); }

 private:
  void* state_;
  Call call_;
};

}  // namespace vitrine
