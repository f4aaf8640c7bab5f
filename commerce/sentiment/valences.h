#pragma once
// How a line feels, by a model of kind `valence`: the mean valence of its words, -1 to 1, where
// they have one; a negation before a word turns it. Pure.
//
// A model's blob is "word<tab>thousandths" a line, sorted, a word's first line counts. Without one
// the words compiled in are meant, and blob_sha256 is theirs: VADER (C. J. Hutto and E. Gilbert,
// 2014, MIT), data/models.
// Parameters: `negation` (-1 to 1), what a turned word's valence is multiplied by; `reach` (0 to
// 8), how many words a negation reaches. Engine `off` has no opinion of anything. Cost: a hash a
// word.
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "commerce/models/scorer.h"

namespace vitrine::sentiment {

inline constexpr double kClear = 0.05;  // from here on a line is positive or negative

struct Scored {
  double score = 0;                // of the line
  std::vector<std::string> terms;  // the words that made it
};

class Valences {
 public:
  static Result<Valences> read(const ModelRecord& record);
  static const Valences& builtin();

  std::optional<Scored> score_of(const std::vector<std::string>& words) const;

 private:
  using Table = std::unordered_map<std::string_view, int>;  // asked only, never walked
  static Result<Table> table_of(std::string_view tsv);

  std::shared_ptr<const std::string> blob_;  // what the table borrows from; null: compiled in
  std::shared_ptr<const Table> table_;
  double negation_ = 0;
  std::size_t reach_ = 0;
  bool off_ = false;
};

// The model "sentiment": version 1, how its candidates are made, and what they must show.
const models::Kind& model_kind();

// By the built-in model.
std::optional<Scored> score_of(const std::vector<std::string>& words);

}  // namespace vitrine::sentiment
