#pragma once
// Planted bugs: mistakes somebody could make, built into test programs to prove that their oracles
// see them. VITRINE_PLANT names the one that is active; the list is in sim/README.md.
//
// Shipped code has none: there planted() is a constant, and what it guards is not compiled in.
// For .cc files only: an inline function would mean two things in one program.
#include <cstdlib>
#include <string_view>

namespace vitrine {

#if VITRINE_PLANTS
inline namespace with_plants {
inline bool planted(std::string_view name) {
  const char* active = std::getenv("VITRINE_PLANT");
  return active != nullptr && name == active;
}
}  // namespace with_plants
#else
inline namespace without_plants {
constexpr bool planted(std::string_view) { return false; }
}  // namespace without_plants
#endif

}  // namespace vitrine
