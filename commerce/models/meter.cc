#include "commerce/models/meter.h"

#include "base/env.h"

namespace vitrine::models {

std::int64_t meter_nanos() { return real_env().clock.monotonic_nanos(); }

Meter::Meter(std::string_view model)
    : latency_(&histogram("vitrine_model_score_seconds", "one line by the model in use", "model",
                          model)),
      scored_(&counter("vitrine_model_lines_total", "lines given to the model in use", "model",
                       model)),
      silent_(&counter("vitrine_model_silent_total", "lines it had no opinion of", "model", model)),
      apart_(&counter("vitrine_model_apart_total", "lines of another class in the shadow", "model",
                      model)),
      drifts_(&counter("vitrine_model_drifts_total", "times the world left what it knows", "model",
                       model)),
      version_(&gauge("vitrine_model_version", "in use", "model", model)),
      shadow_(&gauge("vitrine_model_shadow_version", "running beside it; 0: none", "model",
                     model)) {}

}  // namespace vitrine::models
