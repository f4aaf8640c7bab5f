// The valences of data/models/valence.tsv, compiled in: "word<tab>thousandths", sorted by word.
#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>
#include <vector>

#include "commerce/sentiment/mood.h"

__asm__(
    ".section .rodata\n"
    "vitrine_valence_begin:\n"
    ".incbin \"" VITRINE_VALENCE_FILE
    "\"\n"
    "vitrine_valence_end:\n"
    ".previous\n");
extern "C" const char vitrine_valence_begin[], vitrine_valence_end[];  // NOLINT: of the assembler

namespace vitrine::sentiment {
namespace {

using Entry = std::pair<std::string_view, int>;

std::vector<Entry> read() {
  std::string_view left(vitrine_valence_begin,
                        static_cast<std::size_t>(vitrine_valence_end - vitrine_valence_begin));
  std::vector<Entry> out;
  while (!left.empty()) {
    const auto line = left.substr(0, left.find('\n'));
    left.remove_prefix(std::min(left.size(), line.size() + 1));
    const auto tab = line.find('\t');
    if (tab == std::string_view::npos) continue;
    int value = 0;
    std::from_chars(line.data() + tab + 1, line.data() + line.size(), value);
    out.emplace_back(line.substr(0, tab), value);
  }
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
