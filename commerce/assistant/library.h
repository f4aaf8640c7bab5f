#pragma once
// The sources of the shows, ready to be asked. Derived from the state at the moment of asking and
// from nothing else: what is kept here is made anew when what it was made from has changed, so a
// restart and a replay ask the same books.
//
// Bounds: kBooksMax books and kShopsMax shops' names; then all are let go and made again.
#include <map>
#include <string>

#include "commerce/assistant/goods.h"
#include "commerce/assistant/sources.h"
#include "vitrine/broadcast.h"

namespace vitrine::assistant {

class Library {
 public:
  static constexpr std::size_t kBooksMax = 64, kShopsMax = 16;
  Library(Lookup<std::string, ShopFaq> faqs, Lookup<std::string, ShelfRow> shelf)
      : faqs_(faqs), shelf_(shelf) {}

  // Null: there is none. Valid until the record is done.
  const ShelfRow* product(const std::string& shop, const std::string& sku) const;
  const Goods& goods(const std::string& shop);
  // For questions in `show` about `product` (null: about none).
  const Book& book(const std::string& show, const std::string& shop, const ShelfRow* product,
                   const std::vector<Said>& said);
  void forget(std::string_view show);  // before its host's answers change

 private:
  struct NamedGoods {
    std::uint64_t text_position;
    Goods goods;
  };
  struct Bound {
    std::uint64_t faq_version, text_position;
    Book book;
  };
  Lookup<std::string, ShopFaq> faqs_;
  Lookup<std::string, ShelfRow> shelf_;
  std::map<std::string, NamedGoods> goods_;  // by shop
  std::map<std::string, Bound> books_;       // by "show|sku"
};

}  // namespace vitrine::assistant
