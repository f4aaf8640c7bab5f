#pragma once
// The word lists of data/moderation, compiled in, so that deciding reads no file.
#include <string_view>

namespace vitrine::moderation {

std::string_view words_tsv();   // "language<tab>word" a line
std::string_view policy_tsv();  // "verdict<tab>word" a line; # begins a remark

}  // namespace vitrine::moderation
