#include "commerce/leads/topology.h"

#include "commerce/leads/profile.h"
#include "commerce/model/topics.h"

namespace vitrine::leads {
namespace {

const Topic<std::string, LeadInput> lead_inputs{
    "leads.inputs", {.keep = {.retention = std::chrono::hours{1}}}};  // key: show id

using InputContext = Context<std::string, LeadInput>;

LeadInput input_of(const std::string& viewer, Act act) {
  LeadInput input;
  input.set_viewer(viewer);
  input.set_act(static_cast<std::int64_t>(act));
  return input;
}

struct ShopToLeads {
  void on_record(std::string_view, const ShopEvent& event, InputContext& out) {
    if (event.show().empty() || event.viewer().empty()) return;
    if (event.has_cart_line_set() && event.cart_line_set().added() > 0) {
      out.emit(event.show(), input_of(event.viewer(), Act::Carted));
    } else if (event.has_order_confirmed()) {
      LeadInput input;
      input.set_viewer(event.viewer());
      input.set_bought(true);
      out.emit(event.show(), input);
    }
  }
};

struct ActivityToLeads {
  void on_record(std::string_view show, const Activity& activity, InputContext& out) {
    if (activity.has_opened()) out.emit(show, input_of(activity.viewer(), Act::Opened));
  }
};

struct ChatToLeads {
  void on_record(std::string_view show, const ChatEvent& event, InputContext& out) {
    if (!event.has_posted() || event.posted().role() != "viewer") return;
    const bool asks = event.posted().text().find('?') != std::string::npos;
    input.set_viewer(event.posted().author());
    input.set_act(static_cast<std::int64_t>(asks ? Act::Asked : Act::Said));
    input.set_nickname(event.posted().nickname());
    out.emit(show, input);
  }
  LeadInput input;  // set anew for each: only its memory is kept
};

struct CommandsToLeads {
  void on_record(std::string_view show, const InsightCommand& command, InputContext& out) {
    if (!command.has_contact()) return;
    LeadInput input;
    input.set_contact(command.contact().lead());
    out.emit(show, input);
  }
};

class Leads {
 public:
  using Out = Context<std::string, InsightEvent>;
  explicit Leads(Stores& stores)
      : scorers_(stores.keyed<Scorer>("leads-scorers")),
        profiles_(stores.keyed<ScopedRow, Profile>("leads-profiles").ttl(std::chrono::hours(6))) {}

  void on_record(std::string_view show, const LeadInput& input, Out& out) {
    if (!input.contact().empty()) return contact(show, input.contact(), out);
    if (input.viewer().empty()) return;
    const std::int64_t now_ms = millis_of(out.timestamp());
    Profile& profile = profiles_.upsert({std::string(show), input.viewer()});
    if (!input.nickname().empty()) profile.lead.set_nickname(input.nickname());
    if (input.bought()) return bought(show, profile, now_ms, out);
    note(profile, static_cast<Act>(input.act()), now_ms);
    const auto features = features_of(profile);
    const Scorer& scorer = scorers_.upsert(show);
    const double chance = chance_of(scorer, features);
    if (profile.lead.id().empty() && is_hot(scorer, chance))
      raise(show, input.viewer(), profile, chance, out);
    if (begin_example(profile, features, now_ms))
      out.timers().at(time_of_millis(now_ms + kOutcomeMs), show, input.viewer());
  }

  void on_timer(std::string_view show, Time, std::string_view viewer, Out& out) {
    const ScopedRow key{std::string(show), std::string(viewer)};
    if (!profiles_.contains(key)) return;
    const std::int64_t next = learn_outcomes(scorers_.upsert(show), profiles_.upsert(key),
                                             millis_of(out.timestamp()));
    if (next != 0) out.timers().at(time_of_millis(next), show, viewer);
  }

 private:
  // Once a viewer and show, whatever her chance does afterwards.
  void raise(std::string_view show, const std::string& viewer, Profile& profile, double chance,
             Out& out) {
    HotLead& lead = profile.lead;
    const Scorer& scorer = scorers_.upsert(show);
    lead.set_id("l_" + viewer);
    lead.set_viewer(viewer);
    lead.set_at_ms(millis_of(out.timestamp()));
    lead.set_chance(chance);
    const auto signals = signals_of(scorer, profile);
    std::string why;
    for (const std::string& signal : signals) {
      lead.add_signals(signal);
      (why += why.empty() ? "" : ", ") += signal;
    }
    const auto percent = static_cast<std::int64_t>(chance * 100 + 0.5);
    lead.set_why("Of viewers like this " + std::to_string(percent) +
                 " % buy within two minutes, by " + std::to_string(scorer.outcomes) +
                 " outcomes: " + (why.empty() ? "all together" : why) + ".");
    tell(show, lead, out);
  }

  void bought(std::string_view show, Profile& profile, std::int64_t now_ms, Out& out) {
    for (Example& example : profile.open) example.bought = true;
    ++profile.orders;
    if (profile.lead.id().empty() || profile.lead.bought_ms() != 0) return;
    profile.lead.set_bought_ms(now_ms);
    tell(show, profile.lead, out);
  }

  void contact(std::string_view show, const std::string& id, Out& out) {
    const ScopedRow key{std::string(show), id.starts_with("l_") ? id.substr(2) : std::string()};
    if (!profiles_.contains(key) || profiles_.upsert(key).lead.id() != id) {
      InsightEvent event;
      event.mutable_refused()->set_code("not-found");
      event.mutable_refused()->set_detail("There is no such lead.");
      return out.emit(show, event);
    }
    HotLead& lead = profiles_.upsert(key).lead;
    if (lead.contacted_ms() == 0) lead.set_contacted_ms(millis_of(out.timestamp()));
    tell(show, lead, out);
  }

  static void tell(std::string_view show, const HotLead& lead, Out& out) {
    InsightEvent event;
    *event.mutable_lead() = lead;
    out.emit(show, event);
  }

  Keyed<Scorer> scorers_;
  Keyed<ScopedRow, Profile> profiles_;
};

template <class P>
auto stateless_lead() {
  return [](Stores&) { return P{}; };
}

}  // namespace

void add_leads(App& app) {
  app.stream(topics::shop_events)
      .process("leads-shop", stateless_lead<ShopToLeads>())
      .to(lead_inputs);
  app.stream(topics::viewer_activity)
      .process("leads-activity", stateless_lead<ActivityToLeads>())
      .to(lead_inputs);
  app.stream(topics::show_chat)
      .process("leads-chat", stateless_lead<ChatToLeads>())
      .to(lead_inputs);
  app.stream(topics::insight_commands)
      .process("leads-commands", stateless_lead<CommandsToLeads>())
      .to(lead_inputs);
  app.stream(lead_inputs)
      .process("leads", [](Stores& stores) { return Leads{stores}; })
      .to(topics::show_insights);
}

}  // namespace vitrine::leads
