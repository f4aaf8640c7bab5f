#include "commerce/assistant/topology.h"

#include <algorithm>
#include <charconv>

#include "commerce/assistant/groups.h"
#include "commerce/assistant/question.h"
#include "commerce/model/card.h"
#include "commerce/model/topics.h"
#include "commerce/model/validate.h"
#include "commerce/model/words.h"

namespace vitrine::assistant {
namespace {

class Questions {
 public:
  using Out = Context<std::string, InsightEvent>;
  explicit Questions(Stores& stores)
      : open_(stores.keyed<std::vector<std::uint64_t>>("assistant-open")),
        groups_(stores.keyed<ScopedRow, Group>("assistant-groups")) {}

  void on_record(std::string_view show, const AssistantInput& input, Out& out) {
    if (input.has_posted()) return posted(show, input.posted(), out);
    const InsightCommand& command = input.command();
    if (command.has_answer()) return answer(show, command, out);
    if (command.has_dismiss()) return dismiss(show, command.dismiss().question(), out);
  }

 private:
  void posted(std::string_view show, const ChatPosted& message, Out& out) {
    if (message.role() != "viewer") return;
    const auto words = model::words_of(message.text());
    if (!is_question(message.text(), words)) return;
    Asked asked{content_of(words), {}, {}};
    asked.topic = topic_of(asked.content);
    if (asked.content.empty()) return;
    std::vector<std::uint64_t>& open = open_.upsert(show);
    const auto same = std::ranges::find_if(open, [&](std::uint64_t number) {
      const Group* group = groups_.find(key(show, number));
      return group != nullptr && is_same(*group, asked);
    });
    std::uint64_t number = message.number();
    if (same == open.end()) {
      groups_.put(key(show, number), begin_group(message, asked, out.timestamp()));
      if (open.size() == kOpenMax) close(show, open.front(), open);
    } else {
      number = *same;
      open.erase(same);
      join_group(groups_.upsert(key(show, number)), message, out.timestamp());
    }
    open.push_back(number);
    tell(show, groups_.upsert(key(show, number)), out);
  }

  void tell(std::string_view show, Group& group, Out& out) {
    if (!is_worth_telling(group)) return;
    group.told_people = group.told.people();
    InsightEvent event;
    *event.mutable_question() = group.told;
    out.emit(show, event);
  }

  void answer(std::string_view show, const InsightCommand& command, Out& out) {
    const std::string& id = command.answer().question();
    const auto number = number_of(id);
    const Group* known = number ? groups_.find(key(show, *number)) : nullptr;
    if (known == nullptr) return refuse(show, "not-found", "There is no such question.", out);
    const std::string& text = command.answer().text();
    if (text.empty() || model::code_points(text) > 500)
      return refuse(show, "schema", "An answer has 1 to 500 characters.", out);
    Group& group = groups_.upsert(key(show, *number));
    group.answered = true;
    InsightEvent event;
    QuestionAnswered& answered = *event.mutable_answered();
    answered.set_question(id);
    answered.set_text(model::without_card_numbers(text, model::kCardMask));
    answered.set_source("host");
    answered.set_people(group.told.people());
    answered.set_why("The host answered it.");
    out.emit(show, event);
  }

  void dismiss(std::string_view show, const std::string& id, Out& out) {
    const auto number = number_of(id);
    if (!number || !groups_.contains(key(show, *number)))
      return refuse(show, "not-found", "There is no such question.", out);
    close(show, *number, open_.upsert(show));
    InsightEvent event;
    event.mutable_dismissed()->set_question(id);
    out.emit(show, event);
  }

  // Forgotten; what was told of it stays in the log.
  void close(std::string_view show, std::uint64_t number, std::vector<std::uint64_t>& open) {
    groups_.erase(key(show, number));
    std::erase(open, number);
  }

  static void refuse(std::string_view show, const char* code, const char* detail, Out& out) {
    InsightEvent event;
    event.mutable_refused()->set_code(code);
    event.mutable_refused()->set_detail(detail);
    out.emit(show, event);
  }

  static std::optional<std::uint64_t> number_of(std::string_view id) {
    if (!id.starts_with("q_")) return std::nullopt;
    id.remove_prefix(2);
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
    if (error != std::errc{} || end != id.data() + id.size()) return std::nullopt;
    return number;
  }

  static ScopedRow key(std::string_view show, std::uint64_t number) {
    return {std::string(show), std::to_string(number)};
  }

  Keyed<std::vector<std::uint64_t>> open_;
  Keyed<ScopedRow, Group> groups_;
};

}  // namespace

void add_assistant(App& app) {
  const auto said = app.stream(topics::show_chat)
                        .filter([](const ChatEvent& event) { return event.has_posted(); })
                        .map([](const ChatEvent& event) {
                          AssistantInput input;
                          *input.mutable_posted() = event.posted();
                          return input;
                        });
  const auto asked = app.stream(topics::insight_commands).map([](const InsightCommand& command) {
    AssistantInput input;
    *input.mutable_command() = command;
    return input;
  });
  said.merge(asked)
      .process("assistant", [](Stores& stores) { return Questions{stores}; })
      .to(topics::show_insights);
}

}  // namespace vitrine::assistant
