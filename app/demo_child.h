#pragma once
// A program of ours run beside us. It gets SIGTERM when we die, so that nothing stays behind.
//
// Threads: the one that started it (its death is tied to that thread).
#include <string>
#include <vector>

#include "base/result.h"

namespace vitrine {

class Child {
 public:
  // Standard output and error are appended to `output_file`.
  static Result<Child> start(const std::vector<std::string>& command,
                             const std::string& output_file);
  Child() = default;

  // True once it has ended; never waits.
  bool ended();
  // SIGTERM, then SIGKILL after `patience_ms`. Returns when it has ended.
  void stop(int patience_ms);
  int pid() const { return pid_; }
  std::string how_it_ended() const;  // "exit 1", "signal 9"
  bool was_killed() const;           // by SIGKILL: somebody did it, it did not fail

 private:
  int pid_ = 0;     // 0 = not running
  int status_ = 0;  // of waitpid
};

}  // namespace vitrine
