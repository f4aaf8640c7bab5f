#pragma once
// Running a candidate over a span of a log, beside the model in use: what it would have said,
// whether it says it again, how often it agrees, how good both are where labels are known, how long
// it takes. Scores and their hash follow from models and lines alone; only the times are measured.
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/env.h"
#include "commerce/models/scorer.h"

namespace vitrine::models {

inline constexpr std::size_t kProofLinesMax = 200'000;

struct Line {
  std::uint64_t position = 0;  // in the log; of a labelled line its number in the file
  std::string text;
  std::optional<int> label = std::nullopt;  // -1, 0, 1
};

struct Trial {
  std::uint64_t from = 0, to = 0;  // the span, `to` excluded
  std::vector<Line> lines;         // of the span, in order; kProofLinesMax at most
  std::vector<Line> labelled;      // others, with labels; may be empty
};

// Fails when one of the two cannot be made.
Result<ModelProof> prove(const ModelRecord& candidate, const ModelRecord& active, const Kind& kind,
                         const Trial& trial, const Clock& clock);

// Why the candidate may not take the place of `active`; nothing when the proof is about these two
// and holds by the rules.
std::optional<std::string> flaw_of(const ModelProof& proof, const ModelRecord& candidate,
                                   const ModelRecord& active, const Rules& rules);
// Why a proof is not what a second run over the same span gives.
std::optional<std::string> difference_of(const ModelProof& proof, const ModelProof& again);

}  // namespace vitrine::models
