#pragma once
// The API on a port: opens the views from the log, listens, serves until closed.
//
//   VT_TRY(auto gateway, Gateway::open(real_env(), *loop, {*shop, *audience, *insight}, options));
//   loop->run();
//
// Threads: open() before the loop runs, everything else on the loop's thread. The engines must be
// started, and must be stopped before the gateway goes: their committers call into it.
#include <memory>
#include <optional>
#include <string>

#include "gateway/engines.h"
#include "gateway/options.h"

namespace vitrine::gateway {

class Core;

class Gateway {
 public:
  // Reads all logs from their first record; costs about a microsecond a record. Conflict when the
  // port is taken.
  static Result<std::unique_ptr<Gateway>> open(Env& env, net::Loop& loop, const Engines& engines,
                                               Options options);
  ~Gateway();

  std::uint16_t port() const;
  // A new one-time link code for the host, for the terminal.
  Result<std::string> issue_host_code();
  bool first_start() const { return first_start_; }
  // Tells everybody to come back (1012) and accepts nobody any more. `then` runs when they had a
  // moment to hear it.
  void drain(std::function<void()> then);
  Core& core() { return *core_; }

 private:
  Gateway() = default;
  void start_timers();

  std::unique_ptr<Core> core_;
  std::unique_ptr<net::Server> server_;
  std::vector<std::uint64_t> timers_;
  bool first_start_ = false;
};

}  // namespace vitrine::gateway
