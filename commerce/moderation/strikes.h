#pragma once
// How often a person was stopped lately, and what a moderator has decided about them. Pure.
//
// Each strike weighs until kStrikeMs have passed, one after the other; the third at once mutes for
// five minutes, each further one for five more. Integers only.
//
// Who has muted is remembered: the strikes' mute goes when a held message that made one of them is
// released, a moderator's stays until its time is over.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

#include "base/time.h"
#include "commerce/model/proto/audience.pb.h"
#include "commerce/model/serde.h"
#include "commerce/moderation/ruling.h"

namespace vitrine::moderation {

inline constexpr std::uint64_t kStrikesVersion = 1;
inline constexpr std::int64_t kStrikeMs = 600'000, kMuteMs = 300'000;
inline constexpr std::int64_t kStrikesToMute = 3, kStrikesMax = 20;
inline constexpr std::int64_t kMinutesMax = 43'200;  // thirty days

// A mute that strikes have brought about: when, and by how many.
struct Struck {
  std::int64_t until_ms = 0, at_ms = 0, strikes = 0;
  auto fields() { return std::tie(until_ms, at_ms, strikes); }
};

struct Person {
  static constexpr std::string_view serde_name = "moderation.person";
  static constexpr int version = 2;
  struct V1 {
    std::int64_t strikes_until_ms = 0;
    std::int64_t muted_until_ms = 0, banned_until_ms = 0, shadow_until_ms = 0;
    auto fields() {
      return std::tie(strikes_until_ms, muted_until_ms, banned_until_ms, shadow_until_ms);
    }
  };
  // Who had muted was not kept: such a mute stays as a moderator's does.
  static Person upgrade_from(const V1& old) {
    return {old.strikes_until_ms, old.muted_until_ms, old.banned_until_ms, old.shadow_until_ms, {}};
  }

  std::int64_t strikes_until_ms = 0;
  std::int64_t muted_until_ms = 0;  // by a moderator
  std::int64_t banned_until_ms = 0, shadow_until_ms = 0;
  Struck struck;
  auto fields() {
    return std::tie(strikes_until_ms, muted_until_ms, banned_until_ms, shadow_until_ms, struck);
  }
};

std::int64_t strikes_of(const Person& person, std::int64_t now_ms);
// The mute it brings about, if any.
std::optional<PersonActed> add_strikes(Person& person, const std::string& name, std::int64_t count,
                                       std::int64_t now_ms);
// A held message of theirs is released: the strike it made is taken back. What becomes of the mute
// that it had helped to bring about: "unmute", or a shorter "mute".
std::optional<PersonActed> take_strike_back(Person& person, const ChatHeld& held,
                                            const std::string& actor, std::int64_t now_ms);

// What the person may do with a message now: Allow, Shadow or Refuse.
Ruling rule_of_person(const Person& person, std::int64_t now_ms);

// Nothing, and why, when the command is no action.
const char* flaw_of(const ActOnPerson& command);
PersonActed act_on(Person& person, const ActOnPerson& command, std::int64_t now_ms);

}  // namespace vitrine::moderation
