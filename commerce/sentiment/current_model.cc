#include "commerce/sentiment/current_model.h"

#include <cmath>

namespace vitrine::sentiment {
namespace {

int class_of(const std::optional<double>& score) {
  if (!score || std::abs(*score) < kClear) return 0;
  return *score < 0 ? -1 : 1;
}

std::optional<ModelDrifted> risen(learn::PageHinkley& share, bool now, const char* what,
                                  const char* sentence) {
  const double mean = share.mean();
  const std::uint64_t lines = share.numbers() + 1;
  if (!share.add(now ? 1 : 0)) return std::nullopt;
  ModelDrifted drifted;
  drifted.set_what(what);
  drifted.set_share(mean);
  drifted.set_lines(static_cast<std::int64_t>(lines));
  drifted.set_why(std::string(sentence) + " more often than before: " +
                  std::to_string(static_cast<int>(mean * 100 + 0.5)) + " % of the last " +
                  std::to_string(lines) + " lines");
  return drifted;
}

}  // namespace

void CurrentModel::hold(Held& held, const std::string& model, const ModelRecord& record) {
  if (held.model == model) return;
  // It was read before it was added; a program that cannot read it any more has no opinion.
  auto valences = Valences::read(record);
  ModelRecord off;
  off.set_kind("valence");
  off.set_engine("off");
  held = {model, valences ? std::move(*valences) : Valences::read(off).value()};
}

const CurrentModel::Now& CurrentModel::now() {
  now_ = {.active = &Valences::builtin()};
  const ModelEntry* entry = rows_.find(model_kind().builtin.name());
  if (entry == nullptr) return now_;
  const ModelInUse& row = entry->in_use();
  hold(active_, row.active_model(), row.active());
  now_.version = row.active().version();
  now_.active = &active_.valences;
  if (!row.has_shadow()) return now_;
  hold(shadow_, row.shadow_model(), row.shadow());
  now_.shadow_version = row.shadow().version();
  now_.shadow = &shadow_.valences;
  return now_;
}

bool is_apart(const std::optional<double>& score, const std::optional<double>& shadow_score) {
  return class_of(score) != class_of(shadow_score);
}

std::optional<ModelDrifted> watch_drift(Drift& drift, const CurrentModel::Now& now,
                                        const std::optional<double>& score,
                                        const std::optional<double>& shadow_score) {
  if (drift.version != now.version || drift.shadow_version != now.shadow_version) {
    drift = {};
    drift.version = now.version;
    drift.shadow_version = now.shadow_version;
  }
  auto told = risen(drift.silent, !score, "silent", "the model has no opinion");
  if (now.shadow != nullptr) {
    auto apart = risen(drift.apart, is_apart(score, shadow_score), "apart",
                       "the shadow says something else");
    if (!told) told = std::move(apart);
  }
  if (told) told->set_version(now.version);
  return told;
}

}  // namespace vitrine::sentiment
