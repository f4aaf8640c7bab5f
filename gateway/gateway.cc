#include "gateway/gateway.h"

#include "base/log.h"
#include "commerce/model/topics.h"
#include "gateway/autopilot_adapter.h"
#include "gateway/dispatch.h"
#include "gateway/feed.h"
#include "gateway/insight_feed.h"
#include "gateway/media.h"
#include "gateway/pages.h"
#include "gateway/payment_adapter.h"
#include "gateway/presence.h"
#include "gateway/reactions.h"
#include "gateway/socket.h"
#include "gateway/topology_feed.h"

namespace vitrine::gateway {
namespace {

void open_tails(Core& core) {
  Core* shared = &core;
  core.shop_tail = std::make_unique<Tail>(
      core.shop, core.loop,
      std::vector<std::string>{topics::shop_events.name(), topics::show_timeline.name(),
                               topics::payment_requests.name()},
      TailSink{[shared](const Positioned& record) { feed_shop(*shared, record); },
               [shared](bool at_end) {
                 shared->shop_asks.settle(at_end);
                 shared->order_asks.settle(at_end);
               }});
  core.audience_tail = std::make_unique<Tail>(
      core.audience, core.loop,
      std::vector<std::string>{topics::show_chat.name(), topics::show_reactions.name(),
                               topics::show_kpis.name()},
      TailSink{[shared](const Positioned& record) { feed_audience(*shared, record); },
               [shared](bool at_end) { shared->audience_asks.settle(at_end); }});
  core.insight_tail = std::make_unique<Tail>(
      core.insight, core.loop,
      std::vector<std::string>{topics::show_insights.name(), topics::viewer_offers.name(),
                               topics::model_events.name()},
      TailSink{[shared](const Positioned& record) { feed_insight(*shared, record); },
               [shared](bool at_end) { shared->insight_asks.settle(at_end); }});
  core.hub.serve(Domain::Shop, core.shop, [shared] { return shared->shop_tail->next(); });
  core.hub.serve(Domain::Audience, core.audience,
                 [shared] { return shared->audience_tail->next(); });
  core.hub.serve(Domain::Insight, core.insight, [shared] { return shared->insight_tail->next(); });
}

}  // namespace

Result<std::unique_ptr<Gateway>> Gateway::open(Env& env, net::Loop& loop,
                                               const Engines& engines, Options options) {
  VT_TRY(auto tokens, Tokens::open(env, options.data_folder));
  VT_TRY(auto codes, Codes::open(env, options.data_folder));
  std::unique_ptr<Gateway> gateway(new Gateway());
  gateway->first_start_ = codes.fresh();
  gateway->core_ = std::make_unique<Core>(env, loop, engines, std::move(options),
                                          std::move(tokens), std::move(codes));
  Core& core = *gateway->core_;
  VT_TRY(auto pages, Pages::open(core.options.web_folder));
  VT_TRY(auto media, Media::open(env, core.options.video_folder));
  core.pages = std::make_unique<Pages>(std::move(pages));
  core.media = std::make_unique<Media>(std::move(media));
  core.reactions = std::make_unique<Reactions>(core);
  core.presence = std::make_unique<Presence>(core);
  core.payments = std::make_unique<PaymentAdapter>(core);
  core.autopilot = std::make_unique<AutopilotAdapter>(core);
  core.sockets = std::make_unique<Sockets>(core);
  core.topology = std::make_unique<TopologyFeed>(core);

  open_tails(core);
  // The shop's log first: it says which shows the audience's records are about.
  VT_TRY_VOID(core.shop_tail->catch_up());
  VT_TRY_VOID(core.audience_tail->catch_up());
  VT_TRY_VOID(core.insight_tail->catch_up());
  VT_TRY(gateway->server_,
         net::Server::listen(
             loop, core.options.server,
             [&core](net::Request&& request, std::unique_ptr<net::Responder> responder) {
               dispatch(core, std::move(request), std::move(responder));
             }));
  core.shop_tail->follow();
  core.audience_tail->follow();
  core.insight_tail->follow();
  core.payments->start();
  core.autopilot->start();
  core.reactions->start();
  core.topology->start();
  gateway->start_timers();
  return gateway;
}

void Gateway::start_timers() {
  Core& core = *core_;
  timers_.push_back(core.loop.every(100, [&core] {
    const Time now = core.env.clock.now();
    core.shop_asks.sweep(now, core.shop.storage_full());
    core.audience_asks.sweep(now, core.audience.storage_full());
    core.insight_asks.sweep(now, core.insight.storage_full());
    core.order_asks.sweep(now, false);  // an order that is placed is told as pending
    if (core.audience.storage_full()) core.reactions->give_up();
  }));
  timers_.push_back(core.loop.every(1000, [&core] {
    core.hub.sweep();
    core.sockets->sweep();
  }));
}

Gateway::~Gateway() {
  if (!core_) return;
  for (const auto timer : timers_) core_->loop.cancel(timer);
  // Connections end while everything they speak to is still there.
  server_.reset();
}

std::uint16_t Gateway::port() const { return server_->port(); }

Result<std::string> Gateway::issue_host_code() {
  return core_->codes.issue(Role::Host, "", core_->env.clock.now() + core_->options.code_life);
}

void Gateway::drain(std::function<void()> then) {
  constexpr int kHearMs = 100;
  server_->stop_accepting();
  core_->sockets->end_for_restart();
  core_->loop.after(kHearMs, std::move(then));
}

}  // namespace vitrine::gateway
