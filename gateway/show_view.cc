#include "gateway/show_view.h"

namespace vitrine::gateway {

bool ShowView::is_public(const ShowEvent& event) {
  switch (event.body_case()) {
    case ShowEvent::kCreated:
    case ShowEvent::kStateChanged:
    case ShowEvent::kPinned:
    case ShowEvent::kUnpinned:
    case ShowEvent::kPollOpened:
    case ShowEvent::kPollClosed:
    case ShowEvent::kVoteCounted:
      return true;
    default:
      return false;
  }
}

bool ShowView::apply(const std::string& id, const ShowEvent& event, Position at, Time time) {
  if (!is_public(event)) return false;
  if (!event.has_created() && shows_.find(id) == shows_.end()) return false;
  Show& show = shows_[id];
  const auto set_poll = [&](const Poll& poll) {
    *show.view.mutable_poll() = poll;
    show.polls[poll.id()] = poll;
  };
  switch (event.body_case()) {
    case ShowEvent::kCreated:
      show.view.set_id(id);
      show.view.set_shop(event.created().shop());
      show.view.set_title(event.created().title());
      show.view.set_host_name(event.created().host_name());
      show.view.set_state(DRAFT);
      show.view.set_video("/media/" + id + "/live.m3u8");
      show.created = time;
      break;
    case ShowEvent::kStateChanged:
      show.view.set_state(event.state_changed().after());
      if (event.state_changed().starts_at_ms() != 0)
        show.view.set_starts_at_ms(event.state_changed().starts_at_ms());
      break;
    case ShowEvent::kPinned:
      *show.view.mutable_pins() = event.pinned().pins();
      break;
    case ShowEvent::kUnpinned:
      *show.view.mutable_pins() = event.unpinned().pins();
      break;
    case ShowEvent::kPollOpened:
      set_poll(event.poll_opened().poll());
      break;
    case ShowEvent::kPollClosed:
      set_poll(event.poll_closed().poll());
      break;
    case ShowEvent::kVoteCounted:
      set_poll(event.vote_counted().poll());
      break;
    default:
      break;
  }
  show.at = at;
  return true;
}

void ShowView::apply(const std::string& id, const ReactionTick& tick) {
  if (Show* known = show(id)) {
    for (const auto& count : tick.counts()) known->reactions[count.kind()] += count.count();
  }
}

void ShowView::apply(const std::string& id, const ShowKpis& kpis) {
  if (Show* known = show(id)) known->kpis = kpis;
}

void ShowView::apply(const std::string& id, const ChatEvent& event) {
  if (Show* known = show(id); known != nullptr && event.has_posted())
    known->chat_number = event.posted().number();
}

const ShowView::Show* ShowView::show(const std::string& id) const {
  const auto found = shows_.find(id);
  return found == shows_.end() ? nullptr : &found->second;
}

ShowView::Show* ShowView::show(const std::string& id) {
  const auto found = shows_.find(id);
  return found == shows_.end() ? nullptr : &found->second;
}

}  // namespace vitrine::gateway
