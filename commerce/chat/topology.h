#pragma once
// Adds the chat to an App: chat.commands -> show.chat, one show a key.
//
// State, bounded by ChatOptions::remembered a show: chat-numbers (show -> latest number), chat-ids
// ("show|author|id" -> number), chat-slots ("show|number mod remembered" -> author and id),
// chat-authors ("show|author").
#include "commerce/chat/decide.h"
#include "vitrine/app.h"

namespace vitrine::chat {

void add_chat(App& app, const ChatOptions& options = {});

}  // namespace vitrine::chat
