#include "streams/runtime/embedded_engine.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <utility>

#include "base/log.h"
#include "base/metrics.h"
#include "base/plant.h"
#include "streams/runtime/backup.h"
#include "streams/runtime/identities.h"
#include "streams/runtime/term.h"

namespace vitrine {

Result<std::unique_ptr<Engine>> Engine::open(Env& env, std::shared_ptr<const Topology> topology,
                                             EngineOptions options) {
  VT_TRY(auto engine, EmbeddedEngine::open(env, std::move(topology), std::move(options)));
  return engine;
}

namespace {

Result<void> check_shards(const TopicTable& topics, const EngineOptions& options) {
  const auto refuse = [&](const std::string& why) {
    return fail(Code::Invalid, "open " + options.folder + " with " +
                                   std::to_string(options.shards) + " shards: " + why);
  };
  constexpr std::uint32_t kShardsMax = 64;
  if (!std::has_single_bit(options.shards) || options.shards > kShardsMax)
    return refuse("give a power of two up to " + std::to_string(kShardsMax));
  if (options.shards == 1) return {};
  if (!std::has_single_bit(options.shard_ring_bytes) || options.shard_ring_bytes < 256)
    return refuse("shard_ring_bytes is a power of two, 256 at least");
  if (options.shards > topics.fewest_partitions()) {
    return refuse("a topic that is read has " + std::to_string(topics.fewest_partitions()) +
                  " partitions; give it more, or take fewer shards");
  }
  if (options.epoch_records_max > Numbering::kBlock / 4)
    return refuse("epoch_records_max is at most " + std::to_string(Numbering::kBlock / 4));
  return {};
}

// What all shards together may hold, for one of them.
template <class Number>
Number share(Number all, std::uint32_t shards) {
  return std::max<Number>(1, all / shards);
}

}  // namespace

Result<std::unique_ptr<EmbeddedEngine>> EmbeddedEngine::open(
    Env& env, std::shared_ptr<const Topology> topology, EngineOptions options) {
  VT_CHECK(topology != nullptr);
  std::shared_ptr<const Topology> whole = topology;
  if (options.shards > 1) {
    if (auto split = topology->split()) topology = std::move(split);
  }
  VT_TRY(auto engine, open_as(env, topology, options));
  const std::uint32_t before = engine->shards_.front()->shard->kept_layout().shards;
  if (before != options.shards && engine->recovery().last_epoch != Epoch{}) {
    const bool tail_cut = engine->recovery().tail_cut;
    engine.reset();
    VT_TRY_VOID(change_shards(env, whole, options, before));
    VT_TRY(engine, open_as(env, topology, options));
    engine->recovery_.tail_cut = tail_cut;  // the log was opened before
  }
  VT_TRY_VOID(engine->begin());
  return engine;
}

Result<std::unique_ptr<EmbeddedEngine>> EmbeddedEngine::open_as(
    Env& env, std::shared_ptr<const Topology> topology, EngineOptions options) {
  VT_TRY_VOID(check_shards(TopicTable(*topology, options.extra_topics), options));
  VT_TRY_VOID(env.disk.make_folder(options.folder));
  VT_TRY_VOID(check_restored(env.disk, options.folder));
  VT_TRY_VOID(check_term(env.disk, options.folder));
  VT_TRY_VOID(
      check_identities(env.disk, options.folder, topology->stores(), topology->upgrades()));
  if (options.trace) {
    options.journal.on_synced = [trace = options.trace](std::int64_t begun, std::int64_t ended) {
      if (trace->committing == nullptr) return;
      trace->committing->written = begun;
      trace->committing->synced = ended;
    };
  }
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
  VT_TRY_VOID(engine->restore_rows());
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
      shared_backend_(*backend_, options_.shards),
      numbering_(options_.shards, Epoch{broker_->journal().committed_epoch().value() + 1},
                 std::max(broker_->journal().committed_end(), Position{1})),
      clock_(env.clock),
      links_(options_.shards, options_.shard_ring_bytes),
      board_(options_.shards),
      committer_(*broker_, env.clock, listeners_, [this] { learn_commit(); }),
      keeper_(topology_->name(), broker_->journal(), env.clock, [this] { return clock_.now(); },
              [this] { wake_all(); }),
      recovery_(broker_->journal().recovery()),
      needs_(options_.shards),
      quiet_(options_.shards) {
  const std::uint32_t count = options_.shards;
  committer_.trace_into(options_.trace);
  board_.begin(broker_->journal().committed_epoch());
  const std::size_t edges = topology_->map().edges.size();
  for (std::uint32_t number = 0; number < count; ++number) {
    auto shard = std::make_unique<Shard>(
        *topology_, topics_, shared_backend_.of(number), share(options_.state_cache_bytes, count),
        ShardBounds{share(options_.epoch_records_max, count),
                    share(options_.epoch_bytes_max, count)},
        ShardTeam{numbering_, *broker_, links_}, number);
    shards_.push_back(std::make_unique<EngineShard>(number, std::move(shard), clock_,
                                                    share(options_.ingest_records_max, count),
                                                    share(options_.ingest_bytes_max, count),
                                                    topics_.size(), options_.upstreams.size(),
                                                    edges));
  }
  gauge("vitrine_streams_shards", "Shards that work on an app.", "app", topology_->name())
      .set(count);
}

EmbeddedEngine::~EmbeddedEngine() { stop(); }

Result<void> EmbeddedEngine::restore_rows() {
  restore_seconds_ = -1e-9 * static_cast<double>(env_.clock.monotonic_nanos());  // until begin()
  for (TopicNumber topic = 0; topic < topics_.size(); ++topic)
    VT_TRY_VOID(broker_->ensure(topics_.info(topic)));
  const auto restore = [&](Epoch, BytesView, std::span<const Delta> changes) -> Result<void> {
    for (const auto& one : shards_) one->shard->restore(changes);
    deltas_restored_ += changes.size();
    return {};
  };
  return broker_->restore(EmbeddedBroker::kUnit, backend_->applied(), restore);
}

Result<void> EmbeddedEngine::begin() {
  VT_TRY_VOID(say_what_is_kept());
  Shard::Layout layout = shards_.front()->shard->kept_layout();
  if (layout.shards != options_.shards) {
    grow_from(layout.shards);
    const Epoch next{broker_->journal().committed_epoch().value() + 1};
    layout = {options_.shards, numbering_.base_of(next)};
  }
  for (const auto& one : shards_) {
    VT_TRY_VOID(one->shard->restored(layout));
    clock_.not_before(one->shard->recorded_time());
    one->checkpoint = backend_->applied();
    one->settled = broker_->journal().committed_epoch();
  }
  if (shards_.front()->shard->kept_layout().shards != layout.shards)
    shards_.front()->shard->keep_layout(layout);
  begin_lineage();
  flushed_ = backend_->applied().value();
  if (backend_->lasting()) broker_->journal().release(backend_->applied());
  for (Engine* engine : options_.upstreams) VT_TRY_VOID(begin_upstream(*engine));
  for (const auto& one : shards_) hold_what_is_needed(*one);
  begun_ = true;
  checkpoint_nanos_ = env_.clock.monotonic_nanos();
  restore_seconds_ += 1e-9 * static_cast<double>(checkpoint_nanos_);
  for (const auto& one : shards_) publish_figures(*one);
  log(LogLevel::Info, "engine_opened",
      {{"app", name()},
       {"shards", options_.shards},
       {"epoch", recovery().last_epoch.value()},
       {"deltas_restored", deltas_restored_}});
  return {};
}

Result<Journal::Batch> EmbeddedEngine::fetch(std::span<const std::string> topics, Position from,
                                             std::size_t max_records, ByteCount max_bytes) const {
  return broker_->fetch(topics, from, max_records, max_bytes);
}

Position EmbeddedEngine::committed_end() const {
  return broker_->committed(EmbeddedBroker::kUnit).next;
}

void EmbeddedEngine::wake_all() const {
  for (const auto& one : shards_) one->wake();
}

// The broker says Done a moment before the committer has let go of the epoch; it calls this when it
// has.
void EmbeddedEngine::learn_commit() {
  if (committer_.idle()) {
    for (const BrokerEvent& event : broker_->poll())
      VT_CHECK(event.kind != BrokerEvent::Kind::Done || event.outcome == Outcome::Committed);
    board_.commit(broker_->committed(EmbeddedBroker::kUnit).epoch);
    if (shards_.size() == 1 && running_ && close_for_sleeper(*shards_.front())) return;
  }
  wake_all();
}

// The committer, when the disk is free: what a sleeping shard has ready goes out at once. Waking it
// for that would leave the disk idle for the time two threads take to wake, and cost them the CPU.
// False when it is awake, or has something to do that only it may: then it is to be told.
bool EmbeddedEngine::close_for_sleeper(EngineShard& one) {
  const std::unique_lock turning(one.turning, std::try_to_lock);
  if (!turning || committer_.has_failed()) return false;
  const bool was_full = one.shard->full() || one.shard->room_records() == 0;
  settle(one);
  if (stopping_ || working_off_) return false;
  const bool closed = close_epoch(one);
  if (closed) publish_figures(one);
  if (closed && options_.trace)
    options_.trace->of(Epoch{one.shard->epoch().value() - 1}).for_sleeper = true;
  return !was_full && !wants_end(one) && !one.shard->carrying() && !one.slicer.joinable() &&
         !one.shard->checkpointing() && !checkpoint_due(one) && one.ingest.empty();
}

bool EmbeddedEngine::settle(EngineShard& one) {
  const Epoch epoch = board_.committed();
  if (epoch == one.settled) return false;
  one.settled = epoch;
  one.shard->committed(epoch);
  hold_what_is_needed(one);
  one.queries.committed(epoch);
  return true;
}

// Closes this shard's part when everybody should, or when it has work (or is asked for rows) and
// the disk is free.
bool EmbeddedEngine::close_epoch(EngineShard& one) {
  const Epoch building = one.shard->epoch();
  if (board_.target() == building) {
    if (in_flight(one) || !wants_end(one) || lingers(one) > Duration{0}) return false;
    if (!board_.raise(building)) return false;
    closed_nanos_ = env_.clock.monotonic_nanos();
    for (const auto& other : shards_) {
      if (other.get() != &one) other->wake();
    }
  }
  settle(one);  // of the last part first
  for (ShardUpstream& upstream : one.upstreams) upstream.handed_over = upstream.consumed.next;
  auto whole = board_.hand_in(
      one.number, {one.shard->finish_epoch(), std::exchange(one.completions, {}),
                   std::exchange(one.oldest_nanos, 0)});
  if (whole) hand_over(std::move(*whole));
  one.queries.epoch_closed();
  return true;
}

// Driven by poll() nobody would wake up for it.
Duration EmbeddedEngine::lingers(const EngineShard& one) const {
  if (options_.linger <= Duration{0} || !running_ || stopping_ || one.shard->full()) return {};
  const std::chrono::nanoseconds passed{env_.clock.monotonic_nanos() - closed_nanos_};
  return std::max(Duration{0}, std::chrono::ceil<Duration>(options_.linger - passed));
}

void EmbeddedEngine::hand_over(EpochPart whole) {
  if (options_.shards == 1 && planted("state_before_commit")) {
    EngineShard& one = *shards_.front();
    if (one.slicer.joinable()) end_slice_beside(one, true);
    one.shard->committed(whole.group.epoch());
    one.shard->begin_checkpoint(whole.group.epoch());
    auto written = one.shard->checkpoint_slice();
    while (written && !*written) written = one.shard->checkpoint_slice();
    const bool flushed = backend_->flush().has_value();
    // Long enough that a kill meets it.
    if (flushed && one.thread.joinable())
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  const Epoch epoch = whole.group.epoch();
  if (options_.trace) {
    EpochTimes& times = options_.trace->of(epoch);
    times.next = whole.group.next_position();
    times.handed_over = env_.clock.monotonic_nanos();
  }
  broker_->commit(EmbeddedBroker::kUnit, EmbeddedBroker::kGeneration, std::move(whole.group));
  committer_.hand_over(std::move(whole.completions), whole.oldest_nanos, epoch);
}

bool EmbeddedEngine::turn(EngineShard& one) {
  bool progress = settle(one);
  progress |= one.queries.answer();
  if (board_.target() > one.shard->epoch()) progress |= close_epoch(one);
  progress |= checkpoint_if_due(one, false);
  progress |= step(one);
  progress |= close_epoch(one);
  if (progress) publish_figures(one);
  return progress;
}

}  // namespace vitrine
