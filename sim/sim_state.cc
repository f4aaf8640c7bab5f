#include "sim/sim_state.h"

namespace vitrine::sim {

void SimState::Kept::add(const Batch& batch) {
  for (const auto& change : batch.changes) {
    if (change.removed)
      values.erase(change.key);
    else
      values[change.key] = change.value;
  }
  if (!batch.file) applied = batch.applied;
  written = true;
}

class SimState::Backend final : public StateBackend {
 public:
  explicit Backend(SimState& disk)
      : disk_(disk), generation_(disk.generation_), now_(disk.flushed_) {}

  bool get(BytesView key, Bytes& value) const override {
    const auto found = now_.values.find(key);
    if (found == now_.values.end()) return false;
    value = found->second;
    return true;
  }
  Result<void> write(const std::vector<Change>& changes, Epoch applied) override {
    if (generation_ != disk_.generation_) return fail(Code::Io, "write state: the power is off");
    disk_.unflushed_.push_back({changes, applied});
    now_.add(disk_.unflushed_.back());
    return {};
  }
  Result<void> write_rows(const RowBatch& rows) override {
    constexpr std::size_t kFileRows = 8;  // of the few that a simulated cache holds
    VT_TRY_VOID(StateBackend::write_rows(rows));
    disk_.unflushed_.back().file = rows.size() >= kFileRows;
    return {};
  }
  Result<void> flush() override {
    if (generation_ != disk_.generation_) return fail(Code::Io, "flush state: the power is off");
    disk_.flushed_ = now_;
    disk_.unflushed_.clear();
    return {};
  }
  Epoch applied() const override { return now_.applied; }
  bool empty() const override { return !now_.written; }
  void scan(BytesView prefix,
            const std::function<void(BytesView, BytesView)>& visit) const override {
    for (auto at = now_.values.lower_bound(prefix);
         at != now_.values.end() && at->first.starts_with(prefix); ++at)
      visit(at->first, at->second);
  }

 private:
  SimState& disk_;
  const std::uint64_t generation_;
  Kept now_;
};

std::unique_ptr<StateBackend> SimState::open() {
  ++generation_;
  unflushed_.clear();
  return std::make_unique<Backend>(*this);
}

void SimState::crash(SeededRandom& random) {
  ++generation_;
  const std::uint64_t kept = random.below(unflushed_.size() + 1);
  for (std::uint64_t i = 0; i < unflushed_.size(); ++i) {
    if (i < kept || unflushed_[i].file) flushed_.add(unflushed_[i]);
  }
  unflushed_.clear();
}

void SimState::lose_all() {
  ++generation_;
  flushed_ = {};
  unflushed_.clear();
}

}  // namespace vitrine::sim
