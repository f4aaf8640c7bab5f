#pragma once
// Which product of a shop a question means: the one its words name, else the one that is shown.
// Pure.
//
// Named: by two words of the title, or by one of five letters or more that no other title has and
// that is no size or colour. The rarer a word is among the titles the more it says. Of several that
// are named alike the one shown last is meant; when none of them is shown nobody can tell. Bound:
// kGoodsMax products of a shop are known by name.
#include <map>
#include <string>
#include <vector>

namespace vitrine::assistant {

struct Good {
  std::string sku, title;
};

class Goods {
 public:
  static constexpr std::size_t kGoodsMax = 5'000;
  explicit Goods(std::vector<Good> goods);

  struct Meant {
    std::string sku;              // empty: none, or several
    std::size_t several = 0;      // that are named alike and not shown
    std::vector<std::string> by;  // the words that name it, sorted; empty: it is shown
  };
  // `content`: content_of(words of the question); `pins`: what is shown, the newest last.
  Meant meant(const std::vector<std::string>& content, const std::vector<std::string>& pins) const;

 private:
  std::vector<std::string> skus_;
  std::map<std::string, std::vector<std::size_t>, std::less<>> by_word_;  // a title's words
};

}  // namespace vitrine::assistant
