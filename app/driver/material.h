#pragma once
// What the simulated people say and buy: the extracts in data/ (data/README.md).
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vitrine::driver {

struct CatalogueItem {
  std::string sku, title, description, category, image;
  std::int64_t price_pence = 0;
  std::int64_t stock = 0;
};
struct BasketLine {
  std::string sku;
  int quantity = 1;
};
using Basket = std::vector<BasketLine>;

struct Material {
  std::vector<CatalogueItem> catalogue;  // never empty, nor the others
  std::vector<Basket> baskets;
  std::vector<std::string> sentences;
  std::vector<std::string> questions;
};

// Reads <folder>/shop/products.csv, shop/baskets.csv, chat/sentences.txt and
// chat/questions.txt.
Result<Material> load_material(const std::string& folder);
Result<std::vector<CatalogueItem>> load_catalogue(const std::string& folder);

// One line of CSV: commas part, double quotes protect, two of them are one.
std::vector<std::string> csv_fields(std::string_view line);

}  // namespace vitrine::driver
