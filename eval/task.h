#pragma once
// The evaluations. Each trains on a data set's training part, tests on what it has not seen, and
// tells figures. A task is one .cc beside this file, and a line in registry.cc.
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "eval/options.h"

namespace vitrine::eval {

struct Figure {
  std::string name;
  double value;
  std::string unit;  // "-" for a ratio
};
using Figures = std::vector<Figure>;

struct Task {
  std::string_view name;
  std::string_view what;  // for the list that --help prints
  Result<Figures> (*run)(const Options&);
  // Chooses parameters on folds of the training part only, and writes them with the command that
  // did. Null where there is nothing to choose.
  Result<void> (*choose)(const Options&);
};

const std::vector<Task>& tasks();

}  // namespace vitrine::eval
