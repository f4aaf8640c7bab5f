#include "commerce/assistant/library.h"

#include "commerce/assistant/shelf.h"

namespace vitrine::assistant {

const ShelfRow* Library::product(const std::string& shop, const std::string& sku) const {
  return sku.empty() ? nullptr : shelf_.find(shelf_key(shop, sku));
}

const Goods& Library::goods(const std::string& shop) {
  const ShelfRow* newest = shelf_.find(shelf_key(shop, {}));
  const std::uint64_t position = newest == nullptr ? 0 : newest->text_position();
  const auto kept = goods_.find(shop);
  if (kept != goods_.end() && kept->second.text_position == position) return kept->second.goods;
  const std::string prefix = shelf_key(shop, {});
  std::vector<Good> all;
  shelf_.for_each([&](std::string_view key, const ShelfRow& row) {
    if (key.starts_with(prefix) && key.size() > prefix.size())
      all.push_back({row.product().sku(), row.product().title()});
  });
  if (goods_.size() >= kShopsMax) goods_.clear();
  const NamedGoods made{position, Goods{std::move(all)}};
  return goods_.insert_or_assign(shop, made).first->second.goods;
}

const Book& Library::book(const std::string& show, const std::string& shop,
                          const ShelfRow* product, const std::vector<Said>& said) {
  const ShopFaq* faq = faqs_.find(shop);
  const std::uint64_t version = faq == nullptr ? 0 : faq->version();
  const std::uint64_t position = product == nullptr ? 0 : product->text_position();
  const std::string key =
      show + "|" + (product == nullptr ? std::string() : product->product().sku());
  const auto kept = books_.find(key);
  if (kept != books_.end() && kept->second.faq_version == version &&
      kept->second.text_position == position)
    return kept->second.book;
  // What is said of no product is the same for all of them.
  const Bound made{version, position,
                   product == nullptr
                       ? Book{faq, said}
                       : book(show, shop, nullptr, said).with(faq, said, product->product())};
  if (books_.size() >= kBooksMax) books_.clear();
  return books_.insert_or_assign(key, made).first->second.book;
}

void Library::forget(std::string_view show) {
  const std::string prefix = std::string(show) + "|";
  std::erase_if(books_, [&](const auto& book) { return book.first.starts_with(prefix); });
}

}  // namespace vitrine::assistant
