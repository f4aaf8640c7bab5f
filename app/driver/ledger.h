#pragma once
// The ledger kept outside the log: what was sent and what the server acknowledged, for counting
// lost and doubled afterwards.
//
// One line each, written before it is relied on: "sent" before the request leaves, "ack" when the
// answer has come.
//   sent chat <message id>         ack chat <message id> <number>
//   sent order <idempotency key>   ack order <idempotency key> <order id>
//   refused chat|order <id> <code>
//   held chat <message id>         it waits for a moderator: told to its author, not expected
//   removed chat <message id>      a moderator took it away: it is no longer expected
// A line without its answer may or may not be in the log: only "ack" is a promise.
//
// Threads: any. Bound: grows with what was sent; `snapshot_of_acknowledged` copies ids, not lines.
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vitrine::driver {

class Ledger {
 public:
  // Goes on where an earlier run ended; an unfinished last line is dropped.
  static Result<std::unique_ptr<Ledger>> open(const std::string& path);
  ~Ledger();
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  void sent(std::string_view kind, std::string_view id);
  // `answer` is the number of a message or the id of an order.
  void acknowledged(std::string_view kind, std::string_view id, std::string_view answer);
  void removed(std::string_view kind, std::string_view id);
  void held(std::string_view kind, std::string_view id);
  void refused(std::string_view kind, std::string_view id, std::string_view code);

  // id -> answer. Two different answers for one id are a doubling of their own: see
  // contradictions().
  std::map<std::string, std::string> snapshot_of_acknowledged(std::string_view kind) const;
  std::uint64_t contradictions() const;

 private:
  explicit Ledger(int file) : file_(file) {}
  void write_line(const std::string& line);
  void remember(const std::string& kind, const std::string& id, const std::string& answer);
  Result<void> read_back(const std::string& path);

  mutable std::mutex mutex_;  // guards all below
  int file_;
  std::map<std::string, std::map<std::string, std::string>> acknowledged_;
  std::uint64_t contradictions_ = 0;
};

}  // namespace vitrine::driver
