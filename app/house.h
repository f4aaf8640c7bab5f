#pragma once
// Which engines there are and where they keep their logs: <log>/shop and <log>/audience.
#include <memory>
#include <string>

#include "vitrine/app.h"
#include "vitrine/engine.h"

namespace vitrine {

std::string shop_folder(const std::string& log);
std::string audience_folder(const std::string& log);

// Both domains, opened and not started. Conflict when another process holds the log.
struct House {
  std::unique_ptr<App> shop_app;
  std::unique_ptr<App> audience_app;
  std::unique_ptr<Engine> shop;
  std::unique_ptr<Engine> audience;  // reads the shop's committed records: stops first

  static Result<House> open(Env& env, const std::string& log);
  Result<void> start();
  void stop();
};

}  // namespace vitrine
