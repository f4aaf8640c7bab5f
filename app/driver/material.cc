#include "app/driver/material.h"

#include <charconv>
#include <fstream>

namespace vitrine::driver {
namespace {

std::int64_t number(std::string_view text) {
  std::int64_t value = 0;
  const auto end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  return error == std::errc{} && at == end ? value : -1;
}

Result<std::vector<std::string>> lines_of(const std::string& path) {
  std::ifstream file(path);
  if (!file)
    return fail(Code::NotFound,
                "read " + path + ": not there; give --data the folder of the extracts");
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);)
    if (!line.empty()) lines.push_back(std::move(line));
  if (lines.size() < 2) return fail(Code::Invalid, "read " + path + ": it is empty");
  return lines;
}

Basket basket_of(std::string_view text) {
  Basket basket;
  while (!text.empty()) {
    const auto end = std::min(text.find(';'), text.size());
    const auto line = text.substr(0, end);
    const auto star = line.find('*');
    if (star != line.npos) {
      const auto quantity = number(line.substr(star + 1));
      basket.push_back({std::string(line.substr(0, star)), static_cast<int>(quantity)});
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return basket;
}

}  // namespace

std::vector<std::string> csv_fields(std::string_view line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') {
      if (quoted && i + 1 < line.size() && line[i + 1] == '"') fields.back() += line[i++];
      else quoted = !quoted;
    } else if (line[i] == ',' && !quoted) {
      fields.emplace_back();
    } else if (line[i] != '\r') {
      fields.back() += line[i];
    }
  }
  return fields;
}

Result<std::vector<CatalogueItem>> load_catalogue(const std::string& folder) {
  const auto path = folder + "/shop/products.csv";
  VT_TRY(auto lines, lines_of(path));
  std::vector<CatalogueItem> items;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    auto f = csv_fields(lines[i]);
    if (f.size() != 7 || number(f[4]) <= 0 || number(f[5]) < 0)
      return fail(Code::Invalid,
                  "read " + path + ": line " + std::to_string(i + 1) + " is no product");
    items.push_back({f[0], f[1], f[2], f[3], f[6], number(f[4]), number(f[5])});
  }
  return items;
}

Result<Material> load_material(const std::string& folder) {
  Material material;
  VT_TRY(material.catalogue, load_catalogue(folder));
  VT_TRY(material.sentences, lines_of(folder + "/chat/sentences.txt"));
  VT_TRY(material.questions, lines_of(folder + "/chat/questions.txt"));
  const auto path = folder + "/shop/baskets.csv";
  VT_TRY(auto lines, lines_of(path));
  for (std::size_t i = 1; i < lines.size(); ++i) {
    auto f = csv_fields(lines[i]);
    auto basket = f.size() == 3 ? basket_of(f[2]) : Basket{};
    if (basket.empty())
      return fail(Code::Invalid,
                  "read " + path + ": line " + std::to_string(i + 1) + " is no basket");
    material.baskets.push_back(std::move(basket));
  }
  return material;
}

}  // namespace vitrine::driver
