#pragma once
// The moderators' desk of every show: what waits, who may not speak, how slowly all may, and what
// decisions have taught. Used by the chat's operator, so that all of it is in the same commit as
// the messages themselves and holds for the very next one.
//
// State, one show a key: moderation-shows; moderation-queue (open held messages, kHeldMax at most,
// the oldest leaves first); moderation-held by "show|h_n"; moderation-seen by "show|author|id", a
// day; moderation-people by "show|viewer", a day longer than the longest action; moderation-said by
// "show|run", a minute, and moderation-echo-runs (echoes.h); moderation-weights by "show|place",
// 65,536 at most; moderation-learnt: which places of a show have a weight.
//
// Weights are also kept in memory, as of a number of decisions: made from the rows when it is not
// theirs. Bound: kPlacesKeptMax of all shows, then all are let go and made again.
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "commerce/moderation/classifier.h"
#include "commerce/moderation/echoes.h"
#include "commerce/moderation/strikes.h"
#include "vitrine/process.h"

namespace vitrine::moderation {

inline constexpr std::size_t kHeldMax = 200;
inline constexpr std::int64_t kSlowModeMax = 120;  // seconds
inline constexpr std::size_t kPlacesKeptMax = 2'000'000;  // 48 to 96 MB

struct Room {
  static constexpr std::string_view serde_name = "moderation.room";
  static constexpr int version = 2;
  struct V1 {
    std::uint64_t held = 0, decisions = 0;
    std::int64_t slow_mode_s = 0;
    auto fields() { return std::tie(held, decisions, slow_mode_s); }
  };
  static Room upgrade_from(const V1& old) { return {old.held, old.decisions, old.slow_mode_s, 0}; }

  std::uint64_t held = 0;       // ever
  std::uint64_t decisions = 0;  // learnt from
  std::int64_t slow_mode_s = 0;
  std::uint64_t automatic = 0;  // up to here automatic actions were done: rank_of their cause
  auto fields() { return std::tie(held, decisions, slow_mode_s, automatic); }
};

// A message that was answered and has no number of its own in the chat.
struct Seen {
  std::uint64_t number = 0;  // shadowed: what its author was told; held: 0
  auto fields() { return std::tie(number); }
};

class Desk {
 public:
  explicit Desk(Stores& stores);

  // The same message again, when it was held or shadowed before. `message`: "show|author|id".
  std::optional<ChatEvent> repeat_of(const PostMessage& post, const ScopedView& message) const;
  // What is to happen to a message that the chat itself would take. `last_sent_ms` is its author's
  // message before; 0 = none is known.
  Ruling judge(std::string_view show, const ChatPosted& message, std::int64_t last_sent_ms,
               Time at);

  // Each returns what is to be told, the answer to the command first.
  std::vector<ChatEvent> hold(std::string_view show, const ChatPosted& message,
                              const Ruling& ruling, Time at);
  std::vector<ChatEvent> shadow(std::string_view show, const ChatPosted& message,
                                const Ruling& ruling, Time at);
  std::vector<ChatEvent> act(std::string_view show, const ActOnPerson& command, Time at);
  std::vector<ChatEvent> set_slow_mode(std::string_view show, const SetSlowMode& command, Time at);
  // A removed message of a known author: a strike, and a lesson.
  std::vector<ChatEvent> removed(std::string_view show, const RemoveMessage& removal, Time at);
  // `number` is what the message gets when it is released. No held message of that name: one
  // refusal.
  struct Decided {
    std::vector<ChatEvent> events;
    std::optional<ChatPosted> released;
  };
  Decided decide(std::string_view show, const DecideHeld& command, std::uint64_t number, Time at);

 private:
  HeldDecided close(std::string_view show, const ChatHeld& held, std::int64_t at_ms);
  Ruling rule_of_slow_mode(std::string_view show, std::int64_t last_sent_ms,
                           std::int64_t now_ms) const;
  Ruling rule_of_echoes(std::string_view show, const ChatPosted& message, std::string_view plain,
                        std::int64_t now_ms);
  Ruling rule_of_lessons(std::string_view show, const std::string& text, std::string_view plain);
  const Weights& kept_weights(std::string_view show, std::uint64_t decisions,
                              const Learnt& learnt);
  void keep_lesson(std::string_view show, const learn::Features& features,
                   std::uint64_t decisions_before);
  FindWeight weights_of(std::string_view show) const;
  void learn(std::string_view show, std::string_view text, bool is_bad);
  void strike(std::string_view show, const std::string& person, std::int64_t count,
              std::int64_t now_ms, std::vector<ChatEvent>& events);
  std::int64_t strikes(std::string_view show, const std::string& person,
                       std::int64_t now_ms) const;

  Keyed<Room> rooms_;
  Keyed<std::vector<std::string>> queues_;
  Keyed<ScopedRow, ChatHeld> held_;
  Keyed<ScopedRow, Seen> seen_;
  Keyed<ScopedRow, Person> people_;
  EchoRows echoes_;
  Keyed<ScopedRow, Weight> weights_;
  Keyed<Learnt> learnt_;
  struct KeptWeights {
    std::uint64_t decisions = 0;
    Weights weights;
  };
  std::map<std::string, KeptWeights, std::less<>> kept_;  // by show
  std::size_t places_kept_ = 0;
  QuickChance chance_;
};

}  // namespace vitrine::moderation
