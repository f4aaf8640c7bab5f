#include "app/house.h"

#include "app/topology_process.h"
#include "commerce/insight/topology.h"
#include "commerce/kpi/topology.h"
#include "commerce/model/topics.h"
#include "commerce/shop/topology.h"
#include "streams/kafka/kafka_remote_log.h"
#include "streams/runtime/mirror_engine.h"
#include "streams/runtime/topic_table.h"

namespace vitrine {
namespace {

House house_of_apps() {
  House house;
  house.shop_app = std::make_unique<App>(shop_app());
  house.audience_app = std::make_unique<App>(audience_app());
  house.insight_app = std::make_unique<App>(insight_app());
  return house;
}

std::vector<TopicInfo> topics_of(const Topology& topology, const std::vector<TopicInfo>& others) {
  std::vector<TopicInfo> out;
  const TopicTable table(topology, {});
  for (TopicNumber topic = 0; topic < table.size(); ++topic) {
    const TopicInfo& info = table.info(topic);
    const auto same = [&](const TopicInfo& other) { return other.name == info.name; };
    if (std::none_of(others.begin(), others.end(), same)) out.push_back(info);
  }
  return out;
}

Result<std::unique_ptr<Engine>> copy_of(Env& env, const std::string& name,
                                        const std::string& folder, std::vector<TopicInfo> topics,
                                        const App& app, const KafkaSettings& settings) {
  MirrorOptions options;
  options.folder = folder;
  options.name = name;
  options.topics = topics;
  VT_TRY(const auto topology, app.topology(Plan::Split));
  options.map = topology->map();
  options.units = TopicTable(*topology, {}).fewest_partitions();
  KafkaRemoteLogOptions remote;
  remote.settings = settings;
  remote.app_id = name;
  remote.topics = std::move(topics);
  VT_TRY(auto mirror, MirrorEngine::open(env, std::move(options), [&](BytesView place) {
           return open_kafka_log(remote, place);
         }));
  return std::unique_ptr<Engine>(std::move(mirror));
}

}  // namespace

std::string shop_folder(const std::string& log) { return log + "/shop"; }
std::string audience_folder(const std::string& log) { return log + "/audience"; }
std::string insight_folder(const std::string& log) { return log + "/insight"; }

House::House() = default;
House::House(House&&) noexcept = default;
House& House::operator=(House&&) noexcept = default;
House::~House() = default;

std::vector<Engine*> House::engines() const {
  std::vector<Engine*> out;
  for (const auto* engine : {&insight, &audience, &shop})
    if (*engine) out.push_back(engine->get());
  return out;
}

std::vector<const App*> House::apps() const {
  return {shop_app.get(), audience_app.get(), insight_app.get()};
}

Result<House> House::open(Env& env, const std::string& log) {
  House house = house_of_apps();
  EngineOptions options;
  options.folder = shop_folder(log);
  VT_TRY(house.shop, Engine::open(env, *house.shop_app, options));
  options.folder = audience_folder(log);
  options.upstreams = {house.shop.get()};
  VT_TRY(house.audience, Engine::open(env, *house.audience_app, options));
  options.folder = insight_folder(log);
  options.upstreams = {house.shop.get(), house.audience.get()};
  VT_TRY(house.insight, Engine::open(env, *house.insight_app, std::move(options)));
  return house;
}

Result<House> House::open_on_kafka(Env& env, const KafkaHouseOptions& options) {
  VT_TRY(const KafkaSettings settings, KafkaSettings::from(options.address, options.config_file));
  House house = house_of_apps();
  for (const App* app : house.apps()) {
    if (!options.topologies) break;
    VT_TRY(auto topology, TopologyProcess::open(env, *app, settings, options));
    house.topologies.push_back(std::move(topology));
  }
  if (!options.gateway) return house;
  VT_TRY(const auto shop, house.shop_app->topology());
  VT_TRY(const auto audience, house.audience_app->topology());
  VT_TRY(const auto insight, house.insight_app->topology());
  const std::vector<TopicInfo> of_shop = topics_of(*shop, {});
  const std::vector<TopicInfo> of_audience = topics_of(*audience, of_shop);
  std::vector<TopicInfo> of_both = of_shop;
  of_both.insert(of_both.end(), of_audience.begin(), of_audience.end());
  VT_TRY(house.shop,
         copy_of(env, shop->name(), shop_folder(options.copy), of_shop, *house.shop_app,
                             settings));
  VT_TRY(house.audience, copy_of(env, audience->name(), audience_folder(options.copy),
                                 of_audience, *house.audience_app, settings));
  VT_TRY(house.insight, copy_of(env, insight->name(), insight_folder(options.copy),
                                topics_of(*insight, of_both), *house.insight_app, settings));
  return house;
}

Result<void> House::start(std::function<void()> on_end) {
  for (const auto& topology : topologies) topology->start(on_end);
  for (const auto* engine : {&shop, &audience, &insight})
    if (*engine) VT_TRY_VOID((*engine)->start());
  return {};
}

Result<void> House::stop() {
  for (Engine* engine : engines()) engine->stop();
  Result<void> ended;
  for (const auto& topology : topologies) {
    if (auto stopped = topology->stop(); !stopped && ended) ended = std::move(stopped);
  }
  return ended;
}

}  // namespace vitrine
