#include "streams/runtime/state_queries.h"

#include <utility>

namespace vitrine {

std::future<StateQueries::Answer> StateQueries::ask(const StateScan& scan,
                                                    const std::function<Answer()>& look_in) {
  const std::lock_guard lock(mutex_);
  if (open_) {
    questions_.push_back({scan, {}});
    return questions_.back().answer.get_future();
  }
  std::promise<Answer> now;
  now.set_value(look_in());
  return now.get_future();
}

void StateQueries::open() {
  const std::lock_guard lock(mutex_);
  open_ = true;
}

bool StateQueries::answer(const StoreSet& stores, Epoch needed) {
  std::vector<Question> questions;
  {
    const std::lock_guard lock(mutex_);
    questions = std::exchange(questions_, {});
  }
  for (Question& question : questions) {
    auto part = take_part(stores, question.scan);
    if (part && !part->settled) {
      held_.push_back({needed, std::move(*part), std::move(question.answer)});
    } else {
      question.answer.set_value(std::move(part));
    }
  }
  return !questions.empty();
}

void StateQueries::committed(Epoch epoch) {
  std::erase_if(held_, [&](Held& held) {
    if (held.needed > epoch) return false;
    held.answer.set_value(std::move(held.part));
    return true;
  });
}

void StateQueries::close(const StoreSet& stores) {
  std::vector<Question> questions;
  {
    const std::lock_guard lock(mutex_);
    open_ = false;
    questions = std::exchange(questions_, {});
  }
  for (Question& question : questions)
    question.answer.set_value(settled_part(stores, question.scan));
  for (Held& held : held_)
    held.answer.set_value(fail(Code::Unavailable, "scan state: the engine has stopped"));
  held_.clear();
}

Result<ScanPart> settled_part(const StoreSet& stores, const StateScan& scan) {
  auto part = take_part(stores, scan);
  if (part && !part->settled)
    return fail(Code::Unavailable,
                "scan state " + scan.store + ": its newest changes are not committed yet");
  return part;
}

}  // namespace vitrine
