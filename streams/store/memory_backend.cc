#include <map>
#include <shared_mutex>

#include "streams/store/store.h"

namespace vitrine {
namespace {

// For tests and the simulator: state that starts empty, so that everything is restored from the
// journal.
class MemoryBackend final : public StateBackend {
 public:
  bool get(BytesView key, Bytes& value) const override {
    const std::shared_lock lock(mutex_);
    const auto found = values_.find(key);
    if (found == values_.end()) return false;
    value = found->second;
    return true;
  }

  Result<void> write(const std::vector<Change>& changes, Epoch applied) override {
    const std::unique_lock lock(mutex_);
    for (const Change& change : changes) {
      if (change.removed) {
        values_.erase(change.key);
      } else {
        values_[change.key] = change.value;
      }
    }
    written_ = true;
    applied_ = applied;
    return {};
  }

  Epoch applied() const override { return applied_; }
  bool empty() const override { return !written_; }
  Result<void> flush() override { return {}; }
  bool lasting() const override { return false; }

  void scan(BytesView prefix,
            const std::function<void(BytesView, BytesView)>& visit) const override {
    const std::shared_lock lock(mutex_);
    for (auto at = values_.lower_bound(prefix);
         at != values_.end() && at->first.starts_with(prefix); ++at) {
      visit(at->first, at->second);
    }
  }

 private:
  mutable std::shared_mutex mutex_;  // guards the values
  std::map<Bytes, Bytes, std::less<>> values_;
  Epoch applied_;
  bool written_ = false;
};

}  // namespace

std::unique_ptr<StateBackend> memory_backend() { return std::make_unique<MemoryBackend>(); }

}  // namespace vitrine
