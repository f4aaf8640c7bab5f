#pragma once
// A file of the tree, compiled in: a program needs no folder to find it, and the bytes are those it
// was built from.
//
//   VT_EMBEDDED_FILE(valence_tsv, VITRINE_VALENCE_FILE)   // at namespace scope of one .cc
//   std::string_view text = valence_tsv();
//
// The second argument is the path as a string literal, given by CMake (with OBJECT_DEPENDS, so that
// a change of the file compiles it again). The name must be unique in the program: it is the
// assembler's, too. Cost: none; the bytes are in the read-only data.
#include <algorithm>
#include <cstddef>
#include <string_view>

#define VT_EMBEDDED_FILE(name, path)                                                         \
  __asm__(".section .rodata\n"                                                               \
          "vitrine_embedded_" #name ":\n"                                                    \
          ".incbin \"" path "\"\n"                                                           \
          "vitrine_embedded_" #name "_end:\n"                                                \
          ".previous\n");                                                                    \
  extern "C" const char vitrine_embedded_##name[], vitrine_embedded_##name##_end[];          \
  std::string_view name() {                                                                  \
    return {vitrine_embedded_##name, static_cast<std::size_t>(vitrine_embedded_##name##_end - \
                                                              vitrine_embedded_##name)};     \
  }

namespace vitrine {

// The lines "first<tab>rest" of a text; those without a tab and those that begin with # are passed
// over.
template <class Visit>
void each_pair_of_tsv(std::string_view text, Visit&& visit) {
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const auto tab = line.find('\t');
    if (tab != std::string_view::npos && !line.starts_with('#'))
      visit(line.substr(0, tab), line.substr(tab + 1));
  }
}

}  // namespace vitrine
