#pragma once
// Adds the room's mood and its concerns to an App: show.chat -> show.insights, one show a key.
//
// Lines are scored by the model in use, and by its shadow for model.shadows only; drift goes to
// model.events.
//
// State: sentiment-moods by show; sentiment-watches by "show|concern" (a feature's: "show|feature
// size"); sentiment-open (show -> watches with an open alert); sentiment-people by "show|viewer",
// gone six hours after they last spoke; sentiment-drift by show, gone a day after. A tick a second
// while there is something to tell.
#include "commerce/model/proto/insight.pb.h"
#include "commerce/model/serde.h"
#include "commerce/models/topology.h"
#include "vitrine/app.h"
#include "vitrine/stream.h"

namespace vitrine::sentiment {

// What it tells, for whoever acts on it.
Stream<std::string, InsightEvent> add_sentiment(App& app, const models::InUse& in_use);

}  // namespace vitrine::sentiment
