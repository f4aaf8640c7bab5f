#include "commerce/moderation/desk.h"

#include <algorithm>
#include <charconv>

#include "commerce/moderation/words.h"
#include "learn/text/normalise.h"

namespace vitrine::moderation {
namespace {

// Borrowed from its arguments.
ScopedView row(std::string_view show, std::string_view name) { return {show, name}; }
ScopedRow row(std::string_view show, std::string_view author, std::string_view id) {
  ScopedRow out{std::string(show), {}};
  out.rest.reserve(author.size() + 1 + id.size());
  ((out.rest += author) += '|') += id;
  return out;
}

ChatEvent refused(const char* code, const char* detail) {
  ChatEvent event;
  event.mutable_refused()->set_code(code);
  event.mutable_refused()->set_detail(detail);
  return event;
}

// A show's automatic actions in order, each before its undoing: "x_3" is 6, undone 7.
std::uint64_t rank_of(const AutoCause& cause) {
  const std::string& name = cause.action();
  std::uint64_t number = 0;
  if (name.starts_with("x_"))
    std::from_chars(name.data() + 2, name.data() + name.size(), number);
  return number * 2 + (cause.undo() ? 1 : 0);
}

}  // namespace

Desk::Desk(Stores& stores)
    : rooms_(stores.keyed<Room>("moderation-shows")),
      queues_(stores.keyed<std::vector<std::string>>("moderation-queue")),
      held_(stores.keyed<ScopedRow, ChatHeld>("moderation-held")),
      seen_(stores.keyed<ScopedRow, Seen>("moderation-seen").ttl(std::chrono::hours(24))),
      people_(stores.keyed<ScopedRow, Person>("moderation-people")
                  .ttl(std::chrono::minutes(kMinutesMax) + std::chrono::hours(24))),
      echoes_(stores),
      weights_(stores.keyed<ScopedRow, Weight>("moderation-weights")),
      learnt_(stores.keyed<Learnt>("moderation-learnt")) {}

std::optional<ChatEvent> Desk::repeat_of(const PostMessage& post,
                                         const ScopedView& message) const {
  const Seen* seen = seen_.find(message);
  if (seen == nullptr) return std::nullopt;
  ChatEvent event;
  event.mutable_repeated_post()->set_id(post.id());
  event.mutable_repeated_post()->set_author(post.author());
  event.mutable_repeated_post()->set_number(seen->number);
  event.mutable_repeated_post()->set_held(seen->number == 0);
  return event;
}

Ruling Desk::judge(std::string_view show, const ChatPosted& message, std::int64_t last_sent_ms,
                   Time at) {
  if (message.role() == "host" || message.role() == "moderator") return {};
  const std::int64_t now_ms = millis_of(at);
  if (const Person* person = people_.find(row(show, message.author()))) {
    Ruling ruling = rule_of_person(*person, now_ms);
    if (ruling.verdict != Verdict::Allow) return ruling;
  }
  if (Ruling slow = rule_of_slow_mode(show, last_sent_ms, now_ms); slow.verdict != Verdict::Allow)
    return slow;
  const std::string plain = learn::normalise(message.text());
  Ruling words = rule_of_words(message.text(), plain);
  if (words.verdict > Verdict::Mask) return words;
  if (Ruling raid = rule_of_echoes(show, message, plain, now_ms); raid.verdict != Verdict::Allow)
    return raid;
  Ruling model = rule_of_lessons(show, message.text(), plain);
  return model.verdict != Verdict::Allow ? model : words;
}

Ruling Desk::rule_of_slow_mode(std::string_view show, std::int64_t last_sent_ms,
                               std::int64_t now_ms) const {
  const Room* room = rooms_.find(show);
  if (room == nullptr || room->slow_mode_s == 0 || last_sent_ms == 0) return {};
  const std::int64_t left_ms = last_sent_ms + room->slow_mode_s * 1'000 - now_ms;
  if (left_ms <= 0) return {};
  Ruling ruling{Verdict::Refuse, "slow-mode", kStrikesVersion};
  ruling.retry_after_s = (left_ms + 999) / 1'000;
  ruling.why = "Slow mode: one message in " + std::to_string(room->slow_mode_s) + " s; wait " +
               std::to_string(ruling.retry_after_s) + " s.";
  ruling.code = "flood";
  return ruling;
}

Ruling Desk::rule_of_echoes(std::string_view show, const ChatPosted& message,
                            std::string_view plain, std::int64_t now_ms) {
  const std::uint64_t fingerprint = fingerprint_of(plain);
  if (fingerprint == 0) return {};
  const auto authors =
      echoes_.add(show, {now_ms, fingerprint, learn::stable_hash(message.author())});
  return rule_of_raid(message.text(), authors.size());
}

// Most messages are far from being held, which the weights in memory tell; what they are held for,
// and why, the rows say.
Ruling Desk::rule_of_lessons(std::string_view show, const std::string& text,
                             std::string_view plain) {
  const Room* room = rooms_.find(show);
  if (room == nullptr || room->decisions < kDecisionsMin) return {};
  const Learnt* learnt = learnt_.find(show);
  if (learnt != nullptr) {
    const Weights& weights = kept_weights(show, room->decisions, *learnt);
    if (chance_.of(plain, *learnt, weights) < kHoldChance) return {};
  }
  return rule_of_model(text, room->decisions, weights_of(show));
}

const Weights& Desk::kept_weights(std::string_view show, std::uint64_t decisions,
                                  const Learnt& learnt) {
  const auto known = kept_.find(show);
  if (known != kept_.end() && known->second.decisions == decisions) return known->second.weights;
  if (places_kept_ > kPlacesKeptMax) {
    kept_.clear();
    places_kept_ = 0;
  }
  KeptWeights& kept = kept_[std::string(show)];
  places_kept_ -= kept.weights.size();
  kept = {decisions, {}};
  for (std::uint32_t place = 0; place < learnt.bits.size() * 8; ++place) {
    if (!learnt.has(place)) continue;
    if (const Weight* weight = weights_.find({show, std::to_string(place)}))
      kept.weights.put(place, *weight);
  }
  places_kept_ += kept.weights.size();
  return kept.weights;
}

// What a decision changed, so that the next message need not make all anew.
void Desk::keep_lesson(std::string_view show, const learn::Features& features,
                       std::uint64_t decisions_before) {
  const auto known = kept_.find(show);
  if (known == kept_.end()) return;
  KeptWeights& kept = known->second;
  places_kept_ -= kept.weights.size();
  if (kept.decisions != decisions_before) {
    kept_.erase(known);
    return;
  }
  for (const std::uint32_t place : features)
    kept.weights.put(place, *weights_.find({show, std::to_string(place)}));
  places_kept_ += kept.weights.size();
  ++kept.decisions;
}

std::vector<ChatEvent> Desk::hold(std::string_view show, const ChatPosted& message,
                                  const Ruling& ruling, Time at) {
  const std::int64_t now_ms = millis_of(at);
  std::vector<ChatEvent> events(1);
  strike(show, message.author(), 1, now_ms, events);
  ChatHeld& held = *events.front().mutable_held();
  held.set_held("h_" + std::to_string(++rooms_.upsert(show).held));
  *held.mutable_message() = message;
  held.mutable_message()->set_number(0);
  held.set_rule(ruling.rule);
  held.set_version(ruling.version);
  held.set_why(ruling.why);
  held.set_at_ms(now_ms);
  held.set_strikes(strikes(show, message.author(), now_ms));
  held_.put(row(show, held.held()), held);
  seen_.put(row(show, message.author(), message.id()), {});
  std::vector<std::string>& queue = queues_.upsert(show);
  queue.push_back(held.held());
  if (queue.size() <= kHeldMax) return events;
  const ChatHeld oldest = *held_.find(row(show, queue.front()));
  HeldDecided decided = close(show, oldest, now_ms);
  decided.set_actor("queue");
  decided.set_reason("Too many messages wait; the oldest is not shown.");
  *events.emplace_back().mutable_decided() = std::move(decided);
  return events;
}

std::vector<ChatEvent> Desk::shadow(std::string_view show, const ChatPosted& message,
                                    const Ruling& ruling, Time at) {
  std::vector<ChatEvent> events(1);
  ChatShadowed& shadowed = *events.front().mutable_shadowed();
  *shadowed.mutable_message() = message;
  shadowed.set_rule(ruling.rule);
  shadowed.set_version(ruling.version);
  shadowed.set_why(ruling.why);
  shadowed.set_at_ms(millis_of(at));
  seen_.put(row(show, message.author(), message.id()), {message.number()});
  return events;
}

std::vector<ChatEvent> Desk::act(std::string_view show, const ActOnPerson& command, Time at) {
  if (const char* flaw = flaw_of(command)) return {refused("schema", flaw)};
  std::vector<ChatEvent> events(1);
  Person& person = people_.upsert(row(show, command.person()));
  *events.front().mutable_acted() = act_on(person, command, millis_of(at));
  return events;
}

std::vector<ChatEvent> Desk::set_slow_mode(std::string_view show, const SetSlowMode& command,
                                           Time at) {
  if (command.seconds() < 0 || command.seconds() > kSlowModeMax)
    return {refused("schema", "slow mode is 0 to 120 seconds")};
  Room& room = rooms_.upsert(show);
  std::vector<ChatEvent> events(1);
  SlowModeSet& set = *events.front().mutable_slow_mode();
  if (command.has_cause()) {
    const std::uint64_t rank = rank_of(command.cause());
    if (rank <= room.automatic) return {};  // sent again: it was done, and may be otherwise by now
    room.automatic = rank;
    *set.mutable_cause() = command.cause();
  }
  room.slow_mode_s = command.seconds();
  set.set_seconds(command.seconds());
  set.set_actor(command.actor());
  set.set_at_ms(millis_of(at));
  return events;
}

std::vector<ChatEvent> Desk::removed(std::string_view show, const RemoveMessage& removal,
                                     Time at) {
  const std::int64_t now_ms = millis_of(at);
  std::vector<ChatEvent> events;
  if (!removal.text().empty()) learn(show, removal.text(), true);
  if (removal.author().empty()) return events;
  strike(show, removal.author(), 2, now_ms, events);
  PersonActed& acted = *events.emplace_back().mutable_acted();
  acted.set_person(removal.author());
  acted.set_action("strike");
  acted.set_actor(removal.actor());
  acted.set_reason(removal.reason());
  acted.set_rule("moderator");
  acted.set_version(kStrikesVersion);
  acted.set_at_ms(now_ms);
  acted.set_strikes(strikes(show, removal.author(), now_ms));
  return events;
}

Desk::Decided Desk::decide(std::string_view show, const DecideHeld& command, std::uint64_t number,
                           Time at) {
  const ChatHeld* found = held_.find(row(show, command.held()));
  if (found == nullptr)
    return {{refused("not-found", "No message of this name is held any more.")}, {}};
  const ChatHeld held = *found;
  const std::int64_t now_ms = millis_of(at);
  Decided out;
  HeldDecided decided = close(show, held, now_ms);
  if (command.release()) {
    out.released = held.message();
    out.released->set_number(number);
    // Its number answers for it from now on.
    seen_.erase(row(show, held.message().author(), held.message().id()));
  }
  learn(show, held.message().text(), !command.release());
  std::vector<ChatEvent> more;
  if (command.release()) {
    Person& person = people_.upsert(row(show, held.message().author()));
    if (auto acted = take_strike_back(person, held, command.actor(), now_ms))
      *more.emplace_back().mutable_acted() = std::move(*acted);
  } else {
    strike(show, held.message().author(), 1, now_ms, more);
  }
  decided.set_released(command.release());
  decided.set_number(command.release() ? number : 0);
  decided.set_actor(command.actor());
  decided.set_reason(command.reason());
  decided.set_strikes(strikes(show, held.message().author(), now_ms));
  decided.set_decisions(rooms_.find(show)->decisions);
  *out.events.emplace_back().mutable_decided() = std::move(decided);
  std::ranges::move(more, std::back_inserter(out.events));
  return out;
}

// Off the queue, not shown.
HeldDecided Desk::close(std::string_view show, const ChatHeld& held, std::int64_t at_ms) {
  HeldDecided decided;
  decided.set_held(held.held());
  decided.set_id(held.message().id());
  decided.set_author(held.message().author());
  decided.set_at_ms(at_ms);
  decided.set_strikes(strikes(show, held.message().author(), at_ms));
  decided.set_decisions(rooms_.upsert(show).decisions);
  std::erase(queues_.upsert(show), held.held());
  held_.erase(row(show, held.held()));
  return decided;
}

FindWeight Desk::weights_of(std::string_view show) const {
  const Learnt* learnt = learnt_.find(show);
  return [this, learnt, show = std::string(show)](std::uint32_t place) {
    if (learnt != nullptr && !learnt->has(place)) return static_cast<const Weight*>(nullptr);
    return weights_.find(row(show, std::to_string(place)));
  };
}

void Desk::learn(std::string_view show, std::string_view text, bool is_bad) {
  const learn::Features features = features_of(text);
  Room& room = rooms_.upsert(show);
  if (room.decisions == 0 || learnt_.contains(show)) {
    Learnt& learnt = learnt_.upsert(show);
    for (const std::uint32_t place : features) learnt.add(place);
  }
  learn_decision(features, is_bad, weights_of(show), [&](std::uint32_t place) -> Weight& {
    return weights_.upsert(row(show, std::to_string(place)));
  });
  keep_lesson(show, features, room.decisions++);
}

void Desk::strike(std::string_view show, const std::string& person, std::int64_t count,
                  std::int64_t now_ms, std::vector<ChatEvent>& events) {
  auto acted = add_strikes(people_.upsert(row(show, person)), person, count, now_ms);
  if (acted) *events.emplace_back().mutable_acted() = std::move(*acted);
}

std::int64_t Desk::strikes(std::string_view show, const std::string& person,
                           std::int64_t now_ms) const {
  const Person* known = people_.find(row(show, person));
  return known == nullptr ? 0 : strikes_of(*known, now_ms);
}

}  // namespace vitrine::moderation
