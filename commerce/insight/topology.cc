#include "commerce/insight/topology.h"

#include "commerce/assistant/topology.h"
#include "commerce/autopilot/topology.h"
#include "commerce/leads/topology.h"
#include "commerce/models/topology.h"
#include "commerce/recommend/topology.h"
#include "commerce/sentiment/topology.h"
#include "commerce/sentiment/valences.h"

namespace vitrine {

App insight_app() {
  App app{"insight"};
  const models::InUse in_use = models::add_models(app, model_kinds());
  assistant::add_assistant(app);
  autopilot::add_autopilot(app, sentiment::add_sentiment(app, in_use));
  recommend::add_recommend(app);
  leads::add_leads(app);
  return app;
}

const models::Kinds& model_kinds() {
  static const models::Kinds kinds{sentiment::model_kind()};
  return kinds;
}

}  // namespace vitrine
