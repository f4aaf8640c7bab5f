#pragma once
// An evaluation as a walk of numbered steps, so that it can be stopped anywhere, killed anywhere,
// and gone on with from bytes.
#include <functional>
#include <memory>

#include "base/bytes.h"
#include "base/result.h"
#include "eval/options.h"

namespace vitrine::eval {

// Step i learns or scores one row, always the same one for the same i. What it decides it appends
// to `scores`, whose bytes are compared.
class Walk {
 public:
  virtual ~Walk() = default;
  virtual std::size_t steps() const = 0;
  virtual Result<void> step(std::size_t i, Bytes& scores) = 0;
  virtual Bytes snapshot() const = 0;
  virtual Result<void> restore(BytesView snapshot) = 0;
};

// Walks three times: to the end; to the end with a new object; and in a process of its own that
// writes a snapshot now and then and is killed at a step (options.kill_at, or in the last third),
// after which a new object goes on here from the last snapshot written. Returns the scores, or
// an error when the three differ in a byte. `first` keeps the object of the first walk, for figures
// that are not in the scores.
//
// A walk of more than two seconds tells its progress on stderr.
Result<Bytes> walk_thrice(const std::function<std::unique_ptr<Walk>()>& make,
                          const Options& options, std::unique_ptr<Walk>* first = nullptr);

// Once only, for choosing parameters.
Result<Bytes> walk_once(Walk& walk);

}  // namespace vitrine::eval
