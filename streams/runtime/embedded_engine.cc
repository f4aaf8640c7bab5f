#include "streams/runtime/embedded_engine.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/log.h"
#include "base/plant.h"
#include "streams/runtime/backup.h"
#include "streams/runtime/identities.h"

namespace vitrine {

Result<std::unique_ptr<Engine>> Engine::open(Env& env, std::shared_ptr<const Topology> topology,
                                             EngineOptions options) {
  VT_TRY(auto engine, EmbeddedEngine::open(env, std::move(topology), std::move(options)));
  return engine;
}

Result<std::unique_ptr<EmbeddedEngine>> EmbeddedEngine::open(
    Env& env, std::shared_ptr<const Topology> topology, EngineOptions options) {
  VT_CHECK(topology != nullptr);
  VT_TRY_VOID(env.disk.make_folder(options.folder));
  VT_TRY_VOID(check_restored(env.disk, options.folder));
  VT_TRY_VOID(
      check_identities(env.disk, options.folder, topology->stores(), topology->upgrades()));
  VT_TRY(auto broker, EmbeddedBroker::open(env, options.folder + "/journal", options.journal));
  const std::string state_folder = options.folder + "/state";
  VT_TRY(auto backend, options.state_backend ? options.state_backend(state_folder)
                                             : rocksdb_backend(state_folder));
  if (backend->applied() > broker->journal().committed_epoch()) {
    return fail(
        Code::Corrupt,
        "open " + options.folder + ": the state is at epoch " +
            std::to_string(backend->applied().value()) + " and the journal ends at " +
            std::to_string(broker->journal().committed_epoch().value()) +
            "; bring back the journal, or remove the state folder to rebuild from what is left");
  }
  std::unique_ptr<EmbeddedEngine> engine(new EmbeddedEngine(
      env, std::move(topology), std::move(options), std::move(broker), std::move(backend)));
  VT_TRY_VOID(engine->restore());
  return engine;
}

EmbeddedEngine::EmbeddedEngine(Env& env, std::shared_ptr<const Topology> topology,
                               EngineOptions options, std::unique_ptr<EmbeddedBroker> broker,
                               std::unique_ptr<StateBackend> backend)
    : env_(env),
      topology_(std::move(topology)),
      options_(std::move(options)),
      topics_(*topology_, options_.extra_topics),
      broker_(std::move(broker)),
      backend_(std::move(backend)),
      ingest_(env.clock, options_.ingest_records_max, options_.ingest_bytes_max),
      committer_(*broker_, env.clock, listeners_, [this] { wake(); }),
      shard_(*topology_, topics_, *backend_, options_.state_cache_bytes,
             {options_.epoch_records_max, options_.epoch_bytes_max}),
      keeper_(topology_->name(), broker_->journal(), env.clock,
              [this] { return ingest_.server_now(); }, [this] { wake(); }) {}

EmbeddedEngine::~EmbeddedEngine() { stop(); }

Result<void> EmbeddedEngine::restore() {
  for (TopicNumber topic = 0; topic < topics_.size(); ++topic)
    VT_TRY_VOID(broker_->ensure(topics_.info(topic)));
  VT_TRY_VOID(say_what_is_kept());
  VT_TRY(const auto deltas, shard_.restore(*broker_, EmbeddedBroker::kUnit));
  ingest_.not_before(shard_.recorded_time());
  checkpoint_ = backend_->applied();
  if (backend_->lasting()) broker_->journal().release(checkpoint_);
  for (Engine* engine : options_.upstreams) {
    UpstreamRange consumed = shard_.consumed(engine->name());
    if (consumed.next > std::max(engine->committed_end(), Position{1})) {
      return fail(Code::Corrupt,
                  "open " + options_.folder + ": " + engine->name() + " was read up to position " +
                      std::to_string(consumed.next.value()) + " and now ends at " +
                      std::to_string(engine->committed_end().value()) + "; bring back its journal");
    }
    VT_TRY_VOID(check_missed(*engine, consumed.next));
    const Position next = consumed.next;
    engine->hold(name(), next);
    upstreams_.push_back({engine, std::move(consumed), 0, next});
  }
  hold_what_is_needed();
  log(LogLevel::Info, "engine_opened",
      {{"app", name()}, {"epoch", recovery().last_epoch.value()}, {"deltas_restored", deltas}});
  return {};
}

Result<void> EmbeddedEngine::append(Append record, Done done) {
  if (stopping_)
    return fail(Code::Unavailable, "append to " + record.topic + ": the engine is stopping");
  if (storage_full()) {
    return fail(Code::StorageFull,
                "append to " + record.topic + ": no space left; free disk, then try again");
  }
  if (const auto failed = committer_.failed()) return tl::unexpected<Error>(*failed);
  const TopicNumber topic = topics_.find(record.topic);
  if (topic == TopicTable::kNone) {
    return fail(Code::Invalid, "append to " + record.topic + ": no such topic in " + name() +
                                   "; name it in the App or in extra_topics");
  }
  const std::uint32_t partition = topics_.partition_of(topic, record.record.key);
  bool first = false;
  VT_TRY_VOID(ingest_.push({topic, partition, std::move(record.record), std::move(done)},
                           record.keep_timestamp, first));
  if (first) wake();
  return {};
}

Result<Journal::Batch> EmbeddedEngine::fetch(std::span<const std::string> topics, Position from,
                                             std::size_t max_records, ByteCount max_bytes) const {
  return broker_->fetch(topics, from, max_records, max_bytes);
}

Position EmbeddedEngine::committed_end() const {
  return broker_->committed(EmbeddedBroker::kUnit).next;
}

std::optional<Bytes> EmbeddedEngine::state_get(const std::string& store, BytesView key) const {
  std::future<std::optional<Bytes>> answer;
  {
    const std::lock_guard lock(mutex_);
    if (!running_) return shard_.get(store, key);
    state_requests_.push_back({store, Bytes(key), {}});
    answer = state_requests_.back().answer.get_future();
  }
  wake();
  return answer.get();
}

void EmbeddedEngine::wake() const {
  {
    const std::lock_guard lock(mutex_);
    wake_ = true;
  }
  woken_.notify_one();
}

bool EmbeddedEngine::settle() {
  // The broker says Done a moment before the committer has let go of the epoch; it wakes us when it
  // has.
  if (!committer_.idle()) return false;
  bool progress = false;
  for (const BrokerEvent& event : broker_->poll()) {
    if (event.kind != BrokerEvent::Kind::Done) continue;
    VT_CHECK(event.outcome == Outcome::Committed);
    in_flight_ = false;
    progress = true;
  }
  if (!progress) return false;
  const Epoch epoch = broker_->committed(EmbeddedBroker::kUnit).epoch;
  shard_.committed(epoch);
  hold_what_is_needed();
  queries_.committed(epoch);
  std::erase_if(held_answers_, [&](HeldAnswer& held) {
    if (held.epoch > epoch) return false;
    held.answer.set_value(std::move(held.value));
    return true;
  });
  return true;
}

// A value that changed in an epoch not yet durable is told when that epoch is.
bool EmbeddedEngine::answer_state_requests() {
  std::vector<StateRequest> requests;
  {
    const std::lock_guard lock(mutex_);
    requests = std::exchange(state_requests_, {});
  }
  for (StateRequest& request : requests) {
    auto value = shard_.get(request.store, request.key);
    if (shard_.settled(request.store, request.key)) {
      request.answer.set_value(std::move(value));
    } else {
      held_answers_.push_back({newest_epoch(), std::move(value), std::move(request.answer)});
    }
  }
  return queries_.answer(shard_.stores(), newest_epoch()) || !requests.empty();
}

bool EmbeddedEngine::close_epoch() {
  if (in_flight_ || !shard_.has_work()) return false;
  in_flight_ = true;
  for (Upstream& upstream : upstreams_) upstream.handed_over = upstream.consumed.next;
  Group group = shard_.finish_epoch();
  if (planted("state_before_commit")) {
    if (slicer_.joinable()) end_slice_beside(true);
    shard_.committed(group.epoch());
    shard_.begin_checkpoint(group.epoch());
    auto written = shard_.checkpoint_slice();
    while (written && !*written) written = shard_.checkpoint_slice();
    const bool flushed = backend_->flush().has_value();
    // Long enough that a kill meets it.
    if (flushed && thread_.joinable()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  broker_->commit(EmbeddedBroker::kUnit, EmbeddedBroker::kGeneration, std::move(group));
  committer_.hand_over(std::exchange(completions_, {}), std::exchange(oldest_nanos_, 0));
  return true;
}

bool EmbeddedEngine::turn() {
  bool progress = settle();
  progress |= answer_state_requests();
  progress |= checkpoint_if_due(false);
  progress |= step();
  progress |= close_epoch();
  return progress;
}

}  // namespace vitrine
