#pragma once
// The rules of a show's chat: a total order, a resent message once, no card numbers, no floods.
// Pure.
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "base/time.h"
#include "commerce/model/proto/audience.pb.h"
#include "commerce/model/serde.h"
#include "commerce/moderation/ruling.h"

namespace vitrine::chat {

struct ChatOptions {
  std::size_t remembered = 10'000;                 // latest messages of a show whose ids are known
  std::size_t flood_messages = 10;                 // of one author …
  Duration flood_span = std::chrono::seconds(10);  // … within this; hosts are exempt
};

// What is remembered of an author: the times of the latest messages, at most flood_messages.
struct Author {
  std::vector<std::int64_t> sent_ms;
  std::uint64_t last_number = 0;
  auto fields() { return std::tie(sent_ms, last_number); }
};

// `repeats`: the number this author's id got before, if it is known. `last`: the show's latest
// number.
ChatEvent decide(const PostMessage& post, std::optional<std::uint64_t> repeats,
                 const Author* author, std::uint64_t last, Time at, const ChatOptions& options);
ChatEvent decide(const RemoveMessage& removal);

// What a ruling of moderation tells the author, and the moderators.
ChatEvent refused_by(const moderation::Ruling& ruling, const ChatPosted& message);
ChatEvent masked_by(const moderation::Ruling& ruling, const ChatPosted& message, Time at);

void evolve(Author& author, const ChatPosted& posted, Time at, const ChatOptions& options);

}  // namespace vitrine::chat
