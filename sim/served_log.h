#pragma once
// What readers of a log were shown, kept outside of it. What was shown once is there ever after, in
// its place; and a log whose end was cut says so by a new incarnation, for readers that stand
// behind the cut.
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "streams/log/journal.h"

namespace vitrine::sim {

class ServedLog {
 public:
  explicit ServedLog(std::vector<std::string> topics) : topics_(std::move(topics)) {}

  struct Shown {
    Position position;
    std::uint64_t hash = 0;  // of all of the record
    friend bool operator==(const Shown&, const Shown&) = default;
  };
  // Each of these looks at an Engine or a Journal and returns the first broken promise, or nothing.
  //
  // After an opening: everything shown before is there. `unseen`: openings that ended before anyone
  // could look may have changed the incarnation.
  template <class Log>
  std::string opened(const Log& log, bool unseen) {
    if (auto broken = incarnation(log.recovery(), log.incarnation(), unseen); !broken.empty())
      return broken;
    std::vector<Shown> all;
    if (auto broken = read(log, Position{1}, all); !broken.empty()) return broken;
    return replace(std::move(all));
  }
  // What was committed since.
  template <class Log>
  std::string look(const Log& log) {
    return read(log, shown_.empty() ? Position{1} : Position{shown_.back().position.value() + 1},
                shown_);
  }
  // All of it, or why it cannot be read.
  template <class Log>
  std::string read(const Log& log, Position from, std::vector<Shown>& out) const {
    while (from < log.committed_end()) {
      const auto batch = fetch(log, from);
      if (!batch) return "the log cannot be read: " + batch.error().message;
      add(*batch, out);
      from = batch->next;
    }
    return {};
  }
  const std::vector<Shown>& shown() const { return shown_; }

 private:
  static constexpr std::size_t kRecords = 100'000;
  static constexpr ByteCount kBytes = 64U << 20U;
  template <class Log>
  Result<Journal::Batch> fetch(const Log& log, Position from) const {
    if constexpr (requires { log.fetch(topics_, from, kRecords, kBytes); })
      return log.fetch(topics_, from, kRecords, kBytes);
    else
      return log.read(topics_, from, kRecords, kBytes);
  }
  static void add(const Journal::Batch& batch, std::vector<Shown>& out);
  std::string replace(std::vector<Shown> all);
  std::string incarnation(const RecoveryReport& report, Incarnation now, bool unseen);

  const std::vector<std::string> topics_;
  std::vector<Shown> shown_;
  std::set<Incarnation> incarnations_;
};

}  // namespace vitrine::sim
