// EmbeddedEngine: what a step takes in, checkpoints, and the shard's thread.
#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/log.h"
#include "streams/runtime/embedded_engine.h"

namespace vitrine {

namespace {
constexpr std::int64_t kSecond_ns = 1'000'000'000;
}

bool EmbeddedEngine::due(Time now) const {
  if (shard_.next_wall_timer() <= now) return true;
  return options_.tick > Duration{0} && now >= last_wall_ + options_.tick;
}

bool EmbeddedEngine::upstream_waits() const {
  return std::any_of(upstreams_.begin(), upstreams_.end(), [](const Upstream& upstream) {
    return upstream.engine->committed_end() > upstream.consumed.next;
  });
}

bool EmbeddedEngine::read_upstreams(std::vector<UpstreamInput>& out) {
  const std::vector<std::string>& inputs = topics_.inputs();
  for (Upstream& upstream : upstreams_) {
    if (inputs.empty() || upstream.engine->committed_end() <= upstream.consumed.next) continue;
    const std::size_t records_max =
        std::max<std::size_t>(1, shard_.room_records() / upstreams_.size());
    auto batch = upstream.engine->fetch(inputs, upstream.consumed.next, records_max,
                                        options_.epoch_bytes_max);
    if (!batch) {
      log(LogLevel::Error, "upstream_read_failed",
          {{"app", name()},
           {"upstream", upstream.engine->name()},
           {"error", batch.error().message}});
      continue;
    }
    UpstreamRange& range = upstream.consumed;
    range.from = range.next;
    range.next = batch->next;
    range.incarnation = upstream.engine->incarnation();
    range.records = batch->records.size();
    if (range.records > 0 || range.next > range.from)
      out.push_back({range, std::move(batch->records)});
  }
  return !out.empty();
}

bool EmbeddedEngine::step() {
  if (shard_.full() || shard_.room_records() == 0) return false;
  // Stopping takes in what was accepted; carried records are remembered and go on after the next
  // start. The bound is for a cycle of topics that never ends.
  constexpr int kStepsAtStopMax = 100'000;
  if (stopping_ && (ingest_.empty() || ++steps_at_stop_ > kStepsAtStopMax)) return false;
  // Where a slice of a checkpoint is next, epochs go one by one: it needs everything committed.
  const bool one_by_one = !slicer_.joinable() && (shard_.checkpointing() || checkpoint_due());
  if (one_by_one && (in_flight_ || shard_.has_work())) return false;
  StepInput input;
  bool any = shard_.carrying();
  if (!any) {
    const auto oldest = ingest_.take(shard_.room_records(), shard_.room_bytes(), input.ingested);
    if (oldest_nanos_ == 0) oldest_nanos_ = oldest;
    any = !input.ingested.empty();
    any |= read_upstreams(input.upstreams);
  }
  input.wall = ingest_.server_now();
  if (!any && !due(input.wall)) return false;
  last_wall_ = input.wall;
  shard_.run_step(input, completions_);
  return true;
}

// Many changes since the last one, or segments that wait for it before they can be retired.
bool EmbeddedEngine::checkpoint_due() const {
  if (shard_.deltas_since_checkpoint() >= options_.checkpoint_deltas) return true;
  return backend_->lasting() && broker_->journal().wants_released() > checkpoint_;
}

bool EmbeddedEngine::checkpoint_if_due(bool at_stop) {
  if (slicer_.joinable()) return end_slice_beside(at_stop);
  if (flush_failed_.exchange(false)) {
    checkpoint_ = Epoch{};  // the next one flushes again
    checkpoint_not_before_nanos_ = env_.clock.monotonic_nanos() + kSecond_ns;
  }
  if (!shard_.checkpointing()) {
    if (!at_stop && !checkpoint_due()) return false;
    if (in_flight_ || shard_.has_work()) return false;
    checkpoint_ = broker_->committed(EmbeddedBroker::kUnit).epoch;
    shard_.begin_checkpoint(checkpoint_);
  }
  if (in_flight_ || shard_.has_work()) return false;
  if (!at_stop && env_.clock.monotonic_nanos() < checkpoint_not_before_nanos_) return false;
  if (!at_stop && running_ && backend_->lasting()) {
    write_slice_beside();
    return true;
  }
  return slice_ended(shard_.checkpoint_slice(), at_stop);
}

bool EmbeddedEngine::slice_ended(const Result<bool>& finished, bool at_stop) {
  if (!finished) {
    checkpoint_not_before_nanos_ = env_.clock.monotonic_nanos() + kSecond_ns;
    log(LogLevel::Error, "checkpoint_failed",
        {{"app", name()}, {"error", finished.error().message}});
    return false;
  }
  if (*finished && !at_stop) flush_beside();
  return true;
}

// The backend takes a microsecond or more for each change: the shard only says what they are.
void EmbeddedEngine::write_slice_beside() {
  shard_.gather_slice();
  slice_written_ = false;
  slicer_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "vt-state");
    slice_result_ = shard_.write_slice();
    slice_written_ = true;
    wake();
  });
}

bool EmbeddedEngine::end_slice_beside(bool at_stop) {
  if (!at_stop && !slice_written_) return false;
  slicer_.join();
  return slice_ended(shard_.end_slice(std::exchange(slice_result_, {})), at_stop);
}

// Flushing takes long and nobody needs to wait: until it is done a crash only means a longer tail
// to read.
void EmbeddedEngine::flush_beside() {
  if (flusher_.joinable()) flusher_.join();
  const Epoch through = checkpoint_;
  if (!thread_.joinable()) return flush_state(through);  // driven by poll(): no thread of ours runs
  flusher_ = std::thread([this, through] {
    pthread_setname_np(pthread_self(), "vt-flush");
    flush_state(through);
  });
}

// Once durable, the state changes up to `through` are not needed in the journal any more.
void EmbeddedEngine::flush_state(Epoch through) {
  if (const auto flushed = backend_->flush(); !flushed) {
    flush_failed_ = true;
    log(LogLevel::Error, "state_flush_failed",
        {{"app", name()}, {"error", flushed.error().message}});
  } else if (backend_->lasting()) {
    broker_->journal().release(through);
  }
}

void EmbeddedEngine::park() {
  const Time now = ingest_.server_now();
  Time next = shard_.next_wall_timer();
  if (options_.tick > Duration{0}) next = std::min(next, last_wall_ + options_.tick);
  std::unique_lock lock(mutex_);
  const auto woken = [&] { return wake_; };
  const bool has_room = !shard_.full();  // else only a commit helps
  if (next == Time::max() || !has_room) {
    woken_.wait(lock, woken);
  } else {
    woken_.wait_for(lock, std::clamp<Duration>(next - now, Duration{1}, std::chrono::hours(1)),
                    woken);
  }
  wake_ = false;
}

void EmbeddedEngine::run_shard() {
  while (!committer_.failed()) {
    if (turn()) continue;
    if (stopping_ && !in_flight_ && !shard_.has_work()) break;
    park();
  }
  std::vector<StateRequest> unanswered;
  {
    const std::lock_guard lock(mutex_);
    running_ = false;
    unanswered = std::exchange(state_requests_, {});
  }
  queries_.close(shard_.stores());
  for (auto& request : unanswered) request.answer.set_value(shard_.get(request.store, request.key));
  for (auto& held : held_answers_) held.answer.set_value(std::nullopt);
  held_answers_.clear();
}

Result<void> EmbeddedEngine::start() {
  if (running_ || stopping_)
    return fail(Code::Invalid, "start " + name() + ": it was started before");
  running_ = true;
  for (Upstream& upstream : upstreams_)
    upstream.token = upstream.engine->on_commit([this] { wake(); });
  queries_.open();
  committer_.start();
  keeper_.start();
  turn();  // what fell due while nobody ran comes first, however soon we are stopped
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "vt-shard");
    run_shard();
  });
  return {};
}

void EmbeddedEngine::drain() {
  // Driven by poll(): the caller's thread is the shard and the committer.
  while (!committer_.failed()) {
    const bool progress = turn();
    if (in_flight_ && !committer_.run_once()) break;
    if (!progress && !in_flight_) break;
  }
}

void EmbeddedEngine::final_checkpoint() {
  if (committer_.failed() || in_flight_ || shard_.has_work()) return;
  settle();
  do {
    if (!checkpoint_if_due(true)) return;
  } while (shard_.checkpointing());
  flush_state(checkpoint_);
}

// Whoever still waits after the last commit learns that there will be none.
void EmbeddedEngine::fail_waiting() {
  const Error error = committer_.failed().value_or(
      Error{Code::Unavailable, "append to " + name() + ": the engine has stopped"});
  for (Completion& one : completions_) one.done(tl::unexpected<Error>(error));
  completions_.clear();
  std::vector<Ingested> left;
  while (ingest_.take(options_.ingest_records_max, options_.ingest_bytes_max, left) != 0) {
    for (Ingested& one : left) {
      if (one.done) one.done(tl::unexpected<Error>(error));
    }
  }
}

void EmbeddedEngine::stop() {
  if (stopping_.exchange(true)) return;
  if (thread_.joinable()) {
    committer_.hurry();
    wake();
    thread_.join();
    for (Upstream& upstream : upstreams_) upstream.engine->remove_on_commit(upstream.token);
  } else {
    drain();
  }
  keeper_.stop();
  committer_.stop();
  fail_waiting();
  if (slicer_.joinable()) end_slice_beside(true);
  if (flusher_.joinable()) flusher_.join();
  final_checkpoint();
  for (Upstream& upstream : upstreams_) upstream.engine->let_go(name());
}

Result<bool> EmbeddedEngine::poll_shard() {
  if (const auto failed = committer_.failed()) return tl::unexpected<Error>(*failed);
  return turn();
}

Result<bool> EmbeddedEngine::poll_disk() {
  if (const auto failed = committer_.failed()) return tl::unexpected<Error>(*failed);
  return in_flight_ ? committer_.run_once() : Result<bool>{false};
}

Result<bool> EmbeddedEngine::poll() {
  VT_CHECK_MSG(!thread_.joinable(), "poll() is for an engine that was not started");
  if (const auto failed = committer_.failed()) return tl::unexpected<Error>(*failed);
  bool progress = false;
  if (!in_flight_) progress = turn();
  if (in_flight_) {
    VT_TRY(const bool worked, committer_.run_once());
    progress |= worked;
    settle();
  }
  keeper_.tend();
  return progress;
}

}  // namespace vitrine
