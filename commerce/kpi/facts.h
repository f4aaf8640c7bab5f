#pragma once
// The processors that bring everything a show's figures are counted from under the show's key. Used
// by topology.cc only.
#include "commerce/model/topics.h"
#include "vitrine/app.h"

namespace vitrine::kpi {

using FactContext = Context<std::string, ShowFact>;

// A shop's events as facts, still under the shop's key.
struct ShopToFacts {
  void on_record(std::string_view shop, const ShopEvent& event, FactContext& out);
};

// What a show's timeline says about pins, to the facts of its shop.
class TimelineToFacts {
 public:
  explicit TimelineToFacts(Stores& stores);
  void on_record(std::string_view show, const ShowEvent& event, FactContext& out);

 private:
  Keyed<std::string> shop_of_;
};

// A shop's facts to the shows they concern: sales to the show they were made in, stock to every
// show that pinned or sold the sku. Remembers the latest stock by sku, and by shop the latest
// kShowsMax shows with the skus they want.
class FactsOfShows {
 public:
  static constexpr std::size_t kShowsMax = 100, kSkusMax = 200;
  explicit FactsOfShows(Stores& stores);
  void on_record(std::string_view shop, const ShowFact& fact, FactContext& out);

  struct Wanted {
    std::string show;
    std::vector<std::string> skus;
    auto fields() { return std::tie(show, skus); }
  };

 private:
  void pin(std::string_view shop, const ShowFact& fact, FactContext& out);
  void tell(std::string_view shop, const ShowFact& fact, const std::vector<StockLeft>& left,
            FactContext& out);
  Wanted& wanted_by(std::string_view shop, const std::string& show);

  Keyed<std::uint64_t> positions_;  // the latest event seen, by shop
  Keyed<ScopedRow, std::int64_t> available_;
  Keyed<std::vector<Wanted>> shows_;
};

struct ActivityToFacts {
  void on_record(std::string_view show, const Activity& activity, FactContext& out);
};
struct ChatToFacts {
  void on_record(std::string_view show, const ChatEvent& event, FactContext& out);
};
struct ReactionsToFacts {
  void on_record(std::string_view show, const ReactionTick& tick, FactContext& out);
};

}  // namespace vitrine::kpi
