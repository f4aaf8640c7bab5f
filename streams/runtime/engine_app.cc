// The only place where the runtime meets the front door's App.
#include "streams/runtime/embedded_engine.h"
#include "vitrine/app.h"

namespace vitrine {

Result<std::unique_ptr<Engine>> Engine::open(Env& env, App& app, EngineOptions options) {
  VT_TRY(auto topology, app.topology());
  return open(env, std::move(topology), std::move(options));
}

}  // namespace vitrine
