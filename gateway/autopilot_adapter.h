#pragma once
// Carries out what the autopilot has decided: an action that is `due` or `undoing` becomes a
// command to the show or the chat.
//
// Nothing is lost: what was still decided and not carried out at the start is sent again, and what
// a log refuses for now is tried again. What comes twice is done once, there
// (commerce/autopilot/carry_out.h). Threads: the loop's only. Bound: one timer an open action, of
// which a show has three at most.
#include <string>

#include "commerce/model/proto/autopilot.pb.h"
#include "gateway/core.h"

namespace vitrine::gateway {

class AutopilotAdapter {
 public:
  static constexpr int kRetryMs = 200;
  explicit AutopilotAdapter(Core& core) : core_(core) {}
  // Sends what is open in the view; from now on actions are carried out as they are told.
  void start();
  void on_action(const std::string& show, const AutoAction& action);

 private:
  void send(const std::string& show, const AutoAction& action);
  void again(const std::string& show, const AutoAction& action);
  Core& core_;
  bool started_ = false;
};

}  // namespace vitrine::gateway
