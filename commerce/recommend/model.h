#pragma once
// The picture of one shop in memory: products by number, the sessions' neighbours, what is popular.
// A function of the rows (state.h) and rebuilt from them whenever it is not of their version: after
// a start, and after a record that threw. So it needs no snapshot and no log of its own.
//
// Memory: 20 MiB a shop, and 100 bytes a product.
#include <map>
#include <span>
#include <string>
#include <vector>

#include "commerce/recommend/state.h"
#include "learn/sessions/session_knn.h"

namespace vitrine::recommend {

class Model final : public learn::ItemWishes {
 public:
  struct Item {
    std::string sku;
    Product row;
    std::uint64_t barred_in = 0;
  };
  static constexpr std::size_t kPopularMax = 64;
  static constexpr std::uint64_t kOfNoRow = ~std::uint64_t{0};

  Model();

  std::uint64_t version = kOfNoRow;

  void put(const std::string& sku, const Product& row);  // also when its counts have grown
  const Item* item(Number number) const;
  std::span<const Number> popular() const { return popular_; }  // of the whole shop, best first

  // How many sessions are kept afterwards.
  std::uint64_t learn(const Session& session);
  std::uint64_t sessions() const { return knn_.store().size(); }
  std::span<const learn::Recommended> similar(std::span<const Number> clicks, std::size_t count);

  // Begins a choice: none of these may be in it. What is chosen is barred, too.
  void begin_choice();
  void bar(Number number);
  bool is_free(Number number) const;  // in stock and not barred
  // ItemWishes: 0 for what is not free, more than 1 for stock to clear.
  double of(learn::ItemId number) const override;

 private:
  void note_popular(Number number);

  learn::SessionKnn knn_;
  std::vector<Item> items_;  // by number
  std::vector<Number> popular_;
  std::uint64_t choice_ = 0;
};

// How much people have done with it.
std::int64_t popularity(const Product& product);

}  // namespace vitrine::recommend
