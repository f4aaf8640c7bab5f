#include "commerce/recommend/pairs.h"

#include <algorithm>

namespace vitrine::recommend {

void count_pair(Pairs& pairs, Number other, Together where) {
  auto found = std::ranges::find(pairs, other, &Pair::other);
  if (found == pairs.end()) {
    if (pairs.size() == kPairsMax) {
      // The last of the lightest, so that those who came first keep their places.
      const auto lightest = std::min_element(
          pairs.rbegin(), pairs.rend(),
          [](const Pair& a, const Pair& b) { return a.weight() < b.weight(); });
      pairs.erase(std::next(lightest).base());
    }
    found = pairs.insert(pairs.end(), Pair{other, 0, 0});
  }
  ++(where == Together::Cart ? found->carted : found->bought);
}

}  // namespace vitrine::recommend
