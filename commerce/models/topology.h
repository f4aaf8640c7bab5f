#pragma once
// Adds the models' lives to an App: model.commands -> model.events, model.records, one model a key.
//
// What it returns is model.records as every room of the App sees it: under a model's name the one
// in use and its shadow, whole (ModelInUse). A room looks it up for each record it works on, so a
// switch holds from exactly the next record on, and a replay switches there, too.
//
// State: models-books by name; models-versions by "name|version", kVersionsMax of a name.
#include "commerce/model/proto/models.pb.h"
#include "commerce/models/scorer.h"
#include "vitrine/app.h"

namespace vitrine::models {

using InUse = Broadcast<std::string, ModelEntry>;

InUse add_models(App& app, const Kinds& kinds);

}  // namespace vitrine::models
