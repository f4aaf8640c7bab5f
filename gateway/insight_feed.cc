#include "gateway/insight_feed.h"

#include "commerce/model/json.h"
#include "commerce/model/topics.h"
#include "gateway/autopilot_adapter.h"
#include "gateway/offers_feed.h"

namespace vitrine::gateway {

void feed_insight(Core& core, const Positioned& record) {
  if (record.topic == topics::viewer_offers.name()) return feed_offers(core, record);
  if (record.topic == topics::model_events.name()) return core.insight_asks.collect(record);
  const auto event = decoded<InsightEvent>(record.record.value);
  if (!event) return;
  const std::string& show = record.record.key;
  core.insights.apply(show, *event);
  if (event->has_action()) core.autopilot->on_action(show, event->action());
  if (!event->has_refused() && !event->has_faq() && !event->has_again()) {
    core.hub.publish("show.insights:" + show, record.position, record.record.timestamp,
                     [&] { return model::to_json(*event); });
  }
  if (const auto answer = core.insights.for_viewers(show, *event)) {
    core.hub.publish("show.answers:" + show, record.position, record.record.timestamp,
                     [&] { return model::to_json(*answer); });
  }
  core.insight_asks.collect(record);
}

api::AnswersView answers_now(const Core& core, const std::string& show) {
  api::AnswersView view = core.insights.answers(show);
  view.set_as_of(core.as_of(Domain::Insight, Position{core.insight_tail->next().value() - 1}));
  return view;
}

ChannelSource answers_source(Core& core, const std::string& show) {
  const std::string name = "show.answers:" + show;
  ChannelSource source{name, name, ChannelKind::State, Domain::Insight};
  source.snapshot = [&core, show] { return model::to_json(answers_now(core, show)); };
  return source;
}

api::InsightsView insights_now(const Core& core, const std::string& show) {
  api::InsightsView view = core.insights.of(show);
  view.set_as_of(core.as_of(Domain::Insight, Position{core.insight_tail->next().value() - 1}));
  return view;
}

ChannelSource insights_source(Core& core, const std::string& show) {
  const std::string name = "show.insights:" + show;
  ChannelSource source{name, name, ChannelKind::State, Domain::Insight};
  source.snapshot = [&core, show] { return model::to_json(insights_now(core, show)); };
  return source;
}

}  // namespace vitrine::gateway
