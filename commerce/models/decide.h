#pragma once
// The life of one model: versions are added, one is in use, one may run in its shadow. Pure.
//
// A candidate takes the place of the model in use only with a proof (proof.h) that is about these
// two and holds by the kind's rules; to switch a model off (engine `off`) needs none, nor does the
// way back to what was in use before. Bounds: kVersionsMax versions, kBeforeMax ways back.
#include <cstdint>
#include <functional>
#include <string>
#include <tuple>
#include <vector>

#include "commerce/models/scorer.h"

namespace vitrine::models {

inline constexpr std::size_t kVersionsMax = 32, kBeforeMax = 16;

// What is remembered of a model, beside the records of its versions.
struct Book {
  std::int64_t active = kBuiltinVersion;
  std::int64_t shadow = 0;             // 0: none
  std::vector<std::int64_t> before;    // in use before, the newest last
  std::vector<std::int64_t> versions;  // known besides the built-in one, in order of adding
  std::int64_t switches = 0;
  auto fields() { return std::tie(active, shadow, before, versions, switches); }
};

// Null when there is no such version; version 1 is the kind's own.
using FindVersion = std::function<const ModelRecord*(std::int64_t)>;

// One event, without name, actor and time. `kind` is null for a name that no room has.
ModelEvent decide(const Book& book, const FindVersion& find, const Kind* kind,
                  const ModelCommand& command);
// Also says which version is no longer kept, 0 for none.
std::int64_t evolve(Book& book, const ModelEvent& event);

}  // namespace vitrine::models
