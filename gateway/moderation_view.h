#pragma once
// What moderators see of each show now, folded from show.chat only. Decides nothing.
//
// Bounds a show: open held messages as many as the desk keeps (moderation::kHeldMax); the newest
// kActionsMax actions; the newest kMessagesMax messages, of which a person's history is made; the
// strikes of kPeopleMax people. Threads: the loop's.
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "commerce/model/proto/api.pb.h"
#include "commerce/model/proto/audience.pb.h"

namespace vitrine::gateway {

class ModerationView {
 public:
  static constexpr std::size_t kActionsMax = 500, kActionsShown = 50, kMessagesMax = 2'000,
                               kPeopleMax = 10'000;
  static constexpr int kOfPersonMax = 20;
  struct Message {
    std::string author, nickname;
    api::PersonMessage what;
  };

  void apply(const std::string& show, const ChatEvent& event, Time at);

  api::ModerationView of(const std::string& show) const;  // without as_of
  api::PersonView person(const std::string& show, const std::string& id, std::int64_t now_ms) const;
  // The newest of this id that was shown; null: none is known any more.
  const Message* posted(const std::string& show, const std::string& id) const;
  // Is this a message of moderation: for the moderators' channel, and for nobody else?
  static bool is_for_moderators(const ChatEvent& event);

 private:
  struct Show {
    std::vector<ChatHeld> held;       // oldest first
    std::deque<PersonActed> actions;  // newest first
    std::deque<Message> messages;     // newest first
    std::map<std::string, std::int64_t> strikes_until_ms;  // by person, as last told
    std::int64_t slow_mode_s = 0;
    std::uint64_t decisions = 0;
  };
  static void add(Show& show, const ChatPosted& message, const char* state, std::int64_t at_ms);
  static void decided(Show& show, const HeldDecided& decided);
  static void strike(Show& show, const std::string& person, std::int64_t count, std::int64_t at_ms);
  static void mark(Show& show, const std::string& id, const char* from, const char* to);

  std::map<std::string, Show> shows_;
};

}  // namespace vitrine::gateway
