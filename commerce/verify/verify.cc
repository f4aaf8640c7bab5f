#include "commerce/verify/verify.h"

#include "commerce/model/topics.h"
#include "commerce/verify/shop_books.h"
#include "commerce/verify/show_books.h"

namespace vitrine::verify {

struct Verifier::Impl {
  Findings findings;
  ShopBooks shop{findings};
  PollBooks polls{findings};
  ChatBooks chat{findings};
  ActionBooks actions{findings};
  FigureBooks figures{findings};
  std::uint64_t records = 0;

  template <class T, class... Books>
  void give(const Place& place, const Record& record, Books&... books) {
    T message;
    if (!Serde<T>::decode(record.value, message)) {
      return findings.add(place, "the bytes are not a " + T::descriptor()->name());
    }
    (books.add(place, message), ...);
  }

  void add(const Place& place, const Record& record) {
    const std::string& topic = place.topic;
    ++records;
    if (topic == topics::shop_events.name()) return give<ShopEvent>(place, record, shop, figures);
    if (topic == topics::shop_commands.name()) return give<ShopCommand>(place, record, shop);
    if (topic == topics::payment_requests.name()) return give<PaymentRequest>(place, record, shop);
    if (topic == topics::show_timeline.name())
      return give<ShowEvent>(place, record, polls, actions, figures);
    if (topic == topics::show_chat.name())
      return give<ChatEvent>(place, record, chat, actions, figures);
    if (topic == topics::show_reactions.name()) return give<ReactionTick>(place, record, figures);
    if (topic == topics::viewer_activity.name()) return give<Activity>(place, record, figures);
    if (topic == topics::show_kpis.name()) return give<ShowKpis>(place, record, figures);
    --records;
  }
};

Verifier::Verifier() : impl_(std::make_unique<Impl>()) {}
Verifier::~Verifier() = default;

const std::vector<std::string>& Verifier::topics_of_shop() {
  static const std::vector<std::string> names{
      topics::shop_commands.name(), topics::shop_events.name(), topics::payment_requests.name(),
      topics::show_timeline.name()};
  return names;
}

const std::vector<std::string>& Verifier::topics_of_audience() {
  static const std::vector<std::string> names{
      topics::show_chat.name(), topics::show_reactions.name(), topics::viewer_activity.name(),
      topics::show_kpis.name()};
  return names;
}

void Verifier::add(const Positioned& record) {
  impl_->add({record.topic, record.position.value(), record.record.key}, record.record);
}

std::vector<Finding> Verifier::finish() {
  impl_->shop.finish();
  impl_->figures.finish();
  return std::move(impl_->findings.all);
}

Totals Verifier::totals() const {
  return {impl_->records, impl_->shop.confirmed(), impl_->chat.messages(), impl_->polls.votes(),
          impl_->figures.shows()};
}

}  // namespace vitrine::verify
