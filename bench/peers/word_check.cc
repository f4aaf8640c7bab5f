#include "bench/peers/word_check.h"

#include <algorithm>

#include "bench/peers/generator.h"

namespace vitrine::peers {

WordCheck::WordCheck(std::uint64_t records)
    : wanted_(Generator::kWords), last_(Generator::kWords) {
  Generator generator;
  for (std::uint64_t n = 0; n < records; ++n) {
    for (const std::uint32_t rank : generator.draw(n)) {
      ++wanted_[rank];
      ++words_;
    }
  }
  for (std::uint32_t rank = 0; rank < Generator::kWords; ++rank)
    ranks_.emplace(generator.word(rank), rank);
}

void WordCheck::add(std::string_view word, std::uint64_t count) {
  ++updates_;
  const auto found = ranks_.find(std::string(word));
  if (found == ranks_.end()) {
    ++alien_;
    return;
  }
  auto& last = last_[found->second];
  if (count <= last) ++repeated_;
  last = std::max(last, count);
}

bool WordCheck::exact() const { return last_ == wanted_ && alien_ == 0; }

std::string WordCheck::report() const {
  std::uint64_t counted = 0, low = 0, high = 0, lost = 0, doubled = 0;
  for (std::size_t rank = 0; rank < last_.size(); ++rank) {
    const auto last = last_[rank], wanted = wanted_[rank];
    counted += last;
    if (last < wanted) ++low, lost += wanted - last;
    if (last > wanted) ++high, doubled += last - wanted;
  }
  const auto part = [](const char* name, std::uint64_t n) {
    return '"' + std::string(name) + "\":" + std::to_string(n) + ',';
  };
  return '{' + part("words", words_) + part("counted", counted) + part("updates", updates_) +
         part("low", low) + part("high", high) + part("lost", lost) + part("doubled", doubled) +
         part("repeated", repeated_) + part("alien", alien_) +
         "\"exact\":" + (exact() ? "true" : "false") + "}";
}

}  // namespace vitrine::peers
