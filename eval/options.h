#pragma once
// What the command line of vitrine_eval says.
#include <cstddef>
#include <optional>
#include <string>

namespace vitrine::eval {

struct Options {
  std::string data;                            // the folder of the data sets
  std::string test;                            // test on this file; empty: on the task's own split
  std::string parameters = "eval/parameters";  // the folder of the chosen parameters
  bool choose = false;                         // choose them anew, on folds of the training part
  std::optional<std::size_t> kill_at;          // the step at which the killed run dies
};

}  // namespace vitrine::eval
