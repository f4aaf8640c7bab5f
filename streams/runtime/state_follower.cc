#include "streams/runtime/state_follower.h"

#include <algorithm>
#include <bit>

namespace vitrine {
namespace {

constexpr std::uint32_t kShardsMax = 64;  // as Engine::open allows

// The number of shards from this change on; 0 when it says nothing of it.
std::uint32_t shards_said_by(const Delta& change) {
  if (change.store != Shard::kOwnStore || change.removed || !Shard::is_layout(change.key))
    return 0;
  return static_cast<std::uint32_t>(ByteReader{change.value}.varint());
}

}  // namespace

// The stores of an engine's shards, and what a Shard needs around them to exist. Nothing is run.
struct StateFollower::Team {
  Team(std::shared_ptr<const Topology> its_topology, const EngineOptions& options, Broker& broker,
       StateBackend& backend, std::uint32_t count)
      : topology(std::move(its_topology)),
        topics(*topology, options.extra_topics),
        shared(backend, count),
        numbering(count, Epoch{1}, Position{1}),
        links(count, 256) {
    for (std::uint32_t number = 0; number < count; ++number) {
      shards.push_back(std::make_unique<Shard>(
          *topology, topics, shared.of(number),
          std::max<ByteCount>(1, options.state_cache_bytes / count), ShardBounds{},
          ShardTeam{numbering, broker, links}, number));
    }
  }

  const std::shared_ptr<const Topology> topology;
  const TopicTable topics;
  SharedBackend shared;
  const Numbering numbering;
  ShardLinks links;
  std::vector<std::unique_ptr<Shard>> shards;
};

StateFollower::StateFollower(std::shared_ptr<const Topology> topology,
                             const EngineOptions& options, EmbeddedBroker& broker,
                             std::unique_ptr<StateBackend> backend)
    : topology_(std::move(topology)),
      options_(options),
      broker_(broker),
      backend_(std::move(backend)),
      applied_(backend_->applied().value()),
      checkpoint_(backend_->applied()) {}

StateFollower::~StateFollower() = default;

Result<std::unique_ptr<StateFollower>> StateFollower::open(
    std::shared_ptr<const Topology> topology, const EngineOptions& options,
    EmbeddedBroker& broker) {
  const std::string folder = options.folder + "/state";
  VT_TRY(auto backend,
         options.state_backend ? options.state_backend(folder) : rocksdb_backend(folder));
  if (backend->applied() > broker.journal().committed_epoch()) {
    return fail(Code::Corrupt, "follow in " + options.folder + ": the state is at epoch " +
                                   std::to_string(backend->applied().value()) +
                                   " and the journal ends before; seed the folder anew");
  }
  std::unique_ptr<StateFollower> out(
      new StateFollower(std::move(topology), options, broker, std::move(backend)));
  VT_TRY(const std::uint32_t shards, out->shards_at_start());
  out->begin_with(shards);
  if (out->backend_->lasting()) broker.journal().release(out->checkpoint_);
  VT_TRY_VOID(out->follow());
  return out;
}

// As the backend says; what the journal says since is met on the way.
Result<std::uint32_t> StateFollower::shards_at_start() {
  Team probe(topology_, options_, broker_, *backend_, 1);
  return std::max<std::uint32_t>(1, probe.shards.front()->kept_layout().shards);
}

void StateFollower::begin_with(std::uint32_t shards) {
  team_.reset();
  auto topology = topology_;
  if (shards > 1) {
    if (auto split = topology_->split()) topology = std::move(split);
  }
  team_ = std::make_unique<Team>(std::move(topology), options_, broker_, *backend_, shards);
}

Result<void> StateFollower::follow() {
  return broker_.restore(
      EmbeddedBroker::kUnit, applied(),
      [this](Epoch epoch, BytesView, std::span<const Delta> changes) -> Result<void> {
        return apply(epoch, changes);
      });
}

Result<void> StateFollower::apply(Epoch epoch, std::span<const Delta> changes) {
  for (const Delta& change : changes) {
    const std::uint32_t shards = shards_said_by(change);
    if (shards == 0 || shards == team_->shards.size()) continue;
    if (!std::has_single_bit(shards) || shards > kShardsMax) {
      return fail(Code::Corrupt, "follow the state of " + topology_->name() + ": group " +
                                     std::to_string(epoch.value()) + " says there are " +
                                     std::to_string(shards) + " shards; copy the log again");
    }
    VT_TRY_VOID(checkpoint());
    begin_with(shards);
    break;
  }
  for (const auto& shard : team_->shards) shard->restore(changes);
  applied_ = epoch.value();
  std::size_t since = 0;
  for (const auto& shard : team_->shards) since += shard->deltas_since_checkpoint();
  const bool wanted = backend_->lasting() && broker_.journal().wants_released() > checkpoint_;
  if (since >= options_.checkpoint_deltas || wanted) return checkpoint();
  return {};
}

Result<void> StateFollower::checkpoint() {
  const Epoch through = applied();
  if (through == checkpoint_) return {};
  for (const auto& shard : team_->shards) {
    shard->begin_checkpoint(through);
    for (bool finished = false; !finished;) {
      VT_TRY(finished, shard->checkpoint_slice());
    }
  }
  VT_TRY_VOID(backend_->flush());
  checkpoint_ = through;
  if (backend_->lasting()) broker_.journal().release(through);
  return {};
}

}  // namespace vitrine
