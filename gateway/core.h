#pragma once
// Everything the handlers share: the engines, the views, who waits for what, and the channels. One
// per gateway.
//
// Threads: the loop's only, after open(). Nothing in here decides: decisions are taken behind the
// engines.
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/env.h"
#include "gateway/codes.h"
#include "gateway/engines.h"
#include "gateway/hub.h"
#include "gateway/insight_view.h"
#include "gateway/moderation_view.h"
#include "gateway/offers_view.h"
#include "gateway/options.h"
#include "gateway/pending.h"
#include "gateway/rate.h"
#include "gateway/shop_view.h"
#include "gateway/show_view.h"
#include "gateway/tail.h"
#include "gateway/tokens.h"
#include "net/server.h"

namespace vitrine::gateway {

class Reactions;
class Presence;
class PaymentAdapter;
class AutopilotAdapter;
class Pages;
class Media;
class Sockets;
class TopologyFeed;

class Core {
 public:
  Core(Env& env, net::Loop& loop, const Engines& engines, Options options, Tokens tokens,
       Codes codes);
  ~Core();

  Env& env;
  net::Loop& loop;
  Engine& shop;
  Engine& audience;
  Engine& insight;
  Options options;

  std::unordered_set<std::string> keys_in_flight;  // outlives every call
  Tokens tokens;
  Codes codes;
  Tickets tickets;
  RateLimiter request_rate;
  RateLimiter guest_rate;
  RateLimiter view_rate;     // products looked at, by viewer
  RateLimiter arrival_rate;  // by viewer and show

  ShopView shop_view;
  ShowView shows;
  InsightView insights;
  OffersView offers;
  ModerationView moderation;
  std::unordered_set<std::string> removed_messages;  // ids of the chat
  Pending shop_asks;                                 // by correlation
  Pending audience_asks;
  Pending insight_asks;
  Pending order_asks;  // by order id: until it is confirmed or rejected
  Hub hub;
  std::unique_ptr<Tail> shop_tail;
  std::unique_ptr<Tail> audience_tail;
  std::unique_ptr<Tail> insight_tail;

  std::unique_ptr<Reactions> reactions;
  std::unique_ptr<Presence> presence;
  std::unique_ptr<PaymentAdapter> payments;
  std::unique_ptr<AutopilotAdapter> autopilot;
  std::unique_ptr<Pages> pages;
  std::unique_ptr<Media> media;
  std::unique_ptr<Sockets> sockets;
  std::unique_ptr<TopologyFeed> topology;

  // "as of now": everything before it is in the views.
  std::string shop_as_of() const;
  std::string as_of(Domain domain, Position at) const;
  Engine& engine(Domain domain) const;
  Pending& asks(Domain domain);
  std::string new_id(std::string_view prefix);  // not to be guessed
};

}  // namespace vitrine::gateway
