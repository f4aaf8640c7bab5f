#pragma once
// Which former names of types a program can still read: collected from the types of its states, and
// held against what a state was written as. See version.h.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "vitrine/serde.h"

namespace vitrine {
namespace detail {

template <class T>
struct Upgrades {
  static void add(std::vector<NameUpgrade>&) {}
};

template <class T>
struct Upgrades<std::vector<T>> : Upgrades<T> {};
template <class T>
struct Upgrades<std::optional<T>> : Upgrades<T> {};

// The names under which T's older versions were written, the newest first.
template <class T>
void older_names(std::vector<std::string>& names) {
  if constexpr (HasUpgrade<T>) {
    using Old = OlderOf<T>;
    names.emplace_back(Serde<Old>::name);
    // Usually the old struct is called after the new one and does not repeat its name.
    names.emplace_back(StructName<T, version_of<Old>()>::value);
    older_names<Old>(names);
  }
}

template <HasFields T>
struct Upgrades<T> {
  template <class... Fields>
  static void of_fields(std::vector<NameUpgrade>& out, std::tuple<Fields&...>*) {
    (Upgrades<Fields>::add(out), ...);
  }
  static void add(std::vector<NameUpgrade>& out) {
    std::vector<std::string> older;
    older_names<T>(older);
    for (std::string& name : older) out.push_back({std::move(name), std::string(Serde<T>::name)});
    of_fields(out, static_cast<decltype(std::declval<T&>().fields())*>(nullptr));
  }
};

}  // namespace detail

template <class T>
std::vector<NameUpgrade> upgrades_of() {
  std::vector<NameUpgrade> out;
  detail::Upgrades<T>::add(out);
  return out;
}

}  // namespace vitrine
