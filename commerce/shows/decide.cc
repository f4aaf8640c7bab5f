#include "commerce/shows/decide.h"

#include <algorithm>

#include <tl/expected.hpp>

#include "base/result.h"
#include "commerce/model/ids.h"
#include "commerce/model/validate.h"

namespace vitrine::shows {

namespace {

using Outcome = tl::expected<Events, ShowRefused>;

tl::unexpected<ShowRefused> refuse(std::string_view code, std::string detail) {
  ShowRefused refused;
  refused.set_code(std::string(code));
  refused.set_detail(std::move(detail));
  return tl::unexpected<ShowRefused>(std::move(refused));
}

struct Moment {
  const ShowView& view;
  const ShowCommand& command;
  Time at;
  Position position;
  const std::string& id;
  ShowEvent event() const {
    ShowEvent out;
    out.set_actor(command.actor());
    return out;
  }
  std::int64_t media_time(std::int64_t given) const { return given > 0 ? given : millis_of(at); }
};

bool is_text(const std::string& text, std::size_t max) {
  return !text.empty() && model::code_points(text) <= max;
}

Outcome create(const Moment& now, const CreateShow& body) {
  if (now.view.show() != nullptr) return refuse("show-state", "the show exists already");
  if (!is_text(body.title(), 120)) return refuse("schema", "a title has 1 to 120 characters");
  ShowEvent event = now.event();
  auto& created = *event.mutable_created();
  created.set_show(now.id);
  created.set_shop(body.shop());
  created.set_title(body.title());
  created.set_host_name(body.host_name());
  return Events{event};
}

ShowEvent closed(const Moment& now, const Poll& poll) {
  ShowEvent event = now.event();
  *event.mutable_poll_closed()->mutable_poll() = poll;
  event.mutable_poll_closed()->mutable_poll()->set_open(false);
  event.mutable_poll_closed()->mutable_poll()->set_closed_at(now.position.value());
  return event;
}

Outcome change_state(const Moment& now, const Show& show, const ChangeState& body) {
  const auto ways = ways_from(show.state);
  if (std::ranges::find(ways, body.to()) == ways.end()) {
    auto refused = refuse("show-state",
                          "a " + word_of(show.state) + " show cannot become " + word_of(body.to()));
    for (ShowState way : ways) refused.value().add_allowed(word_of(way));
    return refused;
  }
  Events events;
  if (body.to() == ENDED && !show.open_poll.empty())
    events.push_back(closed(now, *now.view.poll(show.open_poll)));
  events.push_back(now.event());
  auto& changed = *events.back().mutable_state_changed();
  changed.set_before(show.state);
  changed.set_after(body.to());
  changed.set_starts_at_ms(body.to() == LIVE && show.state != PAUSED ? millis_of(now.at)
                           : body.to() == SCHEDULED                  ? body.starts_at_ms()
                                                                     : show.starts_at_ms);
  return events;
}

Outcome pin(const Moment& now, const Show& show, const Pin& body) {
  if (!model::is_sku(body.sku())) return refuse("schema", "a pin needs a sku");
  if (show.state == ENDED) return refuse("show-state", "the show has ended");
  std::vector<std::string> pins = show.pins;
  if (std::ranges::find(pins, body.sku()) == pins.end()) {
    if (pins.size() >= kPinsMax) return refuse("pin-limit", "three products are pinned already");
    pins.push_back(body.sku());
  }
  ShowEvent event = now.event();
  event.mutable_pinned()->set_sku(body.sku());
  event.mutable_pinned()->set_media_time_ms(now.media_time(body.media_time_ms()));
  event.mutable_pinned()->mutable_pins()->Add(pins.begin(), pins.end());
  return Events{event};
}

Outcome unpin(const Moment& now, const Show& show, const Unpin& body) {
  std::vector<std::string> pins = show.pins;
  if (std::erase(pins, body.sku()) == 0) return refuse("not-found", "not pinned: " + body.sku());
  ShowEvent event = now.event();
  event.mutable_unpinned()->set_sku(body.sku());
  event.mutable_unpinned()->set_media_time_ms(now.media_time(body.media_time_ms()));
  event.mutable_unpinned()->mutable_pins()->Add(pins.begin(), pins.end());
  return Events{event};
}

Outcome open_poll(const Moment& now, const Show& show, const OpenPoll& body) {
  if (show.state == ENDED) return refuse("show-state", "the show has ended");
  if (!show.open_poll.empty())
    return refuse("show-state", "a poll is open already: " + show.open_poll);
  if (!is_text(body.question(), 500)) return refuse("schema", "a question has 1 to 500 characters");
  if (body.answers_size() < kPollAnswersMin || body.answers_size() > kPollAnswersMax) {
    return refuse("schema", "a poll has 2 to 4 answers");
  }
  ShowEvent event = now.event();
  auto& poll = *event.mutable_poll_opened()->mutable_poll();
  poll.set_id(model::id_at(model::kPollPrefix, now.position.value()));
  poll.set_question(body.question());
  for (const auto& answer : body.answers()) {
    if (!is_text(answer, 200)) return refuse("schema", "an answer has 1 to 200 characters");
    poll.add_answers(answer);
    poll.add_votes(0);
  }
  poll.set_open(true);
  return Events{event};
}

tl::unexpected<ShowRefused> poll_closed(const Poll& poll) {
  auto refused = refuse("poll-closed", "the poll has closed");
  refused.value().set_closed_at(poll.closed_at());
  return refused;
}

Outcome close_poll(const Moment& now, const ClosePoll& body) {
  const Poll* poll = now.view.poll(body.poll());
  if (poll == nullptr) return refuse("not-found", "no poll " + body.poll());
  if (!poll->open()) return poll_closed(*poll);
  return Events{closed(now, *poll)};
}

Outcome vote(const Moment& now, const Vote& body) {
  const std::string& actor = now.command.actor();
  const Poll* poll = now.view.poll(body.poll());
  if (actor.empty()) return refuse("permission", "a vote belongs to a person");
  if (poll == nullptr) return refuse("not-found", "no poll " + body.poll());
  if (!poll->open()) return poll_closed(*poll);
  if (body.answer() < 0 || body.answer() >= poll->answers_size())
    return refuse("schema", "no such answer");
  ShowEvent event = now.event();
  auto& counted = *event.mutable_vote_counted();
  *counted.mutable_poll() = *poll;
  if (const std::int32_t* first = now.view.vote(poll->id(), actor)) {
    counted.set_answer(*first);
    ShowEvent again = now.event();
    *again.mutable_answered_again()->add_events() = std::move(event);
    return Events{again};
  }
  counted.set_answer(body.answer());
  counted.mutable_poll()->set_votes(body.answer(), poll->votes(body.answer()) + 1);
  return Events{event};
}

Outcome outcome_of(const Moment& now) {
  const ShowCommand& command = now.command;
  if (command.has_create()) return create(now, command.create());
  const Show* show = now.view.show();
  if (show == nullptr) return refuse("not-found", "no show " + now.id);
  switch (command.body_case()) {
    case ShowCommand::kChangeState: return change_state(now, *show, command.change_state());
    case ShowCommand::kPin: return pin(now, *show, command.pin());
    case ShowCommand::kUnpin: return unpin(now, *show, command.unpin());
    case ShowCommand::kOpenPoll: return open_poll(now, *show, command.open_poll());
    case ShowCommand::kClosePoll: return close_poll(now, command.close_poll());
    case ShowCommand::kVote: return vote(now, command.vote());
    default: return refuse("schema", "a command needs a body");
  }
}

std::string name_of(const ShowCommand& command) {
  const auto* field = ShowCommand::descriptor()->FindFieldByNumber(command.body_case());
  return field == nullptr ? "" : field->name();
}

void evolve_poll(ShowTables& tables, const Poll& poll, bool is_open) {
  tables.put_poll(poll);
  Show show = *tables.show();
  show.open_poll = is_open ? poll.id() : "";
  tables.put_show(std::move(show));
}

template <class PinList>
void evolve_pins(ShowTables& tables, const PinList& pins) {
  Show show = *tables.show();
  show.pins.assign(pins.begin(), pins.end());
  VT_CHECK(show.pins.size() <= kPinsMax);
  tables.put_show(std::move(show));
}

}  // namespace

std::vector<ShowState> ways_from(ShowState state) {
  switch (state) {
    case DRAFT: return {SCHEDULED, LIVE};
    case SCHEDULED: return {LIVE, DRAFT};
    case LIVE: return {PAUSED, ENDED};
    case PAUSED: return {LIVE, ENDED};
    default: return {};
  }
}

std::string word_of(ShowState state) {
  const auto* value = ShowState_descriptor()->FindValueByNumber(state);
  return value == nullptr ? "" : model::enum_text(*value);
}

Events decide(const ShowView& view, const ShowCommand& command, Time at, Position position,
              const std::string& show) {
  auto outcome = outcome_of({view, command, at, position, show});
  Events events;
  if (outcome) {
    events = std::move(*outcome);
  } else {
    events.emplace_back().set_actor(command.actor());
    auto& refused = *events.front().mutable_refused();
    refused = std::move(outcome).error();
    refused.set_command(name_of(command));
  }
  if (command.has_cause())
    for (ShowEvent& event : events) *event.mutable_cause() = command.cause();
  return events;
}

void evolve(ShowTables& tables, const ShowEvent& event) {
  switch (event.body_case()) {
    case ShowEvent::kCreated: {
      const ShowCreated& created = event.created();
      return tables.put_show(
          {created.shop(), created.title(), created.host_name(), DRAFT, 0, {}, ""});
    }
    case ShowEvent::kStateChanged: {
      Show show = *tables.show();
      show.state = event.state_changed().after();
      show.starts_at_ms = event.state_changed().starts_at_ms();
      return tables.put_show(std::move(show));
    }
    case ShowEvent::kPinned: return evolve_pins(tables, event.pinned().pins());
    case ShowEvent::kUnpinned: return evolve_pins(tables, event.unpinned().pins());
    case ShowEvent::kPollOpened: return evolve_poll(tables, event.poll_opened().poll(), true);
    case ShowEvent::kPollClosed: return evolve_poll(tables, event.poll_closed().poll(), false);
    case ShowEvent::kVoteCounted:
      tables.put_poll(event.vote_counted().poll());
      return tables.put_vote(event.vote_counted().poll().id(), event.actor(),
                             event.vote_counted().answer());
    default: return;
  }
}

Events take(ShowTables& tables, const ShowCommand& command, Time at, Position position,
            const std::string& show) {
  const std::string& key = command.idempotency_key();
  if (const ShowAnswer* answer = key.empty() ? nullptr : tables.answer(key)) {
    Events events(1);
    events.front().set_actor(command.actor());
    if (answer->body_hash == command.body_hash()) {
      events.front().mutable_answered_again()->mutable_events()->Add(answer->events.begin(),
                                                                     answer->events.end());
    } else {
      auto& refused = *events.front().mutable_refused();
      refused.set_code("idempotency-conflict");
      refused.set_detail("this idempotency key was used with another body");
      refused.set_command(name_of(command));
    }
    return events;
  }
  Events events = decide(tables, command, at, position, show);
  for (const ShowEvent& event : events) evolve(tables, event);
  if (!key.empty()) tables.put_answer(key, {command.body_hash(), events});
  return events;
}

}  // namespace vitrine::shows
