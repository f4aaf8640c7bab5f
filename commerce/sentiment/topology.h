#pragma once
// Adds the room's mood and its concerns to an App: show.chat -> show.insights, one show a key.
//
// State: sentiment-moods by show; sentiment-watches by "show|concern" (a feature's: "show|feature
// size"); sentiment-open (show -> watches with an open alert); sentiment-people by "show|viewer",
// gone six hours after they last spoke. A tick a second while there is something to tell.
#include "vitrine/app.h"

namespace vitrine::sentiment {

void add_sentiment(App& app);

}  // namespace vitrine::sentiment
