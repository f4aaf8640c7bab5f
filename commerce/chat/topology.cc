#include "commerce/chat/topology.h"

#include "commerce/model/topics.h"
#include "commerce/moderation/desk.h"

namespace vitrine::chat {

namespace {

// Who sent the message in a slot of the ring, so that its traces go when the slot is used again.
struct Sent {
  std::string author, id;
  auto fields() { return std::tie(author, id); }
};

class Chat {
 public:
  using Out = Context<std::string, ChatEvent>;
  Chat(Stores& stores, const ChatOptions& options)
      : options_(options),
        numbers_(stores.keyed<std::uint64_t>("chat-numbers")),
        ids_(stores.keyed<ScopedRow, std::uint64_t>("chat-ids")),
        slots_(stores.keyed<ScopedRow, Sent>("chat-slots")),
        authors_(stores.keyed<ScopedRow, Author>("chat-authors")),
        desk_(stores) {}

  void on_record(std::string_view show, const ChatCommand& command, Out& out) {
    if (command.has_post()) return post(show, command.post(), out);
    if (command.has_remove()) {
      out.emit(show, decide(command.remove()));
      return tell(show, desk_.removed(show, command.remove(), out.timestamp()), out);
    }
    if (command.has_decide()) return decide_held(show, command.decide(), out);
    if (command.has_act()) return tell(show, desk_.act(show, command.act(), out.timestamp()), out);
    if (command.has_slow_mode())
      tell(show, desk_.set_slow_mode(show, command.slow_mode(), out.timestamp()), out);
  }

 private:
  void post(std::string_view show, const PostMessage& message, Out& out) {
    const ScopedView id = id_of(show, message.author(), message.id());
    if (const auto again = desk_.repeat_of(message, id)) return out.emit(show, *again);
    const std::uint64_t* repeats = ids_.find(id);
    const Author* author = authors_.find({show, message.author()});
    ChatEvent event = decide(message, repeats ? std::optional(*repeats) : std::nullopt, author,
                             last_of(show), out.timestamp(), options_);
    if (!event.has_posted()) return out.emit(show, event);
    const std::int64_t last_sent_ms =
        author == nullptr || author->sent_ms.empty() ? 0 : author->sent_ms.back();
    const auto ruling = desk_.judge(show, event.posted(), last_sent_ms, out.timestamp());
    moderated(show, std::move(event), ruling, out);
  }

  // Nothing that was not let through is ever shown, or counted.
  void moderated(std::string_view show, ChatEvent event, const moderation::Ruling& ruling,
                 Out& out) {
    using enum moderation::Verdict;
    const Time at = out.timestamp();
    switch (ruling.verdict) {
      case Hold: return tell(show, desk_.hold(show, event.posted(), ruling, at), out);
      case Shadow: return tell(show, desk_.shadow(show, event.posted(), ruling, at), out);
      case Refuse: return out.emit(show, refused_by(ruling, event.posted()));
      case Mask: event.mutable_posted()->set_text(ruling.text); break;
      case Allow: break;
    }
    remember(show, event.posted(), at);
    out.emit(show, event);
    if (ruling.verdict == Mask) out.emit(show, masked_by(ruling, event.posted(), at));
  }

  void decide_held(std::string_view show, const DecideHeld& command, Out& out) {
    auto decided = desk_.decide(show, command, last_of(show) + 1, out.timestamp());
    tell(show, decided.events, out);
    if (!decided.released) return;
    remember(show, *decided.released, out.timestamp());
    ChatEvent event;
    *event.mutable_posted() = std::move(*decided.released);
    out.emit(show, event);
  }

  static void tell(std::string_view show, const std::vector<ChatEvent>& events, Out& out) {
    for (const ChatEvent& event : events) out.emit(show, event);
  }

  std::uint64_t last_of(std::string_view show) const {
    const std::uint64_t* last = numbers_.find(show);
    return last == nullptr ? 0 : *last;
  }

  void remember(std::string_view show, const ChatPosted& posted, Time at) {
    const std::string number = std::to_string(posted.number() % options_.remembered);
    Sent& slot = slots_.upsert({show, number});
    if (!slot.author.empty()) forget(show, slot);
    slot = {posted.author(), posted.id()};
    ids_.put(id_of(show, posted.author(), posted.id()), posted.number());
    numbers_.put(show, posted.number());
    evolve(authors_.upsert({show, posted.author()}), posted, at, options_);
  }

  // An author goes with the last message of theirs that is remembered.
  void forget(std::string_view show, const Sent& sent) {
    const ScopedView id = id_of(show, sent.author, sent.id), author_key{show, sent.author};
    const std::uint64_t* number = ids_.find(id);
    const Author* author = authors_.find(author_key);
    const bool was_last = number && author && author->last_number == *number;
    ids_.erase(id);
    if (was_last) authors_.erase(author_key);
  }

  // "show|author|id"; borrowed, until the next call.
  ScopedView id_of(std::string_view show, std::string_view author, std::string_view id) {
    ((id_.assign(author)) += '|') += id;
    return {show, id_};
  }

  ChatOptions options_;
  Keyed<std::uint64_t> numbers_;
  Keyed<ScopedRow, std::uint64_t> ids_;
  Keyed<ScopedRow, Sent> slots_;
  Keyed<ScopedRow, Author> authors_;
  moderation::Desk desk_;
  Bytes id_;
};

}  // namespace

void add_chat(App& app, const ChatOptions& options) {
  app.stream(topics::chat_commands)
      .process("chat",
               [options](Stores& stores) {
                 return Chat{stores, options};
               })
      .to(topics::show_chat);
}

}  // namespace vitrine::chat
