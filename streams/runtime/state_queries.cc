#include "streams/runtime/state_queries.h"

#include <utility>

namespace vitrine {

class StateQueries::Question {
 public:
  virtual ~Question() = default;
  // The epoch after which it is looked at; none: at once.
  virtual std::optional<Epoch> at_end_of(const Shard& shard) const = 0;
  virtual bool look(const Shard& shard) = 0;  // true: what it saw is committed
  // What it saw is not committed yet; what there is now may be, and is seen instead.
  virtual bool look_again(const Shard&) { return false; }
  virtual void tell() = 0;  // what it saw
  virtual void look_at_still(const Shard& shard) = 0;
  virtual void end() = 0;  // what it saw was never known to be committed
};

class StateQueries::AskedValue final : public Question {
 public:
  AskedValue(std::string store, BytesView key) : store_(std::move(store)), key_(key) {}
  std::future<Value> answer() { return answer_.get_future(); }
  std::optional<Epoch> at_end_of(const Shard&) const override { return std::nullopt; }
  bool look(const Shard& shard) override {
    value_ = shard.get(store_, key_);
    return shard.settled(store_, key_);
  }
  bool look_again(const Shard& shard) override {
    return shard.settled(store_, key_) && look(shard);
  }
  void tell() override { answer_.set_value(std::move(value_)); }
  void look_at_still(const Shard& shard) override { answer_.set_value(shard.get(store_, key_)); }
  void end() override { answer_.set_value(std::nullopt); }

 private:
  const std::string store_;
  const Bytes key_;
  Value value_;
  std::promise<Value> answer_;
};

class StateQueries::AskedRows final : public Question {
 public:
  AskedRows(const StateScan& scan, Epoch through) : scan_(scan), through_(through) {}
  std::future<Rows> answer() { return answer_.get_future(); }
  std::optional<Epoch> at_end_of(const Shard& shard) const override {
    if (through_ >= shard.epoch()) return through_;
    return shard.has_work() ? std::optional(shard.epoch()) : std::nullopt;
  }
  bool look(const Shard& shard) override {
    auto part = take_part(shard.stores(), scan_);
    if (!part) {
      rows_ = tl::unexpected<Error>(part.error());
      return true;
    }
    const bool settled = part->settled;
    rows_ = RowsPart{std::move(*part), Epoch{shard.epoch().value() - 1}};
    return settled;
  }
  void tell() override { answer_.set_value(std::move(rows_)); }
  void look_at_still(const Shard& shard) override {
    if (!look(shard)) {
      rows_ = fail(Code::Unavailable,
                   "scan state " + scan_.store + ": its newest changes are not committed yet");
    } else if (rows_) {
      rows_->still = true;
    }
    tell();
  }
  void end() override {
    answer_.set_value(fail(Code::Unavailable, "scan state: the engine has stopped"));
  }

 private:
  const StateScan scan_;
  const Epoch through_;
  Rows rows_ = fail(Code::Unavailable, "not looked at");
  std::promise<Rows> answer_;
};

StateQueries::StateQueries(const Shard& shard) : shard_(shard) {}
StateQueries::~StateQueries() = default;

void StateQueries::ask(std::unique_ptr<Question> question) {
  const std::lock_guard lock(mutex_);
  if (open_) {
    asked_.push_back(std::move(question));
  } else {
    question->look_at_still(shard_);
  }
}

std::future<StateQueries::Value> StateQueries::value(const std::string& store, BytesView key) {
  auto question = std::make_unique<AskedValue>(store, key);
  auto answer = question->answer();
  ask(std::move(question));
  return answer;
}

std::future<StateQueries::Rows> StateQueries::rows(const StateScan& scan, Epoch through) {
  auto question = std::make_unique<AskedRows>(scan, through);
  auto answer = question->answer();
  ask(std::move(question));
  return answer;
}

void StateQueries::open() {
  const std::lock_guard lock(mutex_);
  open_ = true;
}

bool StateQueries::answer() {
  std::vector<std::unique_ptr<Question>> asked;
  {
    const std::lock_guard lock(mutex_);
    asked = std::exchange(asked_, {});
  }
  for (auto& question : asked) {
    if (const auto end = question->at_end_of(shard_)) {
      at_end_.push_back({*end, std::move(question)});
    } else {
      take(std::move(question), shard_.has_work() ? shard_.epoch() : last_closed());
    }
  }
  return !asked.empty();
}

// `needed` makes durable what is seen now.
void StateQueries::take(std::unique_ptr<Question> question, Epoch needed) {
  if (question->look(shard_)) {
    question->tell();
  } else {
    held_.push_back({needed, std::move(question)});
  }
}

void StateQueries::epoch_closed() {
  std::erase_if(at_end_, [&](Waiting& waiting) {
    if (waiting.until > last_closed()) return false;
    take(std::move(waiting.question), last_closed());
    return true;
  });
}

// A value that an earlier epoch made need not wait for the one that was being built when it was
// asked for: that one may linger.
void StateQueries::committed(Epoch epoch) {
  std::erase_if(held_, [&](Waiting& waiting) {
    if (waiting.until > epoch && !waiting.question->look_again(shard_)) return false;
    waiting.question->tell();
    return true;
  });
}

void StateQueries::close() {
  std::vector<std::unique_ptr<Question>> left;
  {
    const std::lock_guard lock(mutex_);
    open_ = false;
    left = std::exchange(asked_, {});
  }
  for (auto& question : left) question->look_at_still(shard_);
  for (Waiting& waiting : at_end_) waiting.question->look_at_still(shard_);
  for (Waiting& waiting : held_) waiting.question->end();
  at_end_.clear();
  held_.clear();
}

}  // namespace vitrine
