// For operators and the demo.
#include <signal.h>
#include <unistd.h>

#include "base/log.h"
#include "base/metrics.h"
#include "gateway/call.h"
#include "gateway/core.h"
#include "gateway/json_text.h"
#include "gateway/topology_feed.h"
#include "vitrine/engine_metrics.h"

namespace vitrine::gateway::handlers {

void health(Core& core, const CallPtr& call) {
  if (core.shop.storage_full() || core.audience.storage_full() || core.insight.storage_full()) {
    return call->refuse(
        {ProblemType::StorageFull, "The disk is full: reading goes on, writing does not.", 10});
  }
  JsonObject out;
  out.text("status", "ok").number("shop_position", core.shop_tail->next().value() - 1);
  out.number("audience_position", core.audience_tail->next().value() - 1);
  out.number("insight_position", core.insight_tail->next().value() - 1);
  out.number("subscriptions", core.hub.members());
  call->answer_json(200, out.str());
}

void metrics(Core& core, const CallPtr& call) {
  const std::string& peer = call->request.peer;
  if (!peer.starts_with("127.") && peer != "::1" && !peer.starts_with("::ffff:127.")) {
    return call->refuse({ProblemType::Permission, "Metrics are for this machine only."});
  }
  gauge("vitrine_gateway_subscriptions", "members of all channels")
      .set(static_cast<std::int64_t>(core.hub.members()));
  const std::array<EngineMetrics, 3> engines{core.shop.metrics(), core.audience.metrics(),
                                              core.insight.metrics()};
  const std::string text = prometheus_text() + prometheus_text(engines);
  call->answer_raw(net::Response::text(200, "text/plain; version=0.0.4", text));
}

void topology(Core& core, const CallPtr& call) { call->answer(200, core.topology->now()); }

void openapi(Core&, const CallPtr& call) {
  static const std::string document = openapi_document();
  call->answer_json(200, document);
}

void plug(Core& core, const CallPtr& call) {
  if (!core.options.demo) return call->refuse({ProblemType::NotFound, "There is nothing here."});
  log(LogLevel::Warn, "demo.plug_pulled");
  call->answer_empty(202);
  // The answer leaves first; nothing else is put in order, as when the power goes.
  core.loop.after(50, [] { ::kill(::getpid(), SIGKILL); });
}

void counters(Core& core, const CallPtr& call) {
  if (!core.options.demo) return call->refuse({ProblemType::NotFound, "There is nothing here."});
  std::string counted;
  if (core.env.disk.exists(core.options.counters_file)) {
    auto file = core.env.disk.open(core.options.counters_file, OpenMode::ReadOnly);
    if (file) counted = (*file)->read_at(0, 4096).value_or("");
  }
  if (counted.empty() || counted.front() != '{')
    counted = R"({"acknowledged":0,"found":0,"lost":0,"doubled":0})";
  const auto end = counted.rfind('}');
  call->answer_json(
      200, counted.substr(0, end) + ",\"restarts\":" + std::to_string(core.options.restarts) + "}");
}

}  // namespace vitrine::gateway::handlers
