#include <algorithm>
#include <mutex>
#include <utility>

#include "streams/store/store.h"

namespace vitrine {

struct SharedBackend::State {
  explicit State(StateBackend& b) : backend(b) {}
  Epoch applied_by_all() const { return *std::min_element(applied.begin(), applied.end()); }

  StateBackend& backend;
  mutable std::mutex mutex;    // writes one after the other; guards `applied`
  std::vector<Epoch> applied;  // by shard
};

class SharedBackend::View final : public StateBackend {
 public:
  View(State& state, std::uint32_t shard) : state_(state), shard_(shard) {}

  bool get(BytesView key, Bytes& value) const override { return state_.backend.get(key, value); }
  Result<void> write(const std::vector<Change>& changes, Epoch applied) override {
    const std::lock_guard lock(state_.mutex);
    const Epoch before = std::exchange(state_.applied[shard_], applied);
    auto written = state_.backend.write(changes, state_.applied_by_all());
    if (!written) state_.applied[shard_] = before;
    return written;
  }
  Result<void> write_rows(const RowBatch& rows) override {
    if (state_.backend.rows_beside()) return state_.backend.write_rows(rows);
    const std::lock_guard lock(state_.mutex);
    return state_.backend.write_rows(rows);
  }
  bool rows_beside() const override { return state_.backend.rows_beside(); }
  Epoch applied() const override {
    const std::lock_guard lock(state_.mutex);
    return state_.applied[shard_];
  }
  bool empty() const override { return state_.backend.empty(); }
  Result<void> flush() override { return state_.backend.flush(); }
  bool lasting() const override { return state_.backend.lasting(); }
  void scan(BytesView prefix,
            const std::function<void(BytesView, BytesView)>& visit) const override {
    state_.backend.scan(prefix, visit);
  }
  std::unique_ptr<FrozenRows> freeze() const override { return state_.backend.freeze(); }

 private:
  State& state_;
  const std::uint32_t shard_;
};

SharedBackend::SharedBackend(StateBackend& backend, std::uint32_t shards)
    : state_(std::make_unique<State>(backend)) {
  state_->applied.resize(shards, backend.applied());
  for (std::uint32_t shard = 0; shard < shards; ++shard)
    views_.push_back(std::make_unique<View>(*state_, shard));
}

SharedBackend::~SharedBackend() = default;

// A lone shard talks to the backend itself.
StateBackend& SharedBackend::of(std::uint32_t shard) {
  if (views_.size() == 1) return state_->backend;
  return *views_[shard];
}

Epoch SharedBackend::applied() const {
  if (views_.size() == 1) return state_->backend.applied();
  const std::lock_guard lock(state_->mutex);
  return state_->applied_by_all();
}

}  // namespace vitrine
