#pragma once
// A picture for a product that has none: an SVG drawn from its facts, the same for ever.
#include <string>
#include <string_view>

namespace vitrine::gateway {

// 600 x 600, colours by hash of the sku, the category's shape, the title's words on up to three
// lines. All text is escaped.
std::string product_tile(std::string_view sku, std::string_view title, std::string_view category);

}  // namespace vitrine::gateway
