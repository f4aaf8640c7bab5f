#pragma once
// What a model's room gives of it, so that any candidate of it can be run apart from the room.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "commerce/models/record.h"

namespace vitrine::models {

// A function of the text alone: no clock, no memory of earlier texts.
class Scorer {
 public:
  virtual ~Scorer() = default;
  // -1 to 1; nothing when the model has no opinion.
  virtual std::optional<double> score(std::string_view text) const = 0;
};

// What a candidate must show before it is promoted.
struct Rules {
  double clear = 0.05;          // from here on a score is of a class: negative, positive
  double agreement_min = 0.7;   // share of lines of the same class as the model in use gives …
  double worse_max = 0.02;      // … or, with lines_min labels, how much macro F1 may fall
  std::int64_t p99_ns_max = 100'000;
  std::int64_t lines_min = 100;
};

// A model of the house. `make` fails for a record of another kind, with parameters it does not
// know, or with a blob it cannot read.
struct Kind {
  ModelRecord builtin;  // version 1: what is in use as long as nothing was promoted
  std::function<Result<std::unique_ptr<Scorer>>(const ModelRecord&)> make;
  Rules rules;
};
using Kinds = std::vector<Kind>;  // one a model name

inline const Kind* kind_of(const Kinds& kinds, std::string_view name) {
  for (const Kind& kind : kinds)
    if (kind.builtin.name() == name) return &kind;
  return nullptr;
}

}  // namespace vitrine::models
