#include "commerce/recommend/topology.h"

#include "commerce/recommend/inputs.h"
#include "commerce/recommend/recommender.h"

namespace vitrine::recommend {

void add_recommend(App& app) {
  add_inputs(app);
  app.stream(topics::recommend_inputs)
      .process("recommend", [](Stores& stores) { return Recommender{stores}; },
               topics::show_insights)
      .to(topics::viewer_offers);
}

}  // namespace vitrine::recommend
