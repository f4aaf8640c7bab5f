#pragma once
// Whose committed records the gateway shows and whom it asks: the engines of the three domains.
#include "vitrine/engine.h"

namespace vitrine::gateway {

// Started before the gateway opens, stopped before it goes.
struct Engines {
  Engine& shop;
  Engine& audience;
  Engine& insight;  // the models: nobody else waits for it
};

}  // namespace vitrine::gateway
