#include "gateway/tail.h"

namespace vitrine::gateway {

struct Tail::Wake {
  std::atomic<bool> posted{false};
  Tail* tail = nullptr;  // loop's thread only; null once the tail is gone
};

Tail::Tail(Engine& engine, net::Loop& loop, std::vector<std::string> topics, TailSink sink)
    : engine_(engine),
      loop_(loop),
      topics_(std::move(topics)),
      sink_(std::move(sink)),
      wake_(std::make_shared<Wake>()) {
  wake_->tail = this;
}

Tail::~Tail() {
  wake_->tail = nullptr;
  if (token_ != 0) engine_.remove_on_commit(token_);
  engine_.let_go("gateway");
}

Result<bool> Tail::deliver_one_batch() {
  const Position end = engine_.committed_end();
  VT_TRY(auto batch, engine_.fetch(topics_, next_, kBatchRecords, kBatchBytes));
  const bool at_end = batch.next >= end || batch.next == next_;
  for (const auto& record : batch.records) sink_.on_record(record);
  next_ = batch.next;
  engine_.hold("gateway", next_);  // what the views have not seen does not expire
  sink_.on_batch(at_end);
  return at_end;
}

Result<void> Tail::catch_up() {
  while (true) {
    VT_TRY(const bool at_end, deliver_one_batch());
    if (at_end) return {};
  }
}

void Tail::follow() {
  auto wake = [state = wake_, loop = &loop_] {
    if (state->posted.exchange(true)) return;
    loop->post([state] {
      state->posted = false;
      if (state->tail != nullptr) state->tail->pump();
    });
  };
  token_ = engine_.on_commit(wake);
  wake();
}

void Tail::pump() {
  auto at_end = deliver_one_batch();
  if (!at_end) {
    // Damage below what was proven durable: serving on would answer from half a log.
    VT_CHECK_MSG(false, at_end.error().message);
  }
  if (*at_end || wake_->posted.exchange(true)) return;
  loop_.post([state = wake_] {
    state->posted = false;
    if (state->tail != nullptr) state->tail->pump();
  });
}

}  // namespace vitrine::gateway
