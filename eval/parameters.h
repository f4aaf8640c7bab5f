#pragma once
// The chosen parameters of a task: eval/parameters/NAME.conf, lines `key value`, committed, with
// the command that chose them in the head.
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "eval/options.h"

namespace vitrine::eval {

class Parameters {
 public:
  // The error says how the file is made.
  static Result<Parameters> load(const Options& options, std::string_view task);
  Result<void> save(const Options& options, std::string_view task) const;

  // The file is ours and committed: a key that is not there is a broken invariant.
  double get(const std::string& key) const;
  int whole(const std::string& key) const { return static_cast<int>(get(key)); }
  void set(const std::string& key, double value) { values_[key] = value; }
  const std::map<std::string, double>& values() const { return values_; }

 private:
  std::map<std::string, double> values_;
};

}  // namespace vitrine::eval
