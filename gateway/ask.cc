#include "gateway/ask.h"

#include "base/log.h"
#include "commerce/model/json.h"
#include "commerce/model/serde.h"
#include "commerce/model/topics.h"
#include "gateway/json_text.h"

namespace vitrine::gateway {

Problem problem_of(const Error& error) {
  switch (error.code) {
    case Code::StorageFull:
      return {ProblemType::StorageFull, "The disk is full; nothing was changed.", 10};
    case Code::Overloaded:
      return {ProblemType::Overloaded, "Too much at once; nothing was changed.", 1};
    default:
      return {ProblemType::Overloaded, "The server is stopping.", 2};
  }
}

Problem problem_of_code(std::string_view code, std::string detail) {
  // A refusal of a kind the API does not know would be a hole in the closed list: it shows in the
  // log.
  const auto type = problem_named(code);
  if (!type) log(LogLevel::Error, "gateway.unknown_refusal", {{"code", code}});
  Problem problem{type.value_or(ProblemType::Schema), std::move(detail)};
  const int status = facts_of(problem.type).status;
  if (status == 429 || status == 503) problem.retry_after_s = 1;
  return problem;
}

Problem problem_of(const Refused& refused) {
  Problem problem = problem_of_code(refused.code(), refused.detail());
  JsonObject members;
  if (refused.has_price_before())
    members.raw("price_before", model::to_json(refused.price_before()));
  if (refused.has_price_now()) members.raw("price_now", model::to_json(refused.price_now()));
  if (!refused.stock().empty()) {
    JsonArray stock;
    for (const auto& left : refused.stock()) {
      stock.raw(JsonObject{}.text("sku", left.sku()).number("available", left.available()).str());
    }
    members.raw("stock", stock.str());
  }
  problem.members = members.members();
  return problem;
}

Problem problem_of(const ShowRefused& refused) {
  Problem problem = problem_of_code(refused.code(), refused.detail());
  JsonObject members;
  if (!refused.allowed().empty()) {
    JsonArray allowed;
    for (const auto& state : refused.allowed()) allowed.text(state);
    members.raw("allowed", allowed.str());
  }
  if (refused.closed_at() != 0) members.number("closed_at", refused.closed_at());
  problem.members = members.members();
  return problem;
}

namespace {

// The events in an outcome's records; a record that is none of ours is left out.
template <class Event>
Events<Event> events_in(const Outcome& outcome, const std::string& topic) {
  Events<Event> all;
  for (const auto& record : outcome.records) {
    if (record.topic != topic) continue;
    if (auto event = decoded<Event>(record.record.value)) {
      all.events.push_back(std::move(*event));
      all.positions.push_back(record.position);
    }
  }
  return all;
}

// Unwraps repeats, answers refusals; true when the caller's own `done` is to be called.
template <class Event>
bool settle(const CallPtr& call, const Outcome& outcome, Events<Event>& all) {
  if (outcome.problem) {
    call->refuse(*outcome.problem);
    return false;
  }
  if (!all.events.empty() && all.events.front().has_answered_again()) {
    call->replayed = true;
    const Event again = all.events.front();
    all.events.assign(again.answered_again().events().begin(),
                      again.answered_again().events().end());
    all.positions.assign(all.events.size(), Position{0});
  }
  for (const auto& event : all.events) {
    if (!event.has_refused()) continue;
    // The conflict is about this call, not about the one that used the key first.
    call->refuse(problem_of(event.refused()));
    return false;
  }
  return true;
}

}  // namespace

void ask(Core& core, Domain domain, std::string_view topic, std::string key, std::string value,
         Pending::Answer answer) {
  Engine& engine = core.engine(domain);
  Pending& asks = core.asks(domain);
  if (asks.full()) {
    answer({{}, Problem{ProblemType::Overloaded, "Too many requests wait for their answer.", 1}});
    return;
  }
  const std::string correlation = core.new_id("cmd_");
  asks.expect(correlation, core.env.clock.now() + core.options.outcome_wait, std::move(answer));
  Append append{.topic = std::string(topic),
                .record = {std::move(key), std::move(value), {}, correlation}};
  auto failed = [&core, &asks, correlation](const Error& error) {
    asks.fail(correlation, problem_of(error));
  };
  // The committer's thread says no: the loop passes it on. `core` outlives the engine's threads'
  // last call.
  auto done = [&core, failed](Result<Position> result) {
    if (!result) core.loop.post([failed, error = result.error()] { failed(error); });
  };
  if (auto accepted = engine.append(std::move(append), std::move(done)); !accepted)
    failed(accepted.error());
}

void ask_shop(const CallPtr& call, ShopCommand command,
              std::function<void(const Events<ShopEvent>&)> done) {
  Core& core = call->core;
  if (call->caller.role == Role::Viewer) command.set_viewer(call->caller.id);
  command.set_idempotency_key(call->idempotency_key);
  if (!call->idempotency_key.empty()) command.set_body_hash(call->body_hash);
  ask(core, Domain::Shop, topics::shop_commands.name(), core.options.shop, encoded(command),
      [call, done = std::move(done)](const Outcome& outcome) {
        auto events = events_in<ShopEvent>(outcome, topics::shop_events.name());
        if (settle(call, outcome, events)) done(events);
      });
}

void ask_show(const CallPtr& call, const std::string& show, ShowCommand command,
              std::function<void(const Events<ShowEvent>&)> done) {
  command.set_actor(call->caller.id);
  command.set_idempotency_key(call->idempotency_key);
  if (!call->idempotency_key.empty()) command.set_body_hash(call->body_hash);
  ask(call->core, Domain::Shop, topics::show_commands.name(), show, encoded(command),
      [call, done = std::move(done)](const Outcome& outcome) {
        auto events = events_in<ShowEvent>(outcome, topics::show_timeline.name());
        if (settle(call, outcome, events)) done(events);
      });
}

void ask_chat(Core& core, const std::string& show, const ChatCommand& command, Refuse refuse,
              std::function<void(const ChatEvent&, Position)> done) {
  ask(core, Domain::Audience, topics::chat_commands.name(), show, encoded(command),
      [refuse = std::move(refuse), done = std::move(done)](const Outcome& outcome) {
        const auto events = events_in<ChatEvent>(outcome, topics::show_chat.name());
        if (outcome.problem) return refuse(*outcome.problem);
        if (events.events.empty())
          return refuse({ProblemType::Overloaded, "The chat gave no answer.", 1});
        const ChatEvent& event = events.events.front();
        if (event.has_refused()) {
          Problem problem = problem_of_code(event.refused().code(), event.refused().detail());
          if (event.refused().retry_after_s() > 0)
            problem.retry_after_s = static_cast<int>(event.refused().retry_after_s());
          return refuse(problem);
        }
        done(event, events.positions.front());
      });
}

void ask_insight(const CallPtr& call, const std::string& show, InsightCommand command,
                 std::function<void(const InsightEvent&, Position)> done) {
  command.set_actor(call->caller.id);
  ask(call->core, Domain::Insight, topics::insight_commands.name(), show, encoded(command),
      [call, done = std::move(done)](const Outcome& outcome) {
        if (outcome.problem) return call->refuse(*outcome.problem);
        const auto events = events_in<InsightEvent>(outcome, topics::show_insights.name());
        if (events.events.empty())
          return call->refuse({ProblemType::Overloaded, "The models gave no answer.", 1});
        const InsightEvent& event = events.events.front();
        if (event.has_refused())
          return call->refuse(problem_of_code(event.refused().code(), event.refused().detail()));
        done(event, events.positions.front());
      });
}

void ask_model(const CallPtr& call, const std::string& model, ModelCommand command,
               std::function<void(const ModelEvent&)> done) {
  command.set_actor(call->caller.id);
  ask(call->core, Domain::Insight, topics::model_commands.name(), model, encoded(command),
      [call, done = std::move(done)](const Outcome& outcome) {
        if (outcome.problem) return call->refuse(*outcome.problem);
        const auto events = events_in<ModelEvent>(outcome, topics::model_events.name());
        if (events.events.empty())
          return call->refuse({ProblemType::Overloaded, "The models gave no answer.", 1});
        const ModelRefused& no = events.events.front().refused();
        if (events.events.front().has_refused())
          return call->refuse(problem_of_code(no.code(), no.detail()));
        done(events.events.front());
      });
}

}  // namespace vitrine::gateway
