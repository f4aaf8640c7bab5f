#pragma once
// What the assistant answers from: what the shop says of itself (shop.faq), the product meant
// (insight.shelf), and what the host answered before in the show. Pure.
//
// Prices and stock are told from the shelf's row alone; a text about them is never a source.
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "commerce/assistant/matcher.h"
#include "commerce/model/proto/assistant.pb.h"

namespace vitrine::assistant {

inline constexpr std::size_t kFaqEntriesMax = 100, kSaidMax = 200;
inline constexpr std::int64_t kPlenty = 20;  // from here on "in stock" says enough

// What is wrong with a list, for people; empty: nothing.
std::string wrong_with(const SetFaq& faq);

// A question the host has answered.
struct Said {
  std::string question, asked, text, sku;
  std::int64_t at_ms = 0;
  auto fields() { return std::tie(question, asked, text, sku, at_ms); }
};

struct Fact {
  enum class Kind { Text, Host, Price, Stock };
  Kind kind = Kind::Text;
  std::string text, from, source;  // text: empty for price and stock
};

// All of it for questions about one product, or about none, ready to be asked.
class Book {
 public:
  // About none. Null: the shop says nothing of itself.
  Book(const ShopFaq* faq, const std::vector<Said>& said);
  // This one, of the same sources, with what they say of the product.
  Book with(const ShopFaq* faq, const std::vector<Said>& said, const Product& product) const;

  const Fact& fact(const std::string& id) const { return facts_.at(id); }
  // `sku`: of the product it was made for.
  Matcher::Finding find(std::string_view question, const std::string& sku) const {
    return matcher_.find(question, sku);
  }

 private:
  void add(std::string id, const std::string& words, Fact fact);
  void add_texts(const ShopFaq* faq, const std::vector<Said>& said, const std::string& sku);
  void add_product(const Product& product);

  Matcher matcher_;
  std::map<std::string, Fact> facts_;  // by id
};

std::string price_text(const ShelfRow& row);
std::string stock_text(const ShelfRow& row);

}  // namespace vitrine::assistant
