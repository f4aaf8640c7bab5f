#pragma once
// When many people have one concern at once. Pure.
//
// A watch counts the people who voiced a concern within kWindow, each once. It raises an alert when
// they are at least kPeopleMin and far more than is usual here: kTimesUsual times what a window
// held on the long average (a decaying rate, half-life ten minutes), plus two. So five people are
// enough in a quiet room, and a room that always grumbles needs more. After an alert is over there
// is none of the same for kCoolDown.
//
// Colluders: accounts that had said nothing in this show until just now do not count for Stop
// (`seasoned`), so a raid of new accounts cannot raise it, however many they are.
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "base/time.h"
#include "commerce/model/proto/audience.pb.h"
#include "commerce/model/proto/insight.pb.h"
#include "commerce/model/serde.h"
#include "commerce/sentiment/concern.h"

namespace vitrine::sentiment {

inline constexpr std::int64_t kWindowMs = 30'000, kQuietMs = 30'000, kCoolDownMs = 60'000;
inline constexpr std::int64_t kSeasonedMs = 60'000;
inline constexpr std::size_t kPeopleMin = 5, kVoicesMax = 256, kEvidenceMax = 5;
inline constexpr double kTimesUsual = 3;

struct Voice {
  std::int64_t at_ms = 0;
  std::uint32_t author = 0;  // a hash
  std::uint64_t number = 0;
  std::string text, about;
  auto fields() { return std::tie(at_ms, author, number, text, about); }
};

struct Watch {
  std::vector<Voice> voices;     // of the window, each person's newest, oldest first
  double usual = 0;              // people a window, on the long average
  std::int64_t usual_at_ms = 0;  // whole minutes: up to when `usual` is counted
  std::int64_t heard = 0;        // people since then
  HostAlert alert;               // the open one; without id there is none
  std::int64_t quiet_until_ms = 0;
  auto fields() {
    return std::tie(voices, usual, usual_at_ms, heard, alert, quiet_until_ms);
  }
};

// The watch that counts what a person was heard to say: "technical", "feature size"; none when it
// does not count. `first_ms`: when she spoke first in this show.
std::optional<std::string> watch_of(const Heard& heard, std::int64_t at_ms, std::int64_t first_ms);

// Of a held message: its number is the n of "h_<n>".
Voice voice_of(const ChatHeld& held, std::int64_t at_ms);

// Takes a voice in. True when the alert is new or has grown by half: then `watch.alert` is to be
// told.
bool hear(Watch& watch, Concern concern, Voice voice);
// True when the open alert is over now; `watch.alert` is to be told, with `over` set, and then
// forgotten (clear()).
bool is_over(const Watch& watch, std::int64_t now_ms);
void end(Watch& watch, std::int64_t now_ms);

}  // namespace vitrine::sentiment
