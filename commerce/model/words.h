#pragma once
// What people type, as words.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace vitrine::model {

inline constexpr std::size_t kWordsMax = 100;  // of one text

// Lower-case words of letters and digits, in order; at most `most`. An apostrophe joins ("can't"
// is "cant"). The text is UTF-8; letters beyond ASCII are kept as they stand, but for the German
// ones, which become small. Cost: one pass.
std::vector<std::string> words_of(std::string_view text, std::size_t most = kWordsMax);

}  // namespace vitrine::model
