#include "commerce/chat/decide.h"

#include <algorithm>

#include "commerce/model/card.h"
#include "commerce/model/ids.h"
#include "commerce/model/validate.h"

namespace vitrine::chat {

namespace {

ChatEvent refused(const PostMessage& post, const char* code, const char* detail) {
  ChatEvent event;
  event.mutable_refused()->set_id(post.id());
  event.mutable_refused()->set_author(post.author());
  event.mutable_refused()->set_code(code);
  event.mutable_refused()->set_detail(detail);
  return event;
}

bool is_blank(const std::string& text) {
  return text.find_first_not_of(" \t\r\n") == std::string::npos;
}

bool is_flood(const PostMessage& post, const Author* author, Time at, const ChatOptions& options) {
  if (post.role() == "host" || author == nullptr) return false;
  const std::int64_t since = millis_of(at - options.flood_span);
  const auto recent =
      std::ranges::count_if(author->sent_ms, [&](std::int64_t sent) { return sent > since; });
  return static_cast<std::size_t>(recent) >= options.flood_messages;
}

}  // namespace

ChatEvent decide(const PostMessage& post, std::optional<std::uint64_t> repeats,
                 const Author* author, std::uint64_t last, Time at, const ChatOptions& options) {
  if (!model::is_id(post.id())) return refused(post, "schema", "a message needs an id");
  if (post.author().empty()) return refused(post, "permission", "a message has an author");
  if (repeats) {
    ChatEvent event;
    event.mutable_repeated_post()->set_id(post.id());
    event.mutable_repeated_post()->set_author(post.author());
    event.mutable_repeated_post()->set_number(*repeats);
    return event;
  }
  if (is_blank(post.text()) || model::code_points(post.text()) > 500) {
    return refused(post, "schema", "a text has 1 to 500 characters");
  }
  if (is_flood(post, author, at, options))
    return refused(post, "flood", "too many messages, wait a moment");
  ChatEvent event;
  auto& posted = *event.mutable_posted();
  posted.set_id(post.id());
  posted.set_author(post.author());
  posted.set_nickname(post.nickname());
  posted.set_role(post.role());
  posted.set_text(model::without_card_numbers(post.text(), model::kCardMask));
  posted.set_media_time_ms(post.media_time_ms());
  posted.set_number(last + 1);
  return event;
}

ChatEvent decide(const RemoveMessage& removal) {
  ChatEvent event;
  event.mutable_removed()->set_message(removal.message());
  event.mutable_removed()->set_actor(removal.actor());
  event.mutable_removed()->set_reason(removal.reason());
  return event;
}

ChatEvent refused_by(const moderation::Ruling& ruling, const ChatPosted& message) {
  ChatEvent event;
  auto& refused = *event.mutable_refused();
  refused.set_id(message.id());
  refused.set_author(message.author());
  refused.set_code(ruling.code);
  refused.set_detail(ruling.why);
  refused.set_retry_after_s(ruling.retry_after_s);
  refused.set_rule(ruling.rule);
  refused.set_version(ruling.version);
  return event;
}

ChatEvent masked_by(const moderation::Ruling& ruling, const ChatPosted& message, Time at) {
  ChatEvent event;
  auto& masked = *event.mutable_masked();
  masked.set_number(message.number());
  masked.set_author(message.author());
  masked.set_rule(ruling.rule);
  masked.set_version(ruling.version);
  masked.set_why(ruling.why);
  masked.set_at_ms(millis_of(at));
  return event;
}

void evolve(Author& author, const ChatPosted& posted, Time at, const ChatOptions& options) {
  author.last_number = posted.number();
  author.sent_ms.push_back(millis_of(at));
  if (author.sent_ms.size() > options.flood_messages) author.sent_ms.erase(author.sent_ms.begin());
}

}  // namespace vitrine::chat
