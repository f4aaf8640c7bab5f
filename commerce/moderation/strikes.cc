#include "commerce/moderation/strikes.h"

namespace vitrine::moderation {
namespace {

// Integers only; `count` may be negative.
void weigh(Person& person, std::int64_t count, std::int64_t now_ms) {
  const std::int64_t from = std::max(person.strikes_until_ms, now_ms);
  person.strikes_until_ms =
      std::clamp(from + count * kStrikeMs, now_ms, now_ms + kStrikesMax * kStrikeMs);
}

// Did the strike that this message made weigh when the mute began? Strikes weigh one after the
// other, so it did until all up to it were over.
bool has_helped(const ChatHeld& held, const Struck& struck) {
  return held.at_ms() <= struck.at_ms &&
         struck.at_ms < held.at_ms() + held.strikes() * kStrikeMs;
}

PersonActed acted_by_strikes(const Person& person, const std::string& name,
                             const std::string& actor, std::int64_t now_ms) {
  PersonActed acted;
  acted.set_person(name);
  acted.set_action("mute");
  acted.set_until_ms(person.struck.until_ms);
  acted.set_actor(actor);
  acted.set_rule("strikes");
  acted.set_version(kStrikesVersion);
  acted.set_at_ms(now_ms);
  acted.set_strikes(strikes_of(person, now_ms));
  return acted;
}

}  // namespace

std::int64_t strikes_of(const Person& person, std::int64_t now_ms) {
  return person.strikes_until_ms <= now_ms
             ? 0
             : (person.strikes_until_ms - now_ms + kStrikeMs - 1) / kStrikeMs;
}

std::optional<PersonActed> add_strikes(Person& person, const std::string& name, std::int64_t count,
                                       std::int64_t now_ms) {
  weigh(person, count, now_ms);
  const std::int64_t strikes = strikes_of(person, now_ms);
  if (strikes < kStrikesToMute) return std::nullopt;
  const std::int64_t until = now_ms + (strikes - kStrikesToMute + 1) * kMuteMs;
  if (std::max(person.muted_until_ms, person.struck.until_ms) >= until) return std::nullopt;
  person.struck = {until, now_ms, strikes};
  PersonActed acted = acted_by_strikes(person, name, "strikes", now_ms);
  acted.set_reason(std::to_string(strikes) + " strikes in a short time.");
  return acted;
}

std::optional<PersonActed> take_strike_back(Person& person, const ChatHeld& held,
                                            const std::string& actor, std::int64_t now_ms) {
  weigh(person, -1, now_ms);
  Struck& struck = person.struck;
  if (struck.until_ms <= now_ms || !has_helped(held, struck)) return std::nullopt;
  --struck.strikes;
  struck.until_ms -= kMuteMs;
  const bool is_over = struck.strikes < kStrikesToMute || struck.until_ms <= now_ms;
  if (is_over) struck = {};
  PersonActed acted = acted_by_strikes(person, held.message().author(), actor, now_ms);
  if (is_over) acted.set_action("unmute");
  acted.set_reason(held.held() + ", which made one of the strikes, was released.");
  return acted;
}

Ruling rule_of_person(const Person& person, std::int64_t now_ms) {
  const bool is_banned = person.banned_until_ms > now_ms;
  const std::int64_t muted_until_ms = std::max(person.muted_until_ms, person.struck.until_ms);
  if (is_banned || muted_until_ms > now_ms) {
    const std::int64_t until = is_banned ? person.banned_until_ms : muted_until_ms;
    Ruling ruling{Verdict::Refuse, is_banned ? "ban" : "mute", kStrikesVersion};
    ruling.retry_after_s = (until - now_ms + 999) / 1'000;
    ruling.why = std::string(is_banned ? "Banned from" : "Muted in") + " this chat for another " +
                 std::to_string((until - now_ms + 59'999) / 60'000) + " min.";
    ruling.code = "banned";
    return ruling;
  }
  if (person.shadow_until_ms > now_ms)
    return {Verdict::Shadow, "shadow", kStrikesVersion, "Its author is shadow-banned."};
  return {};
}

const char* flaw_of(const ActOnPerson& command) {
  const std::string& action = command.action();
  if (command.person().empty()) return "an action needs a person";
  if (action == "pardon") return nullptr;
  if (action != "mute" && action != "ban" && action != "shadow")
    return "an action is mute, ban, shadow or pardon";
  return command.minutes() >= 1 && command.minutes() <= kMinutesMax
             ? nullptr
             : "an action lasts 1 to 43,200 minutes";
}

PersonActed act_on(Person& person, const ActOnPerson& command, std::int64_t now_ms) {
  const std::int64_t until = now_ms + command.minutes() * 60'000;
  PersonActed acted;
  if (command.action() == "pardon") {
    person = {};
  } else {
    acted.set_until_ms(until);
    if (command.action() == "mute") {
      person.muted_until_ms = until;
      person.struck = {};  // what she decides holds, also when it is shorter
    }
    if (command.action() == "ban") person.banned_until_ms = until;
    if (command.action() == "shadow") person.shadow_until_ms = until;
  }
  acted.set_person(command.person());
  acted.set_action(command.action());
  acted.set_actor(command.actor());
  acted.set_reason(command.reason());
  acted.set_rule("moderator");
  acted.set_version(kStrikesVersion);
  acted.set_at_ms(now_ms);
  acted.set_strikes(strikes_of(person, now_ms));
  return acted;
}

}  // namespace vitrine::moderation
