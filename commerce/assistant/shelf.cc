#include "commerce/assistant/shelf.h"

#include "commerce/assistant/sources.h"

namespace vitrine::assistant {

Shelf::Shelf(Stores& stores) : rows_(stores.keyed<ScopedRow, ShelfRow>("assistant-shelf")) {}

void Shelf::on_record(std::string_view shop, const ShopEvent& event, Out& out) {
  const auto each = [&](const auto& list) {
    for (const StockLeft& one : list) left(shop, one.sku(), one.available(), out);
  };
  switch (event.body_case()) {
    case ShopEvent::kProductPut: return put(shop, event.product_put().product(), out);
    case ShopEvent::kPriceSet: {
      ShelfRow& row = rows_.upsert({std::string(shop), event.price_set().sku()});
      *row.mutable_product()->mutable_price() = event.price_set().after();
      return tell(shop, row, out);
    }
    case ShopEvent::kStockSet:
      return left(shop, event.stock_set().sku(), event.stock_set().available(), out);
    case ShopEvent::kItemsReserved: return each(event.items_reserved().stock());
    case ShopEvent::kReservationReleased: return each(event.reservation_released().stock());
    case ShopEvent::kOrderConfirmed: return each(event.order_confirmed().stock());
    default: return;
  }
}

void Shelf::put(std::string_view shop, const Product& product, Out& out) {
  ShelfRow& row = rows_.upsert({std::string(shop), product.sku()});
  const bool same = row.product().title() == product.title() &&
                    row.product().description() == product.description();
  *row.mutable_product() = product;
  if (!same) row.set_text_position(out.position().value());
  tell(shop, row, out);
  if (same) return;
  ShelfRow newest;
  newest.set_text_position(out.position().value());
  out.emit(shelf_key(shop, {}), newest);
}

void Shelf::left(std::string_view shop, const std::string& sku, std::int64_t available, Out& out) {
  ShelfRow& row = rows_.upsert({std::string(shop), sku});
  if (row.has_stock() && row.available() == available) return;
  row.set_available(available);
  row.set_has_stock(true);
  tell(shop, row, out);
}

void Shelf::tell(std::string_view shop, ShelfRow& row, Out& out) {
  row.set_position(out.position().value());
  // A sku that was never put is not in the catalogue.
  if (!row.product().sku().empty()) out.emit(shelf_key(shop, row.product().sku()), row);
}

FaqKeeper::FaqKeeper(Stores& stores) : lists_(stores.keyed<ShopFaq>("assistant-faq")) {}

void FaqKeeper::on_record(std::string_view shop, const InsightCommand& command, Out& out) {
  InsightEvent event;
  const SetFaq& asked = command.faq();
  const ShopFaq* now = lists_.find(shop);
  const std::uint64_t version = now == nullptr ? 0 : now->version();
  if (const std::string wrong = wrong_with(asked); !wrong.empty()) {
    event.mutable_refused()->set_code("schema");
    event.mutable_refused()->set_detail(wrong);
  } else if (asked.version() != version) {
    event.mutable_refused()->set_code("precondition");
    event.mutable_refused()->set_detail("The list is at version " + std::to_string(version) +
                                        " now; read it and change that.");
  } else {
    ShopFaq& list = *event.mutable_faq();
    list.set_version(version + 1);
    *list.mutable_entries() = asked.entries();
    list.set_at_ms(millis_of(out.timestamp()));
    list.set_actor(command.actor());
    lists_.put(shop, list);
    out.emit(topics::shop_faq, shop, list);
  }
  out.emit(shop, event);
}

}  // namespace vitrine::assistant
