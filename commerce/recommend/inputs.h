#pragma once
// Brings what the recommender works on under the shop's key: recommend.inputs. Used by topology.cc
// and the tests.
#include "commerce/model/topics.h"
#include "vitrine/app.h"

namespace vitrine::recommend {

void add_inputs(App& app);

using InputContext = Context<std::string, RecommendInput>;

// Only what says something of stock, carts and purchases.
struct ShopToInputs {
  void on_record(std::string_view shop, const ShopEvent& event, InputContext& out);
};

// Pins and the end of a show, to its shop.
class TimelineToInputs {
 public:
  explicit TimelineToInputs(Stores& stores);
  void on_record(std::string_view show, const ShowEvent& event, InputContext& out);

 private:
  Keyed<std::string> shop_of_;
};

struct ActivityToInputs {
  void on_record(std::string_view show, const Activity& activity, InputContext& out);
};
struct CommandsToInputs {
  void on_record(std::string_view show, const InsightCommand& command, InputContext& out);
};

}  // namespace vitrine::recommend
