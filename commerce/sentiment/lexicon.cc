// The valences of data/models/valence.tsv, compiled in: "word<tab>thousandths", sorted by word.
#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>
#include <vector>

#include "base/embedded_file.h"
#include "commerce/sentiment/mood.h"

namespace vitrine::sentiment {

VT_EMBEDDED_FILE(valence_tsv, VITRINE_VALENCE_FILE)

namespace {

using Entry = std::pair<std::string_view, int>;

std::vector<Entry> read() {
  std::vector<Entry> out;
  each_pair_of_tsv(valence_tsv(), [&](std::string_view word, std::string_view thousandths) {
    int value = 0;
    std::from_chars(thousandths.data(), thousandths.data() + thousandths.size(), value);
    out.emplace_back(word, value);
  });
  return out;
}

}  // namespace

std::optional<int> valence_of(std::string_view word) {
  static const std::vector<Entry> all = read();
  const auto at = std::ranges::lower_bound(all, word, {}, &Entry::first);
  if (at == all.end() || at->first != word) return std::nullopt;
  return at->second;
}

}  // namespace vitrine::sentiment
