#include "commerce/recommend/topology.h"

#include "commerce/recommend/inputs.h"
#include "commerce/recommend/recommender.h"

namespace vitrine::recommend {
namespace {

template <class P>
auto plainly() {
  return [](Stores&) { return P{}; };
}

}  // namespace

void add_recommend(App& app) {
  app.stream(topics::shop_events)
      .process("recommend-shop", plainly<ShopToInputs>())
      .to(topics::recommend_inputs);
  app.stream(topics::show_timeline)
      .process("recommend-timeline", [](Stores& stores) { return TimelineToInputs{stores}; })
      .to(topics::recommend_inputs);
  app.stream(topics::viewer_activity)
      .process("recommend-activity", plainly<ActivityToInputs>())
      .to(topics::recommend_inputs);
  app.stream(topics::insight_commands)
      .process("recommend-commands", plainly<CommandsToInputs>())
      .to(topics::recommend_inputs);
  app.stream(topics::recommend_inputs)
      .process("recommend", [](Stores& stores) { return Recommender{stores}; },
               topics::show_insights)
      .to(topics::viewer_offers);
}

}  // namespace vitrine::recommend
