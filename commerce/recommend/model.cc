#include "commerce/recommend/model.h"

#include <algorithm>

namespace vitrine::recommend {
namespace {

learn::SessionKnnOptions knn_options() {
  learn::SessionKnnOptions options;
  options.bounds = {.sessions_max = 1U << 16U,
                    .entries_max = 1U << 18U,
                    .items_max = 1U << 17U,
                    .session_items_max = kClicksMax};
  return options;
}

}  // namespace

std::int64_t popularity(const Product& product) {
  return product.opened + 3 * product.carted + 5 * product.bought;
}

Model::Model() : knn_(knn_options()) {}

void Model::put(const std::string& sku, const Product& row) {
  if (row.number >= items_.size()) items_.resize(row.number + 1);
  Item& item = items_[row.number];
  item.sku = sku;
  item.row = row;
  note_popular(row.number);
}

const Model::Item* Model::item(Number number) const {
  return number < items_.size() && !items_[number].sku.empty() ? &items_[number] : nullptr;
}

// Counts only grow, so whoever is not among the best has not become better unseen.
void Model::note_popular(Number number) {
  const auto better = [&](Number a, Number b) {
    const std::int64_t of_a = popularity(items_[a].row), of_b = popularity(items_[b].row);
    return of_a != of_b ? of_a > of_b : a < b;
  };
  std::erase(popular_, number);
  popular_.insert(std::ranges::upper_bound(popular_, number, better), number);
  if (popular_.size() > kPopularMax) popular_.pop_back();
}

std::uint64_t Model::learn(const Session& session) {
  knn_.learn(session.clicks);
  return knn_.store().size();
}

std::span<const learn::Recommended> Model::similar(std::span<const Number> clicks,
                                                   std::size_t count) {
  return knn_.recommend(clicks, count, this);
}

void Model::begin_choice() { ++choice_; }

void Model::bar(Number number) {
  if (number < items_.size()) items_[number].barred_in = choice_;
}

bool Model::is_free(Number number) const {
  const Item* one = item(number);
  return one != nullptr && one->row.available > 0 && one->barred_in != choice_;
}

double Model::of(learn::ItemId number) const {
  if (!is_free(number)) return 0;
  return 1 + static_cast<double>(items_[number].row.clearing_percent) / 100;
}

}  // namespace vitrine::recommend
