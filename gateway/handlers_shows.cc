// What everybody may see of a show, and how the audience takes part.
#include <deque>

#include "commerce/model/topics.h"
#include "gateway/ask.h"
#include "gateway/feed.h"
#include "gateway/json_text.h"
#include "gateway/reactions.h"

namespace vitrine::gateway::handlers {
namespace {

// The show of the path; null when there is none and the call has been told so.
const ShowView::Show* show_of(Core& core, const CallPtr& call) {
  const auto* show = core.shows.show(call->parameter("show"));
  if (show == nullptr) call->refuse({ProblemType::NotFound, "There is no such show."});
  return show;
}

// Where a chat page begins: everything newer than this position. Refuses an unknown cursor.
std::optional<Position> chat_place(Core& core, const CallPtr& call, std::size_t limit) {
  const std::string* text = call->request.query_value("cursor");
  if (text == nullptr || *text == "0") return Position{0};
  if (*text == "newest")
    return core.hub.before_newest("show.chat:" + call->parameter("show"), limit);
  const auto cursor = parse_cursor(*text);
  if (cursor && cursor->domain == Domain::Audience &&
      cursor->incarnation == core.audience.incarnation())
    return cursor->position;
  call->refuse(
      {ProblemType::Malformed, "This cursor is not of this log.", 0, {{"?cursor", "unknown"}}});
  return std::nullopt;
}

// The message of an event, when this caller may see it: under a shadow ban its author may, and
// who moderates.
const ChatPosted* shown_to(const CallPtr& call, const ChatEvent& event) {
  if (event.has_posted()) return &event.posted();
  if (!event.has_shadowed() || !call->authenticated) return nullptr;
  const ChatPosted& message = event.shadowed().message();
  const bool is_own = call->caller.id == message.author();
  return is_own || call->caller.role != Role::Viewer ? &message : nullptr;
}

}  // namespace

void list_shows(Core& core, const CallPtr& call) {
  api::ShowList list;
  for (const auto& [id, show] : core.shows.shows()) *list.add_items() = show_now(core, show);
  call->answer(200, list);
}

void get_show(Core& core, const CallPtr& call) {
  if (const auto* show = show_of(core, call)) call->answer(200, show_now(core, *show));
}

void get_kpis(Core& core, const CallPtr& call) {
  if (const auto* show = show_of(core, call)) {
    call->answer_json(200, kpis_json(*show, call->caller.role == Role::Host));
  }
}

void list_chat(Core& core, const CallPtr& call) {
  if (show_of(core, call) == nullptr) return;
  const std::size_t limit = call->limit_or_refuse();
  if (limit == 0) return;
  const auto place = chat_place(core, call, limit);
  if (!place) return;
  const std::string* asked = call->request.query_value("cursor");
  const bool newest = asked != nullptr && *asked == "newest";
  const std::array<std::string, 1> topics{topics::show_chat.name()};
  const std::string& show = call->parameter("show");
  std::deque<std::string> items;
  Position read_to = *place;
  // Other shows' records count towards what one call may read.
  for (int batches = 0; batches < 8 && (newest || items.size() < limit); ++batches) {
    auto batch = core.audience.fetch(topics, Position{read_to.value() + 1}, 256, 1U << 20U);
    if (!batch || batch->records.empty()) break;
    for (const auto& record : batch->records) {
      if (items.size() == limit && !newest) break;
      read_to = record.position;
      const auto event = decoded<ChatEvent>(record.record.value);
      if (record.record.key != show || !event) continue;
      const ChatPosted* posted = shown_to(call, *event);
      if (posted == nullptr || core.removed_messages.contains(posted->id())) continue;
      items.push_back(JsonObject{}
                          .text("cursor", core.as_of(Domain::Audience, record.position))
                          .number("at_ms", millis_of(record.record.timestamp))
                          .raw("posted", model::to_json(*posted))
                          .str());
      if (items.size() > limit) items.pop_front();
    }
  }
  JsonArray array;
  for (const auto& item : items) array.raw(item);
  const std::string next = core.as_of(Domain::Audience, read_to);
  call->answer_json(200, JsonObject{}.raw("items", array.str()).text("next_cursor", next).str());
}

void post_chat(Core& core, const CallPtr& call) {
  if (show_of(core, call) == nullptr) return;
  const auto command = chat_command(call->caller, call->body_as<api::ChatRequest>());
  ask_chat(
      core, call->parameter("show"), command,
      [call](const Problem& problem) { call->refuse(problem); },
      [call](const ChatEvent& event, Position at) {
        api::Accepted accepted;
        accepted.set_as_of(call->core.as_of(Domain::Audience, at));
        const ChatAnswer answer = chat_answer(event);
        accepted.set_number(answer.number);
        accepted.set_held(answer.held);
        call->answer(answer.again ? 200 : answer.held ? 202 : 201, accepted);
      });
}

void post_reaction(Core& core, const CallPtr& call) {
  if (show_of(core, call) == nullptr) return;
  const auto& body = call->body_as<api::ReactionRequest>();
  if (!Reactions::is_kind(body.kind())) {
    return call->refuse({ProblemType::Schema,
                         "No such reaction.",
                         0,
                         {{"/kind", "like, love, wow, fire or laugh"}}});
  }
  const auto count = static_cast<std::uint64_t>(std::max(1, body.count()));
  core.reactions->add(
      call->parameter("show"), body.kind(), count,
      [call](const Problem& problem) { call->refuse(problem); },
      [call](Position at) {
        api::Accepted accepted;
        accepted.set_as_of(call->core.as_of(Domain::Audience, at));
        call->answer(202, accepted);
      });
}

void vote(Core& core, const CallPtr& call) {
  const auto* show = show_of(core, call);
  if (show == nullptr) return;
  const std::string poll_id = call->parameter("poll");
  const auto poll = show->polls.find(poll_id);
  if (poll == show->polls.end())
    return call->refuse({ProblemType::NotFound, "There is no such poll."});
  const int answer = call->body_as<api::VoteRequest>().answer();
  if (answer >= poll->second.answers_size()) {
    return call->refuse(
        {ProblemType::Schema, "The poll has no such answer.", 0, {{"/answer", "out of range"}}});
  }
  ShowCommand command;
  command.mutable_vote()->set_poll(poll_id);
  command.mutable_vote()->set_answer(answer);
  const std::string show_id = call->parameter("show");
  ask_show(call, show_id, std::move(command),
           [call, show_id, poll_id](const Events<ShowEvent>& events) {
             if (const auto* counted =
                     events.find([](const ShowEvent& e) { return e.has_vote_counted(); })) {
               const bool again = call->replayed;
               call->replayed = false;  // by the person, not by a key
               return call->answer(again ? 200 : 201, counted->vote_counted().poll());
             }
             call->replayed = false;
             call->answer(200, call->core.shows.show(show_id)->polls.at(poll_id));
           });
}

void remove_chat(Core& core, const CallPtr& call) {
  if (show_of(core, call) == nullptr) return;
  ChatCommand command;
  command.mutable_remove()->set_message(call->parameter("message"));
  command.mutable_remove()->set_actor(call->caller.id);
  command.mutable_remove()->set_reason(call->body_as<api::RemoveRequest>().reason());
  if (const auto* known =
          core.moderation.posted(call->parameter("show"), call->parameter("message"))) {
    command.mutable_remove()->set_author(known->author);
    command.mutable_remove()->set_text(known->what.text());
  }
  ask_chat(
      core, call->parameter("show"), command,
      [call](const Problem& problem) { call->refuse(problem); },
      [call](const ChatEvent&, Position at) {
        api::Accepted accepted;
        accepted.set_as_of(call->core.as_of(Domain::Audience, at));
        call->answer(200, accepted);
      });
}

}  // namespace vitrine::gateway::handlers
