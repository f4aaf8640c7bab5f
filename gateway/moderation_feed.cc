#include "gateway/moderation_feed.h"

#include "commerce/model/json.h"

namespace vitrine::gateway {
namespace {

std::string audience_as_of(const Core& core) {
  return core.as_of(Domain::Audience, Position{core.audience_tail->next().value() - 1});
}

}  // namespace

api::ModerationView moderation_now(const Core& core, const std::string& show) {
  api::ModerationView view = core.moderation.of(show);
  view.set_as_of(audience_as_of(core));
  return view;
}

api::PersonView person_now(const Core& core, const std::string& show, const std::string& person) {
  api::PersonView view = core.moderation.person(show, person, millis_of(core.env.clock.now()));
  view.set_as_of(audience_as_of(core));
  return view;
}

ChannelSource moderation_source(Core& core, const std::string& show) {
  const std::string name = "show.moderation:" + show;
  ChannelSource source{name, name, ChannelKind::State, Domain::Audience};
  source.snapshot = [&core, show] { return model::to_json(moderation_now(core, show)); };
  return source;
}

}  // namespace vitrine::gateway
