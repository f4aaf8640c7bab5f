#pragma once
// The queries once more, plainly: over all events at once, with nested loops where they are
// clearest. For tens of thousands of events.
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "bench/nexmark/generator.h"

namespace vitrine::nexmark {

using Said = std::vector<std::pair<Bytes, Bytes>>;  // encoded keys and values

// What the query says about the block, in any order. Ends the process for a name it does not know.
Said reference(std::string_view query, const Block& block);

// What is missing and what is too much, or nothing. Order does not count.
std::string difference(Said wanted, Said got);

}  // namespace vitrine::nexmark
