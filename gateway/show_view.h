#pragma once
// What the shows look like now: state, pins, polls from show.timeline; counts from the audience's
// topics. Decides nothing.
//
// Threads: the loop's only.
#include <map>
#include <optional>
#include <string>

#include "commerce/model/proto/api.pb.h"
#include "commerce/model/proto/audience.pb.h"
#include "commerce/model/proto/show.pb.h"
#include "streams/log/record.h"

namespace vitrine::gateway {

class ShowView {
 public:
  struct Show {
    api::ShowView view;  // without as_of
    Position at;         // of its newest event
    Time created;  // server time
    std::map<std::string, Poll> polls;               // by id
    std::map<std::string, std::uint64_t> reactions;  // totals by kind
    std::optional<ShowKpis> kpis;
    std::int64_t viewers_now = -1;  // as last told; -1 = never
    std::uint64_t chat_number = 0;  // of the newest message
  };

  // `show` is the record's key. False when nothing that is shown changed (refusals, repeats).
  bool apply(const std::string& show, const ShowEvent& event, Position at, Time time);
  void apply(const std::string& show, const ReactionTick& tick);
  void apply(const std::string& show, const ShowKpis& kpis);
  void apply(const std::string& show, const ChatEvent& event);

  const std::map<std::string, Show>& shows() const { return shows_; }
  const Show* show(const std::string& id) const;
  Show* show(const std::string& id);
  // Does an event of the timeline show to everybody?
  static bool is_public(const ShowEvent& event);

 private:
  std::map<std::string, Show> shows_;
};

}  // namespace vitrine::gateway
