// EmbeddedEngine: what a step takes in, and the shards' threads.
#include <pthread.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <utility>

#include "base/log.h"
#include "base/thread_turns.h"
#include "streams/runtime/embedded_engine.h"

namespace vitrine {
namespace {

// A step reads its records twice, once to append them and once to work on them: few enough to be in
// the cache the second time. Of several shards it is also the longest that one waits for another.
constexpr std::size_t kStepRecordsMax = 2'048;
constexpr std::uint64_t kWaitingMax = 200'000;  // records, at the shard that is furthest behind

}  // namespace

bool EmbeddedEngine::due(const EngineShard& one, Time now) const {
  if (one.shard->next_wall_timer() <= now) return true;
  return options_.tick > Duration{0} && now >= one.last_wall + options_.tick;
}

// Every shard reads all of an upstream and keeps what is its own.
bool EmbeddedEngine::read_upstreams(EngineShard& one, std::vector<UpstreamInput>& out) {
  const std::vector<std::string>& inputs = topics_.inputs();
  for (std::size_t i = 0; i < upstreams_.size(); ++i) {
    const Upstream& upstream = upstreams_[i];
    UpstreamRange& range = one.upstreams[i].consumed;
    Position end = upstream.engine->committed_end();
    if (working_off_) end = std::min(end, upstream.align);
    if (inputs.empty() || end <= range.next) continue;
    std::size_t records_max =
        std::max<std::size_t>(1, one.shard->room_records() / upstreams_.size());
    if (options_.shards > 1) records_max = std::min(records_max, kStepRecordsMax);
    auto batch =
        upstream.engine->fetch(inputs, range.next, records_max, options_.epoch_bytes_max);
    if (!batch) {
      log(LogLevel::Error, "upstream_read_failed",
          {{"app", name()},
           {"upstream", upstream.engine->name()},
           {"error", batch.error().message}});
      continue;
    }
    range.from = range.next;
    range.next = working_off_ ? std::min(batch->next, end) : batch->next;
    range.incarnation = upstream.engine->incarnation();
    if (options_.shards > 1) {
      // By the key: the upstream's topic may have fewer partitions than there are shards.
      std::erase_if(batch->records, [&](Positioned& record) {
        const TopicNumber topic = topics_.find(record.topic);
        record.partition = topics_.partition_of(topic, record.record.key);
        return record.position >= range.next || !one.shard->wants(topic, record.partition);
      });
    }
    range.records = batch->records.size();
    if (range.records > 0 || range.next > range.from)
      out.push_back({range, std::move(batch->records)});
  }
  return !out.empty();
}

// What a step begins with; false when there is nothing.
bool EmbeddedEngine::take_in(EngineShard& one, StepInput& input) {
  Shard& shard = *one.shard;
  if (shard.carrying()) return true;
  bool any = shard.inbox_ready();
  // A shard that cannot follow holds back those that send to it, at their doors.
  const bool held_back = options_.shards > 1 && links_.waiting(one.number) > kWaitingMax;
  if (!working_off_ && !held_back) {
    std::size_t room = shard.room_records();
    room = std::min(room, kStepRecordsMax);
    const auto oldest = one.ingest.take(room, shard.room_bytes(), input.ingested);
    if (one.oldest_nanos == 0) one.oldest_nanos = oldest;
    any |= !input.ingested.empty();
  }
  if (!held_back) any |= read_upstreams(one, input.upstreams);
  return any;
}

// Stopping takes in what was accepted, and what one shard has for another; carried records are
// remembered and go on after the next start. The bounds are for a cycle of topics that never ends.
bool EmbeddedEngine::steps_at_stop(EngineShard& one) {
  constexpr int kStepsMax = 100'000;
  constexpr int kStepsForOthersMax = 200;
  if (gave_up_) return false;
  if (!one.ingest.empty()) {
    if (++one.steps_at_stop > kStepsMax) gave_up_ = true;
  } else {
    Shard& shard = *one.shard;
    if (options_.shards == 1 || (!shard.carrying() && !shard.inbox_ready())) return false;
    if (++one.steps_for_others_at_stop > kStepsForOthersMax) gave_up_ = true;
  }
  return !gave_up_;
}

bool EmbeddedEngine::step(EngineShard& one) {
  Shard& shard = *one.shard;
  if (shard.full() || shard.room_records() == 0) return false;
  if (stopping_ && !steps_at_stop(one)) return false;
  if (one_by_one(one) && (in_flight(one) || shard.has_work())) return false;
  StepInput& input = one.input;
  input.ingested.clear();
  input.upstreams.clear();
  const bool any = take_in(one, input);
  input.wall = clock_.now();
  if (!any && (working_off_ || !due(one, input.wall))) return false;
  one.last_wall = input.wall;
  if (options_.trace) {
    EpochTimes& times = options_.trace->of(shard.epoch());
    if (times.begun == 0) times.begun = env_.clock.monotonic_nanos();
  }
  shard.run_step(input, one.completions);
  for (std::uint64_t sent = shard.take_sent_to(); sent != 0; sent &= sent - 1) {
    EngineShard& to = *shards_[static_cast<std::size_t>(std::countr_zero(sent))];
    if (to.parked.fetch_add(0) != 0) to.wake();
  }
  return true;
}

void EmbeddedEngine::park(EngineShard& one, std::unique_lock<std::mutex>& turning) {
  const Time now = clock_.now();
  Time next = one.shard->next_wall_timer();
  if (options_.tick > Duration{0}) next = std::min(next, one.last_wall + options_.tick);
  if (!in_flight(one) && wants_end(one)) next = std::min(next, now + lingers(one));
  const bool has_room = !one.shard->full();  // else only a commit helps
  std::unique_lock lock(one.mutex);
  turning.unlock();
  const auto woken = [&] { return one.wake_asked; };
  if (next == Time::max() || !has_room) {
    one.woken.wait(lock, woken);
  } else {
    one.woken.wait_for(lock, std::clamp<Duration>(next - now, Duration{1}, std::chrono::hours(1)),
                       woken);
  }
  one.wake_asked = false;
  lock.unlock();
  turning.lock();
}

// Stopping: this shard has nothing left. Over when all say so and nobody has anything for another;
// until then each goes on closing its parts.
bool EmbeddedEngine::may_end(EngineShard& one) {
  const bool quiet = stopping_ && !in_flight(one) && !one.shard->has_work();
  if (options_.shards == 1) return quiet;
  if (!stopping_) return false;
  {
    const std::lock_guard lock(ending_);
    quiet_[one.number] = quiet;
    const bool all = std::all_of(quiet_.begin(), quiet_.end(), [](bool its) { return its; });
    if (!all || (!gave_up_ && !links_.all_worked_on())) return ended_;
    if (ended_.exchange(true)) return true;
  }
  wake_all();
  return true;
}

void EmbeddedEngine::run_shard(EngineShard& one) {
  std::unique_lock turning(one.turning);
  while (!committer_.failed()) {
    if (turn(one)) continue;
    if (may_end(one)) break;
    if (options_.shards > 1) {
      // Whoever sends looks at `parked` after it has sent, and we look once more after we have set
      // it. Both change it, so one comes after the other: it sees what that one did before.
      one.parked.fetch_add(1);
      if (!turn(one)) park(one, turning);
      one.parked.fetch_sub(1);
    } else {
      park(one, turning);
    }
  }
  one.queries.close();
}

Result<void> EmbeddedEngine::start() {
  if (running_ || stopping_)
    return fail(Code::Invalid, "start " + name() + ": it was started before");
  // What recovery found may not be shown before a standby has it.
  if (CommitGate* const gate = broker_->journal().gate())
    VT_TRY_VOID(gate->may_begin(broker_->journal().committed_epoch()));
  running_ = true;
  for (Upstream& upstream : upstreams_)
    upstream.token = upstream.engine->on_commit([this] { wake_all(); });
  committer_.start();
  keeper_.start();
  // What fell due while nobody ran comes first, however soon we are stopped.
  for (const auto& one : shards_) {
    const std::lock_guard turning(one->turning);
    turn(*one);
  }
  for (const auto& one : shards_) {
    one->queries.open();
    one->thread = std::thread([this, &one = *one] {
      const std::string thread_name =
          options_.shards == 1 ? "vt-shard" : "vt-shard-" + std::to_string(one.number);
      pthread_setname_np(pthread_self(), thread_name.c_str());
      take_short_turns();
      run_shard(one);
    });
  }
  return {};
}

// Driven: one that had work may stand behind one that had none, which has to close its part, too.
bool EmbeddedEngine::close_behind() {
  bool any = false;
  for (const auto& one : shards_) {
    if (board_.target() > one->shard->epoch()) any |= close_epoch(*one);
  }
  return any;
}

// Driven: every shard takes a step and closes its part, if it or one before it has work. Whoever
// has closed goes on at once, as it does on a thread: those after it are an epoch behind then.
bool EmbeddedEngine::turn_all() {
  if (options_.shards == 1) return turn(*shards_.front());
  bool progress = false;
  for (const auto& one : shards_) {
    progress |= settle(*one);
    progress |= checkpoint_if_due(*one, false);
    progress |= step(*one);
    if (!close_epoch(*one)) continue;
    progress = true;
    step(*one);
  }
  progress |= close_behind();
  if (progress) {
    for (const auto& one : shards_) publish_figures(*one);
  }
  return progress;
}

void EmbeddedEngine::drain() {
  // Driven by poll(): the caller's thread is the shards and the committer.
  while (!committer_.failed()) {
    const bool progress = turn_all();
    const bool on_the_way = !committer_.idle();
    if (on_the_way) {
      if (!committer_.run_once()) break;
      learn_commit();
    }
    if (!progress && !on_the_way) break;
  }
}

// Whoever still waits after the last commit learns that there will be none.
void EmbeddedEngine::fail_waiting() {
  const Error error = committer_.failed().value_or(
      Error{Code::Unavailable, "append to " + name() + ": the engine has stopped"});
  for (const auto& one : shards_) {
    for (Completion& waiting : one->completions) waiting.done(tl::unexpected<Error>(error));
    one->completions.clear();
    IngestBatch left;
    while (one->ingest.take(options_.ingest_records_max, options_.ingest_bytes_max, left) != 0) {
      for (IngestBatch::Caller& waiting : left.callers) waiting.done(tl::unexpected<Error>(error));
    }
  }
}

void EmbeddedEngine::stop() {
  if (stopping_.exchange(true) || !begun_) return;
  if (CommitGate* const gate = broker_->journal().gate()) gate->hurry();
  if (shards_.front()->thread.joinable()) {
    committer_.hurry();
    wake_all();
    for (const auto& one : shards_) one->thread.join();
    for (Upstream& upstream : upstreams_) upstream.engine->remove_on_commit(upstream.token);
  } else {
    drain();
  }
  keeper_.stop();
  committer_.stop();
  fail_waiting();
  for (const auto& one : shards_) {
    if (one->slicer.joinable()) end_slice_beside(*one, true);
  }
  if (flusher_.joinable()) flusher_.join();
  final_checkpoint();
  running_ = false;
  for (Upstream& upstream : upstreams_) upstream.engine->let_go(name());
}

Result<bool> EmbeddedEngine::poll_shard(std::uint32_t number) {
  if (const auto failed = committer_.failed()) return tl::unexpected<Error>(*failed);
  return turn(*shards_.at(number));
}

Result<bool> EmbeddedEngine::poll_disk() {
  if (const auto failed = committer_.failed()) return tl::unexpected<Error>(*failed);
  if (committer_.idle()) return false;
  VT_TRY(const bool worked, committer_.run_once());
  learn_commit();
  return worked;
}

// Driven: the commit on the way.
Result<bool> EmbeddedEngine::commit_now() {
  if (committer_.idle()) return false;
  VT_TRY(const bool worked, committer_.run_once());
  learn_commit();
  for (const auto& one : shards_) settle(*one);
  return worked;
}

// Driven: nothing that was worked on stays uncommitted when poll() returns.
Result<bool> EmbeddedEngine::commit_the_rest() {
  if (options_.shards == 1 || !committer_.idle()) return false;
  for (const auto& one : shards_) close_epoch(*one);
  close_behind();
  return commit_now();
}

Result<bool> EmbeddedEngine::poll() {
  VT_CHECK_MSG(!shards_.front()->thread.joinable(), "poll() is for an engine that was not started");
  if (const auto failed = committer_.failed()) return tl::unexpected<Error>(*failed);
  bool progress = false;
  if (committer_.idle()) progress = turn_all();
  VT_TRY(const bool committed, commit_now());
  VT_TRY(const bool rest, commit_the_rest());
  progress |= committed || rest;
  keeper_.tend();
  return progress;
}

}  // namespace vitrine
