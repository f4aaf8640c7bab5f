#include "gateway/moderation_view.h"

#include <algorithm>

#include "commerce/moderation/strikes.h"

namespace vitrine::gateway {

bool ModerationView::is_for_moderators(const ChatEvent& event) {
  return event.has_held() || event.has_decided() || event.has_acted() || event.has_slow_mode() ||
         event.has_masked() || event.has_shadowed();
}

void ModerationView::apply(const std::string& id, const ChatEvent& event, Time at) {
  Show& show = shows_[id];
  switch (event.body_case()) {
    case ChatEvent::kPosted: return add(show, event.posted(), "posted", millis_of(at));
    case ChatEvent::kRemoved: return mark(show, event.removed().message(), "posted", "removed");
    case ChatEvent::kHeld:
      show.held.push_back(event.held());
      strike(show, event.held().message().author(), event.held().strikes(), event.held().at_ms());
      return add(show, event.held().message(), "held", event.held().at_ms());
    case ChatEvent::kDecided: return decided(show, event.decided());
    case ChatEvent::kShadowed:
      return add(show, event.shadowed().message(), "shadowed", event.shadowed().at_ms());
    case ChatEvent::kActed:
      show.actions.push_front(event.acted());
      strike(show, event.acted().person(), event.acted().strikes(), event.acted().at_ms());
      if (show.actions.size() > kActionsMax) show.actions.pop_back();
      return;
    case ChatEvent::kSlowMode: show.slow_mode_s = event.slow_mode().seconds(); return;
    default: return;
  }
}

void ModerationView::add(Show& show, const ChatPosted& message, const char* state,
                         std::int64_t at_ms) {
  Message& one = show.messages.emplace_front();
  one.author = message.author();
  one.nickname = message.nickname();
  one.what.set_id(message.id());
  one.what.set_text(message.text());
  one.what.set_at_ms(at_ms);
  one.what.set_number(message.number());
  one.what.set_state(state);
  if (show.messages.size() > kMessagesMax) show.messages.pop_back();
}

void ModerationView::decided(Show& show, const HeldDecided& decided) {
  std::erase_if(show.held, [&](const ChatHeld& one) { return one.held() == decided.held(); });
  strike(show, decided.author(), decided.strikes(), decided.at_ms());
  show.decisions = std::max<std::uint64_t>(show.decisions, decided.decisions());
  if (!decided.released()) return mark(show, decided.id(), "held", "rejected");
  // It comes again as posted.
  const auto found = std::ranges::find_if(show.messages, [&](const Message& one) {
    return one.what.id() == decided.id() && one.author == decided.author() &&
           one.what.state() == "held";
  });
  if (found != show.messages.end()) show.messages.erase(found);
}

// Strikes weigh one after the other, so a count is a time at which the last is over.
void ModerationView::strike(Show& show, const std::string& person, std::int64_t count,
                            std::int64_t at_ms) {
  auto& all = show.strikes_until_ms;
  all[person] = at_ms + count * moderation::kStrikeMs;
  if (all.size() <= kPeopleMax) return;
  std::erase_if(all, [&](const auto& one) { return one.second <= at_ms; });
  if (all.size() > kPeopleMax) all.erase(all.begin());
}

void ModerationView::mark(Show& show, const std::string& id, const char* from, const char* to) {
  for (Message& one : show.messages)
    if (one.what.id() == id && one.what.state() == from) return one.what.set_state(to);
}

api::ModerationView ModerationView::of(const std::string& id) const {
  api::ModerationView view;
  view.set_show(id);
  const auto found = shows_.find(id);
  if (found == shows_.end()) return view;
  const Show& show = found->second;
  for (const ChatHeld& held : show.held) *view.add_held() = held;
  for (std::size_t i = 0; i < std::min(kActionsShown, show.actions.size()); ++i)
    *view.add_actions() = show.actions[i];
  view.set_slow_mode_s(show.slow_mode_s);
  view.set_decisions(show.decisions);
  return view;
}

api::PersonView ModerationView::person(const std::string& show, const std::string& id,
                                       std::int64_t now_ms) const {
  api::PersonView view;
  view.set_person(id);
  const auto found = shows_.find(show);
  if (found == shows_.end()) return view;
  for (const Message& one : found->second.messages) {
    if (one.author != id || view.messages_size() == kOfPersonMax) continue;
    if (view.nickname().empty()) view.set_nickname(one.nickname);
    *view.add_messages() = one.what;
  }
  if (const auto until = found->second.strikes_until_ms.find(id);
      until != found->second.strikes_until_ms.end() && until->second > now_ms)
    view.set_strikes((until->second - now_ms + moderation::kStrikeMs - 1) / moderation::kStrikeMs);
  // The newest of each kind holds, back to the newest pardon. A mute is the strikes' or a
  // moderator's: hers ends theirs, theirs leaves hers as it is.
  std::optional<std::int64_t> struck, muted;
  bool is_pardoned = false;
  for (const PersonActed& acted : found->second.actions) {
    if (acted.person() != id) continue;
    if (view.actions_size() < kOfPersonMax) *view.add_actions() = acted;
    const std::string& action = acted.action();
    is_pardoned = is_pardoned || action == "pardon";
    if (is_pardoned) continue;
    if (acted.rule() == "strikes") {
      if (!struck && !muted) struck = acted.until_ms();
    } else if (action == "mute" && !muted) {
      muted = acted.until_ms();
    }
    if (acted.until_ms() <= now_ms) continue;
    if (action == "ban" && view.banned_until_ms() == 0) view.set_banned_until_ms(acted.until_ms());
    if (action == "shadow" && view.shadow_until_ms() == 0)
      view.set_shadow_until_ms(acted.until_ms());
  }
  const std::int64_t until_ms = std::max(struck.value_or(0), muted.value_or(0));
  if (until_ms > now_ms) view.set_muted_until_ms(until_ms);
  return view;
}

const ModerationView::Message* ModerationView::posted(const std::string& show,
                                                      const std::string& id) const {
  const auto found = shows_.find(show);
  if (found == shows_.end()) return nullptr;
  for (const Message& one : found->second.messages)
    if (one.what.id() == id && one.what.state() == "posted") return &one;
  return nullptr;
}

}  // namespace vitrine::gateway
