#pragma once
// What is to happen to a message, by which rule, and why.
#include <cstdint>
#include <string>

namespace vitrine::moderation {

// From the mildest to the gravest.
enum class Verdict { Allow, Mask, Hold, Shadow, Refuse };

struct Ruling {
  Verdict verdict = Verdict::Allow;
  std::string rule = {};              // words:en, raid, model, slow-mode, …; empty: allowed
  std::uint64_t version = 0;          // of that rule
  std::string why = {};               // one sentence
  std::string text = {};              // Mask: the text as it may be shown
  const char* code = "schema";        // Refuse: the problem's
  std::int64_t retry_after_s = 0;     // Refuse: 0 = not known
};

}  // namespace vitrine::moderation
