#pragma once
// Id<Tag, Rep>: an identifier that cannot be mistaken for another. An Epoch is not a Position,
// though both are integers.
#include <compare>
#include <cstddef>
#include <functional>
#include <utility>

namespace vitrine {

template <class Tag, class Rep>
class Id {
 public:
  using rep = Rep;
  constexpr Id() = default;
  constexpr explicit Id(Rep value) : value_(std::move(value)) {}
  constexpr const Rep& value() const { return value_; }
  friend constexpr auto operator<=>(const Id&, const Id&) = default;

 private:
  Rep value_{};
};

}  // namespace vitrine

template <class Tag, class Rep>
struct std::hash<vitrine::Id<Tag, Rep>> {
  std::size_t operator()(const vitrine::Id<Tag, Rep>& id) const {
    return std::hash<Rep>{}(id.value());
  }
};
