#include "app/topic_decoders.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/house.h"
#include "commerce/model/json.h"
#include "commerce/model/topics.h"

namespace vitrine {
namespace {

template <class K, class V>
KnownTopic known(const Topic<K, V>& topic, Domain domain) {
  return {topic.name(), domain,
          [](BytesView bytes) -> std::unique_ptr<google::protobuf::Message> {
            auto message = decoded<V>(bytes);
            return message ? std::make_unique<V>(std::move(*message)) : nullptr;
          }};
}

}  // namespace

std::string domain_folder(const std::string& log, Domain domain) {
  switch (domain) {
    case Domain::Shop: return shop_folder(log);
    case Domain::Audience: return audience_folder(log);
    case Domain::Insight: return insight_folder(log);
  }
  return log;
}

const std::vector<KnownTopic>& known_topics() {
  using namespace topics;
  static const std::vector<KnownTopic> all = {
      known(shop_commands, Domain::Shop),       known(shop_events, Domain::Shop),
      known(show_commands, Domain::Shop),       known(show_timeline, Domain::Shop),
      known(payment_requests, Domain::Shop),    known(chat_commands, Domain::Audience),
      known(show_chat, Domain::Audience),       known(show_reactions, Domain::Audience),
      known(viewer_activity, Domain::Audience), known(show_kpis, Domain::Audience),
      known(insight_commands, Domain::Insight), known(show_insights, Domain::Insight),
      known(viewer_offers, Domain::Insight),    known(shop_faq, Domain::Insight),
      known(insight_shelf, Domain::Insight),
      known(model_commands, Domain::Insight),   known(model_events, Domain::Insight),
      known(model_records, Domain::Insight),    known(model_shadows, Domain::Insight)};
  return all;
}

const KnownTopic* find_topic(const std::string& name) {
  const auto& all = known_topics();
  const auto found = std::find_if(all.begin(), all.end(), [&](const KnownTopic& topic) {
    return topic.name == name;
  });
  return found == all.end() ? nullptr : &*found;
}

std::string record_json(const Positioned& record, const KnownTopic& topic) {
  const auto message = topic.decode(record.record.value);
  return fmt::format(
      R"({{"topic":{},"position":{},"at":{},"key":{},"correlation":{},"value":{}}})",
      model::json_text(topic.name), record.position.value(), millis_of(record.record.timestamp),
      model::json_text(record.record.key), model::json_text(record.record.correlation),
      message ? model::to_json(*message) : std::string("null"));
}

}  // namespace vitrine
