#include "app/house.h"

#include "commerce/kpi/topology.h"
#include "commerce/model/topics.h"
#include "commerce/shop/topology.h"

namespace vitrine {

std::string shop_folder(const std::string& log) { return log + "/shop"; }
std::string audience_folder(const std::string& log) { return log + "/audience"; }

Result<House> House::open(Env& env, const std::string& log) {
  House house;
  house.shop_app = std::make_unique<App>(vitrine::shop_app());
  house.audience_app = std::make_unique<App>(vitrine::audience_app());
  EngineOptions options;
  options.folder = shop_folder(log);
  VT_TRY(house.shop, Engine::open(env, *house.shop_app, options));
  options.folder = audience_folder(log);
  options.upstreams = {house.shop.get()};
  VT_TRY(house.audience, Engine::open(env, *house.audience_app, std::move(options)));
  return house;
}

Result<void> House::start() {
  VT_TRY_VOID(shop->start());
  return audience->start();
}

void House::stop() {
  audience->stop();
  shop->stop();
}

}  // namespace vitrine
