#pragma once
// The model that scores now, and its shadow, as the room's records stand in the log; and whether
// the lines of a show have left what it knows.
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

#include "commerce/models/topology.h"
#include "commerce/sentiment/valences.h"
#include "learn/online/drift.h"

namespace vitrine::sentiment {

// Reads the row of the table anew for each record, and its blob when that has changed.
class CurrentModel {
 public:
  CurrentModel(Stores& stores, const models::InUse& table) : rows_(stores.lookup(table)) {}

  struct Now {
    std::int64_t version = models::kBuiltinVersion, shadow_version = 0;
    const Valences* active = nullptr;
    const Valences* shadow = nullptr;  // null: none
  };
  // Valid until the next call.
  const Now& now();

 private:
  // What is read of a record, by its fingerprint: the same whenever it is read.
  struct Held {
    std::string model;
    Valences valences;
  };
  static void hold(Held& held, const std::string& model, const ModelRecord& record);

  Lookup<std::string, ModelEntry> rows_;
  Held active_, shadow_;
  Now now_;
};

// Of one show, since one version (and one shadow) is in use. A share that has risen for good: of
// lines the model is silent about (`silent`), of lines its shadow puts into another class
// (`apart`).
struct Drift {
  std::int64_t version = 0, shadow_version = 0;
  learn::PageHinkley silent{kDriftOptions}, apart{kDriftOptions};
  auto fields() { return std::tie(version, shadow_version, silent, apart); }

  // Half of the lines, then five of six: seen after 110 lines (median of 50 simulated tries, 149 at
  // most); a steady half raised nothing in 600,000 lines.
  static constexpr learn::PageHinkleyOptions kDriftOptions{
      .slack = 0.05, .threshold = 30, .numbers_min = 200};
};

// Takes a line in; what is to be told, without show.
std::optional<ModelDrifted> watch_drift(Drift& drift, const CurrentModel::Now& now,
                                        const std::optional<double>& score,
                                        const std::optional<double>& shadow_score);

bool is_apart(const std::optional<double>& score, const std::optional<double>& shadow_score);

}  // namespace vitrine::sentiment
