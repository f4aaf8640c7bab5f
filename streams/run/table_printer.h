#pragma once
// Prints what was committed to a topic: the whole table, or what changed. Threads: one.
#include <map>
#include <string>

#include "vitrine/engine.h"
#include "vitrine/run.h"

namespace vitrine::run_detail {

class TablePrinter {
 public:
  // Complete: begins with the table as it is; update: with what comes next.
  TablePrinter(const Engine& engine, std::string topic, OutputMode mode);
  // Everything committed since the last call. Io when standard output is gone.
  Result<void> catch_up();

 private:
  Result<void> print(const std::map<std::string, std::string>& rows, bool part);
  const Engine& engine_;
  const std::string topic_;
  const OutputMode mode_;
  Position next_;
  bool printed_ = false;
  std::map<std::string, std::string> table_;  // sorted by bytes
};

// Every committed record of a topic as key<TAB>value, without an engine: beside a running program
// or after a killed one.
Result<void> dump_topic(const std::string& log_folder, const std::string& topic);

}  // namespace vitrine::run_detail
