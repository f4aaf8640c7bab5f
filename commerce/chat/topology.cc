#include "commerce/chat/topology.h"

#include "commerce/model/topics.h"

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
        authors_(stores.keyed<ScopedRow, Author>("chat-authors")) {}

  void on_record(std::string_view show, const ChatCommand& command, Out& out) {
    if (command.has_post()) return post(show, command.post(), out);
    if (command.has_remove()) out.emit(show, decide(command.remove()));
  }

 private:
  void post(std::string_view show, const PostMessage& message, Out& out) {
    const std::uint64_t* last = numbers_.find(show);
    const std::uint64_t* repeats = ids_.find(key(show, message.author(), message.id()));
    const ChatEvent event = decide(message, repeats ? std::optional(*repeats) : std::nullopt,
                                   authors_.find(key(show, message.author())), last ? *last : 0,
                                   out.timestamp(), options_);
    if (event.has_posted()) remember(show, event.posted(), out.timestamp());
    out.emit(show, event);
  }

  void remember(std::string_view show, const ChatPosted& posted, Time at) {
    const ScopedRow slot = key(show, std::to_string(posted.number() % options_.remembered));
    if (const Sent* old = slots_.find(slot)) forget(show, *old);
    slots_.put(slot, {posted.author(), posted.id()});
    ids_.put(key(show, posted.author(), posted.id()), posted.number());
    numbers_.put(show, posted.number());
    evolve(authors_.upsert(key(show, posted.author())), posted, at, options_);
  }

  // An author goes with the last message of theirs that is remembered.
  void forget(std::string_view show, const Sent& sent) {
    const ScopedRow id = key(show, sent.author, sent.id), author_key = key(show, sent.author);
    const std::uint64_t* number = ids_.find(id);
    const Author* author = authors_.find(author_key);
    const bool was_last = number && author && author->last_number == *number;
    ids_.erase(id);
    if (was_last) authors_.erase(author_key);
  }

  static ScopedRow key(std::string_view show, std::string_view a, std::string_view b = {}) {
    ScopedRow out{std::string(show), std::string(a)};
    if (!b.empty()) (out.rest += '|') += b;
    return out;
  }

  ChatOptions options_;
  Keyed<std::uint64_t> numbers_;
  Keyed<ScopedRow, std::uint64_t> ids_;
  Keyed<ScopedRow, Sent> slots_;
  Keyed<ScopedRow, Author> authors_;
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
