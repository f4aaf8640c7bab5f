#pragma once
// Who waits for which command's outcome. A command is known by its correlation; all its events
// share it and one commit.
//
// Bounds: kAsksMax waiting; each has a deadline, told by sweep(). Threads: the loop's only.
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "gateway/problem.h"
#include "streams/log/record.h"

namespace vitrine::gateway {

// The events of one decision, or why there will be no answer.
struct Outcome {
  std::vector<Positioned> records;
  std::optional<Problem> problem;
};

class Pending {
 public:
  static constexpr std::size_t kAsksMax = 50'000;
  using Answer = std::function<void(const Outcome&)>;

  bool waits_for(const std::string& correlation) const { return asks_.contains(correlation); }
  bool full() const { return asks_.size() >= kAsksMax; }
  void expect(const std::string& correlation, Time deadline, Answer answer) {
    asks_.insert_or_assign(correlation, Ask{deadline, {}, std::move(answer)});
  }

  // A committed record: kept when somebody waits for it.
  void collect(const Positioned& record) {
    const auto found = asks_.find(record.record.correlation);
    if (found == asks_.end()) return;
    if (found->second.records.empty()) touched_.push_back(found->first);
    found->second.records.push_back(record);
  }

  // After a batch. When it was not the last one, the newest command's events may go on in the next
  // batch: it waits.
  void settle(bool at_end) {
    std::vector<std::string> ready;
    ready.swap(touched_);
    if (!at_end && !ready.empty()) {
      touched_.push_back(std::move(ready.back()));
      ready.pop_back();
    }
    for (const auto& correlation : ready) finish(correlation, std::nullopt);
  }

  void fail(const std::string& correlation, Problem problem) {
    finish(correlation, std::move(problem));
  }

  // Once in a while: tells those whose deadline has passed, and all who wait for a log that cannot
  // write: it keeps what it accepted and commits it when there is space again.
  void sweep(Time now, bool storage_full) {
    std::vector<std::string> late;
    for (const auto& [correlation, ask] : asks_) {
      if ((storage_full || ask.deadline <= now) && ask.records.empty()) late.push_back(correlation);
    }
    const std::string advice = " It may still happen; ask again with the same key.";
    for (const auto& correlation : late) {
      finish(correlation, storage_full
                              ? Problem{ProblemType::StorageFull, "The disk is full." + advice, 10}
                              : Problem{ProblemType::Overloaded, "No answer in time." + advice, 1});
    }
  }

  std::size_t size() const { return asks_.size(); }

 private:
  struct Ask {
    Time deadline;
    std::vector<Positioned> records;
    Answer answer;
  };
  void finish(const std::string& correlation, std::optional<Problem> problem) {
    auto node = asks_.extract(correlation);
    if (node.empty()) return;
    node.mapped().answer(Outcome{std::move(node.mapped().records), std::move(problem)});
  }

  std::unordered_map<std::string, Ask> asks_;
  std::vector<std::string> touched_;
};

}  // namespace vitrine::gateway
