#pragma once
// What the assistant's sources look like now, brought to where every show's questions can look it
// up: shop.events -> insight.shelf, and the shop's own texts, insight.commands -> shop.faq. Used by
// topology.cc only.
#include <string>

#include "commerce/model/proto/assistant.pb.h"
#include "commerce/model/topics.h"
#include "vitrine/app.h"

namespace vitrine::assistant {

inline std::string shelf_key(std::string_view shop, std::string_view sku) {
  return (std::string(shop) += '|') += sku;
}

// State: assistant-shelf ("shop|sku" -> row), one row a product of the shop.
class Shelf {
 public:
  using Out = Context<std::string, ShelfRow>;
  explicit Shelf(Stores& stores);
  void on_record(std::string_view shop, const ShopEvent& event, Out& out);

 private:
  void put(std::string_view shop, const Product& product, Out& out);
  void left(std::string_view shop, const std::string& sku, std::int64_t available, Out& out);
  void tell(std::string_view shop, ShelfRow& row, Out& out);
  Keyed<ScopedRow, ShelfRow> rows_;
};

// State: assistant-faq (shop -> the list as it is now).
class FaqKeeper {
 public:
  using Out = Context<std::string, InsightEvent>;
  explicit FaqKeeper(Stores& stores);
  void on_record(std::string_view shop, const InsightCommand& command, Out& out);

 private:
  Keyed<ShopFaq> lists_;
};

}  // namespace vitrine::assistant
