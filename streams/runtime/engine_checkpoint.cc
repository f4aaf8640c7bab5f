// EmbeddedEngine: checkpoints. Each shard writes what it has changed to the backend, a slice at a
// time; when all have, it is flushed, and the journal may forget the changes.
#include <pthread.h>

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "streams/runtime/embedded_engine.h"

namespace vitrine {
namespace {

constexpr std::int64_t kSecond_ns = 1'000'000'000;

}  // namespace

// Many changes since the last one, or segments that wait for it before they can be retired. It is
// due for all shards at once, since the state is as old as that of the last of them.
bool EmbeddedEngine::checkpoint_due(EngineShard& one) {
  const auto share = [&](std::uint64_t all) {
    return std::max<std::uint64_t>(1, all / options_.shards);
  };
  const bool own =
      one.shard->deltas_since_checkpoint() >= share(options_.checkpoint_deltas) ||
      one.shard->stores().bytes_since_checkpoint() >= share(options_.checkpoint_bytes) ||
      (backend_->lasting() && broker_->journal().wants_released() > one.checkpoint);
  if (options_.shards == 1) return own;
  std::uint64_t wanted = checkpoint_wanted_.load();
  if (own && wanted <= one.checkpoint.value()) {
    if (checkpoint_wanted_.compare_exchange_strong(wanted, board_.committed().value())) {
      for (const auto& other : shards_) {
        if (other.get() != &one) other->wake();
      }
    }
  }
  return own || one.checkpoint.value() < checkpoint_wanted_.load();
}

// What is on its way to disk may not be told to the backend. Beside the shard a slice passes it
// over; it is waited for only where nothing else is left.
bool EmbeddedEngine::one_by_one(EngineShard& one) {
  if (slices_beside()) return !one.slicer.joinable() && one.shard->stores().wants_settled();
  return !one.slicer.joinable() && (one.shard->checkpointing() || checkpoint_due(one));
}

bool EmbeddedEngine::checkpoint_if_due(EngineShard& one, bool at_stop) {
  if (one.slicer.joinable()) return end_slice_beside(one, at_stop);
  Shard& shard = *one.shard;
  const bool all_settled = !in_flight(one) && !shard.has_work();
  const bool beside = slices_beside() && !at_stop;
  if (flush_failed_.exchange(false)) {
    one.checkpoint = Epoch{};  // the next one flushes again
    one.checkpoint_not_before_nanos = env_.clock.monotonic_nanos() + kSecond_ns;
  }
  if (!shard.checkpointing()) {
    if (!at_stop && !checkpoint_due(one)) return false;
    if (!all_settled && !beside) return false;
    if (beside && one.settled.value() < checkpoint_wanted_) return false;  // it hears of it soon
    one.checkpoint = one.settled;
    shard.begin_checkpoint(one.checkpoint);
  }
  if (!at_stop && env_.clock.monotonic_nanos() < one.checkpoint_not_before_nanos) return false;
  if (beside) return gather_beside(one);
  return all_settled && slice_ended(one, shard.checkpoint_slice(), at_stop);
}

// Between two records; the more of them change rows, the more rows at once.
bool EmbeddedEngine::gather_beside(EngineShard& one) {
  constexpr std::size_t kEndedAtOnce = 32'768;  // about 1 ms
  StoreSet& stores = one.shard->stores();
  if (stores.ending()) return slice_ended(one, stores.end_slice({}, kEndedAtOnce), false);
  const bool all_settled = !in_flight(one) && !one.shard->has_work();
  if (stores.wants_settled() && !all_settled) return false;
  switch (stores.gather_slice(stores.gather_at_once(), all_settled)) {
    case StoreSet::Gathered::More: return true;
    case StoreSet::Gathered::Unsettled: return false;
    case StoreSet::Gathered::Full: write_slice_beside(one); return true;
    case StoreSet::Gathered::Nothing: break;
  }
  return slice_ended(one, stores.end_slice(stores.write_slice()), false);
}

bool EmbeddedEngine::slice_ended(EngineShard& one, const Result<bool>& finished, bool at_stop) {
  if (!finished) {
    one.checkpoint_not_before_nanos = env_.clock.monotonic_nanos() + kSecond_ns;
    log(LogLevel::Error, "checkpoint_failed",
        {{"app", name()}, {"error", finished.error().message}});
    return false;
  }
  if (*finished && !at_stop) flush_beside(shared_backend_.applied());
  return true;
}

// The backend takes a microsecond or more for each change: the shard only says what they are.
void EmbeddedEngine::write_slice_beside(EngineShard& one) {
  one.slice_written = false;
  one.slicer = std::thread([&one] {
    pthread_setname_np(pthread_self(), "vt-state");
    one.slice_result = one.shard->stores().write_slice();
    one.slice_written = true;
    one.wake();
  });
}

bool EmbeddedEngine::end_slice_beside(EngineShard& one, bool at_stop) {
  if (!at_stop && !one.slice_written) return false;
  one.slicer.join();
  const std::size_t entries_max = at_stop ? StoreSet::kAll : 0;  // else from the next turn on
  auto result = std::exchange(one.slice_result, {});
  return slice_ended(one, one.shard->stores().end_slice(std::move(result), entries_max), at_stop);
}

// Flushing takes long and nobody needs to wait: until it is done a crash only means a longer tail
// to read.
void EmbeddedEngine::flush_beside(Epoch through) {
  const std::lock_guard lock(flushing_);
  if (through.value() == flushed_.exchange(through.value())) return;  // others have to write first
  if (flusher_.joinable()) flusher_.join();
  if (!running_) return flush_state(through);  // driven by poll(): no thread of ours runs
  flusher_ = std::thread([this, through] {
    pthread_setname_np(pthread_self(), "vt-flush");
    flush_state(through);
  });
}

// Once durable, the state changes up to `through` are not needed in the journal any more.
void EmbeddedEngine::flush_state(Epoch through) {
  if (const auto flushed = backend_->flush(); !flushed) {
    flush_failed_ = true;
    flushed_ = 0;
    log(LogLevel::Error, "state_flush_failed",
        {{"app", name()}, {"error", flushed.error().message}});
  } else {
    checkpoint_nanos_ = env_.clock.monotonic_nanos();
    ++checkpoints_;
    if (backend_->lasting()) broker_->journal().release(through);
  }
}

void EmbeddedEngine::final_checkpoint() {
  if (committer_.failed() || !committer_.idle()) return;
  for (const auto& one : shards_) {
    settle(*one);
    if (in_flight(*one) || one->shard->has_work()) return;
  }
  for (const auto& one : shards_) {
    do {
      if (!checkpoint_if_due(*one, true)) return;
    } while (one->shard->checkpointing());
  }
  flush_state(shared_backend_.applied());
}

}  // namespace vitrine
