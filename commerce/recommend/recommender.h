#pragma once
// The processor over a shop's inputs: sessions, pairs, offers, figures. Used by topology.cc only.
#include <map>
#include <string>
#include <string_view>

#include "commerce/model/topics.h"
#include "commerce/recommend/choice.h"
#include "commerce/recommend/model.h"
#include "commerce/recommend/pairs.h"
#include "commerce/recommend/state.h"
#include "vitrine/app.h"

namespace vitrine::recommend {

class Recommender {
 public:
  using Out = Context<std::string, ViewerOffers>;  // its key: the viewer
  explicit Recommender(Stores& stores);

  void on_record(std::string_view shop, const RecommendInput& input, Out& out);
  void on_timer(std::string_view shop, Time due, std::string_view tag, Out& out);

 private:
  static constexpr std::size_t kPicturesMax = 4;  // shops in memory at a time

  // One record's work on one shop.
  struct Desk {
    std::string shop;
    ShopRow& row;
    Model& model;
    std::int64_t now_ms;
    Out& out;
  };
  Desk begin(std::string_view shop, Out& out);
  static void finish(Desk& desk);
  Model& picture_of(const std::string& shop, const ShopRow& row);
  void rebuild(const std::string& shop, Model& model) const;

  void on_shop(Desk& desk, const RecommendInput& input);
  void on_timeline(Desk& desk, const std::string& show, const ShowEvent& event);
  void on_opened(Desk& desk, const RecommendInput& input);
  void on_arrived(Desk& desk, const RecommendInput& input);
  void on_clearing(Desk& desk, const std::string& show, const SetClearing& wish);
  void on_cart_line(Desk& desk, const ShopEvent& event);
  void on_order(Desk& desk, const Order& order);
  void put_product(Desk& desk, const vitrine::Product& product);
  void put_stock(Desk& desk, const std::string& sku, std::int64_t available);

  Product* find(Desk& desk, const std::string& sku);
  Visitor& visitor_of(Desk& desk, const std::string& viewer, const std::string& show);
  void click(Desk& desk, const std::string& viewer, Visitor& visitor, Number number);
  void look_whether_over(Desk& desk, const std::string& viewer, Visitor& visitor);
  void end_session(Desk& desk, Visitor& visitor);
  void end_sessions_of(Desk& desk, const std::string& show);
  void pair_up(Desk& desk, Number one, Number other, Together where);
  PairsOf pairs_of(const Desk& desk) const;

  enum class Again { OnlyIfNew, Always };
  void offer(Desk& desk, const std::string& viewer, Visitor& visitor, Again again);
  // acting.cc: the next best action, and what came of it.
  void act(Desk& desk, const std::string& viewer, Visitor& visitor, ViewerOffers& offers,
           OfferFigures& figures);
  void reward(Desk& desk, Visitor& visitor, double reward);
  void tell_figures_soon(Desk& desk, const std::string& show, ShowRow& row);
  void tell_figures(Desk& desk, const std::string& show);

  static constexpr char kSessionTag = 's', kFiguresTag = 'f', kActionTag = 'a';

  Keyed<ShopRow> shops_;
  Keyed<ScopedRow, Product> products_;  // shop | sku
  Keyed<ScopedRow, Session> sessions_;  // shop | number, as text of twelve digits
  Keyed<ScopedRow, Pairs> pairs_;       // shop | product's number
  Keyed<ScopedRow, Visitor> visitors_;  // shop | viewer
  Keyed<ScopedRow, ShowRow> shows_;     // shop | show
  Keyed<ActionsRow> actions_;           // shop
  std::map<std::string, Model> pictures_;
};

}  // namespace vitrine::recommend
