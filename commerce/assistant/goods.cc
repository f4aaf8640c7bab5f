#include "commerce/assistant/goods.h"

#include <algorithm>
#include <cstdint>

#include "commerce/assistant/question.h"
#include "commerce/model/words.h"

namespace vitrine::assistant {
namespace {

constexpr std::uint64_t kWordWeight = 1'000'000;  // shared by all titles that have the word
constexpr std::size_t kNameBytesMin = 5;          // "time" and "back" are not said of a product

struct Naming {
  std::uint64_t weight = 0;
  std::size_t words = 0;
  bool by_its_own = false;  // a word that no other title has
};

}  // namespace

Goods::Goods(std::vector<Good> goods) {
  if (goods.size() > kGoodsMax) goods.resize(kGoodsMax);
  for (const Good& good : goods) {
    for (const std::string& word : content_of(model::words_of(good.title)))
      by_word_[word].push_back(skus_.size());
    skus_.push_back(good.sku);
  }
}

Goods::Meant Goods::meant(const std::vector<std::string>& content,
                          const std::vector<std::string>& pins) const {
  Meant meant;
  std::map<std::size_t, Naming> named;
  for (const std::string& word : content) {
    const auto found = by_word_.find(word);
    if (found == by_word_.end()) continue;
    for (const std::size_t good : found->second) {
      Naming& naming = named[good];
      naming.weight += kWordWeight / found->second.size();
      ++naming.words;
      naming.by_its_own |=
          found->second.size() == 1 && word.size() >= kNameBytesMin && topic_of({word}).empty();
    }
  }
  std::vector<std::size_t> best;
  std::uint64_t most = 0;
  for (const auto& [good, naming] : named) {
    if (naming.words < 2 && !naming.by_its_own) continue;
    if (naming.weight < most) continue;
    if (naming.weight > most) best.clear();
    most = naming.weight;
    best.push_back(good);
  }
  if (best.empty()) {
    if (!pins.empty()) meant.sku = pins.back();
    return meant;
  }
  for (const std::string& word : content) {
    const auto found = by_word_.find(word);
    if (found != by_word_.end() && std::ranges::binary_search(found->second, best.front()))
      meant.by.push_back(word);
  }
  const auto shown = std::find_if(pins.rbegin(), pins.rend(), [&](const std::string& pin) {
    return std::ranges::any_of(best, [&](std::size_t good) { return skus_[good] == pin; });
  });
  if (best.size() == 1) {
    meant.sku = skus_[best.front()];
  } else if (shown != pins.rend()) {
    meant.sku = *shown;
  } else {
    meant.several = best.size();
  }
  return meant;
}

}  // namespace vitrine::assistant
