#include "commerce/moderation/lists.h"

#include <cstddef>

__asm__(
    ".section .rodata\n"
    "vitrine_words_begin:\n"
    ".incbin \"" VITRINE_WORDS_FILE
    "\"\n"
    "vitrine_words_end:\n"
    "vitrine_policy_begin:\n"
    ".incbin \"" VITRINE_POLICY_FILE
    "\"\n"
    "vitrine_policy_end:\n"
    ".previous\n");
extern "C" const char vitrine_words_begin[], vitrine_words_end[];    // NOLINT: of the assembler
extern "C" const char vitrine_policy_begin[], vitrine_policy_end[];  // NOLINT: of the assembler

namespace vitrine::moderation {

std::string_view words_tsv() {
  return {vitrine_words_begin, static_cast<std::size_t>(vitrine_words_end - vitrine_words_begin)};
}

std::string_view policy_tsv() {
  return {vitrine_policy_begin,
          static_cast<std::size_t>(vitrine_policy_end - vitrine_policy_begin)};
}

}  // namespace vitrine::moderation
