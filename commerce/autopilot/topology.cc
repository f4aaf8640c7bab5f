#include "commerce/autopilot/topology.h"

#include "commerce/autopilot/decide.h"
#include "commerce/model/topics.h"

namespace vitrine::autopilot {
namespace {

class Autopilot {
 public:
  using Out = Context<std::string, InsightEvent>;
  explicit Autopilot(Stores& stores) : pilots_(stores.keyed<Pilot>("autopilot-shows")) {}

  void on_record(std::string_view show, const AutopilotInput& input, Out& out) {
    const std::int64_t now_ms = millis_of(out.timestamp());
    Pilot& pilot = pilots_.upsert(show);
    if (input.has_alert()) return tell(show, on_alert(pilot, input.alert(), now_ms), out);
    if (input.has_command()) return tell(show, on_command(pilot, input.command(), now_ms), out);
    if (input.has_timeline()) return tell(show, on_timeline(pilot, input.timeline(), now_ms), out);
    tell(show, on_slow_mode(pilot, input.slow_mode(), now_ms), out);
  }

  void on_timer(std::string_view show, Time, std::string_view action, Out& out) {
    tell(show, on_deadline(pilots_.upsert(show), action, millis_of(out.timestamp())), out);
  }

 private:
  static void tell(std::string_view show, const Told& told, Out& out) {
    for (const InsightEvent& event : told) {
      const AutoAction& action = event.action();
      if (action.state() == "pending")
        out.timers().at(time_of_millis(action.deadline_ms()), show, action.id());
      out.emit(show, event);
    }
  }

  Keyed<Pilot> pilots_;
};

bool is_ours(const InsightCommand& command) {
  return command.has_autopilot() || command.has_veto() || command.has_undo();
}

bool matters(const ShowEvent& event) {
  return event.has_state_changed() || event.has_pinned() || event.has_unpinned() ||
         (event.has_cause() && event.has_refused());
}

}  // namespace

void add_autopilot(App& app, const Stream<std::string, InsightEvent>& alerts) {
  const auto alarmed = alerts.filter([](const InsightEvent& event) { return event.has_alert(); })
                           .map([](const InsightEvent& event) {
                             AutopilotInput input;
                             *input.mutable_alert() = event.alert();
                             return input;
                           });
  const auto told = app.stream(topics::insight_commands)
                        .filter([](const InsightCommand& command) { return is_ours(command); })
                        .map([](const InsightCommand& command) {
                          AutopilotInput input;
                          *input.mutable_command() = command;
                          return input;
                        });
  const auto shown = app.stream(topics::show_timeline)
                         .filter([](const ShowEvent& event) { return matters(event); })
                         .map([](const ShowEvent& event) {
                           AutopilotInput input;
                           *input.mutable_timeline() = event;
                           return input;
                         });
  const auto slowed = app.stream(topics::show_chat)
                          .filter([](const ChatEvent& event) { return event.has_slow_mode(); })
                          .map([](const ChatEvent& event) {
                            AutopilotInput input;
                            *input.mutable_slow_mode() = event.slow_mode();
                            return input;
                          });
  alarmed.merge(told)
      .merge(shown)
      .merge(slowed)
      .process("autopilot", [](Stores& stores) { return Autopilot{stores}; })
      .to(topics::show_insights);
}

}  // namespace vitrine::autopilot
