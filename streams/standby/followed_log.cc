#include "streams/standby/followed_log.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>

#include "base/log.h"
#include "streams/runtime/backup.h"
#include "streams/runtime/identities.h"

namespace vitrine {

Result<std::unique_ptr<FollowedLog>> FollowedLog::open(Env& env,
                                                       std::shared_ptr<const Topology> topology,
                                                       const EngineOptions& options) {
  VT_TRY_VOID(check_restored(env.disk, options.folder));
  VT_TRY_VOID(
      check_identities(env.disk, options.folder, topology->stores(), topology->upgrades()));
  JournalOptions journal = options.journal;
  journal.follows = true;
  VT_TRY(auto broker, EmbeddedBroker::open(env, options.folder + "/journal", journal));
  std::unique_ptr<FollowedLog> out(
      new FollowedLog(env, std::move(topology), options, std::move(broker)));
  VT_TRY_VOID(out->say_what_is_kept());
  out->hold(Position{1});
  out->thread_ = std::thread([log = out.get()] {
    pthread_setname_np(pthread_self(), "vt-state");
    log->run();
  });
  return out;
}

FollowedLog::FollowedLog(Env& env, std::shared_ptr<const Topology> topology,
                         const EngineOptions& options, std::unique_ptr<EmbeddedBroker> broker)
    : env_(env), topology_(std::move(topology)), options_(options), broker_(std::move(broker)) {}

Result<void> FollowedLog::say_what_is_kept() {
  const TopicTable topics(*topology_, options_.extra_topics);
  for (TopicNumber topic = 0; topic < topics.size(); ++topic)
    broker_->journal().keep(topics.info(topic).name, topics.info(topic).keep);
  for (const auto& [topic, keep] : options_.keep) broker_->journal().keep(topic, keep);
  return {};
}

Result<void> FollowedLog::take(std::span<const ShippedGroup> groups) {
  auto taken = broker_->journal().take(groups);
  {
    const std::lock_guard lock(mutex_);
    more_ = true;
  }
  changed_.notify_all();
  return taken;
}

std::optional<Error> FollowedLog::failed() const {
  const std::lock_guard lock(mutex_);
  return failed_;
}

// A full disk is tried again; anything else is final.
void FollowedLog::note(const Result<void>& result, const char* attempt) {
  if (result) return;
  log(LogLevel::Error, "standby_state_failed",
      {{"app", topology_->name()}, {"attempt", attempt}, {"error", result.error().message}});
  if (result.error().code == Code::StorageFull) return;
  const std::lock_guard lock(mutex_);
  failed_ = result.error();
}

void FollowedLog::run() {
  auto opened = StateFollower::open(topology_, options_, *broker_);
  if (!opened) return note(tl::unexpected<Error>(opened.error()), "open");
  StateFollower& state = **opened;
  std::unique_lock lock(mutex_);
  while (!stopping_ && !failed_) {
    more_ = false;
    lock.unlock();
    note(state.follow(), "follow");
    state_ = state.applied().value();
    const auto kept = broker_->journal().tend(
        std::max(env_.clock.now(), broker_->journal().last_time()));
    if (!kept) note(tl::unexpected<Error>(kept.error()), "tend");
    lock.lock();
    changed_.wait_for(lock, std::chrono::milliseconds(250), [&] { return stopping_ || more_; });
  }
  lock.unlock();
  if (!failed()) note(state.checkpoint(), "checkpoint");
}

void FollowedLog::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

}  // namespace vitrine
