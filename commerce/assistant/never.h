#pragma once
// What the assistant never answers, whatever a source says: a closed list. A person must say it.
#include <string_view>

namespace vitrine::assistant {

// "health", "law", "a person's own order", "bargaining"; empty: it may be answered. Pure; 10 ns a
// byte.
std::string_view never_answered(std::string_view text);

}  // namespace vitrine::assistant
