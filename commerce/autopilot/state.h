#pragma once
// What is remembered of a show: which alerts may act by themselves, what they did, and the state of
// the show that this depends on. Bounds: kActionsKept actions, three pins.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "commerce/model/proto/insight.pb.h"
#include "commerce/model/serde.h"

namespace vitrine::autopilot {

// A concern whose alert can act, and the one thing it does then. Each is an act of the platform
// that one more act takes back.
struct Kind {
  std::string_view concern, does, sentence;
};
inline constexpr std::array<Kind, 3> kKinds{{
    {"abuse", "slow-mode", "A raid or a wave of abuse"},
    {"dislike", "unpin", "Viewers do not like it"},
    {"stop", "pause", "Viewers say that it must stop now"},
}};
const Kind* kind_of(std::string_view concern);  // null: its alerts only tell

inline constexpr std::string_view kActor = "automatic";
inline constexpr std::int64_t kVetoS = 20, kVetoSMin = 5, kVetoSMax = 120;
inline constexpr std::int64_t kSlowModeS = 30;
// An action whose deadline nobody could keep, because the server was down, is dropped after this.
inline constexpr std::int64_t kLateMs = 60'000;
inline constexpr std::size_t kActionsKept = 20;

struct Pilot {
  std::uint64_t numbers = 0;            // of actions, ever
  std::vector<AutopilotSet> switches;   // those that somebody has set
  std::vector<AutoAction> actions;      // oldest first
  std::vector<std::string> pins;        // the newest last
  bool is_live = false;
  std::int64_t slow_mode_s = 0;
  auto fields() { return std::tie(numbers, switches, actions, pins, is_live, slow_mode_s); }
};

// As it is now; off, with the usual time for a veto, where nobody has said anything.
AutopilotSet switch_of(const Pilot& pilot, const Kind& kind);

}  // namespace vitrine::autopilot
