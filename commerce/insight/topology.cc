#include "commerce/insight/topology.h"

#include "commerce/assistant/topology.h"
#include "commerce/leads/topology.h"
#include "commerce/recommend/topology.h"
#include "commerce/sentiment/topology.h"

namespace vitrine {

App insight_app() {
  App app{"insight"};
  assistant::add_assistant(app);
  sentiment::add_sentiment(app);
  recommend::add_recommend(app);
  leads::add_leads(app);
  return app;
}

}  // namespace vitrine
