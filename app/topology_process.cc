#include "app/topology_process.h"

namespace vitrine {

Result<std::unique_ptr<TopologyProcess>> TopologyProcess::open(Env& env, const App& app,
                                                               const KafkaSettings& settings,
                                                               const KafkaHouseOptions& house) {
  std::unique_ptr<TopologyProcess> out(new TopologyProcess);
  constexpr ByteCount kCacheBytes = 32U << 20U;  // of each of the units
  VT_TRY(const auto topology, app.topology(Plan::Split));
  KafkaBrokerOptions options;
  options.settings = settings;
  options.app_id = app.name();
  options.distributed = true;
  options.instance = house.instance;
  VT_TRY(out->broker_, KafkaBroker::open(*topology, std::move(options)));
  UnitOptions unit;
  unit.bounds.cache_bytes = kCacheBytes;
  if (!house.state.empty()) unit.state_folder = house.state + "/" + app.name();
  unit.on_end = [one = out.get()] {
    if (one->on_end_) one->on_end_();
  };
  out->runner_ = std::make_unique<UnitRunner>(env, topology, *out->broker_, std::move(unit));
  return out;
}

void TopologyProcess::start(std::function<void()> on_end) {
  on_end_ = std::move(on_end);
  runner_->start();
}

Result<void> TopologyProcess::stop() { return runner_->stop(); }

}  // namespace vitrine
