#pragma once
// Texts into classes, learnt from one label at a time: normalise, hash words and runs of
// characters, one FTRL a class (a single one for two classes).
//
// Cost: about 10 us for a chat line of 40 bytes, to predict as to learn. Memory: 24 bytes x 2^bits
// a class. Threads: one at a time; the object keeps buffers.
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "learn/online/ftrl.h"
#include "learn/text/features.h"
#include "learn/text/normalise.h"

namespace vitrine::learn {

struct TextClassifierOptions {
  int classes = 2;
  FeatureOptions features;
  FtrlOptions ftrl;
  bool fold_case = true;
  bool spellings = true;      // leetspeak and letters apart are read as well
  bool shape = true;          // capitals, digits and length count
  double weight_of_true = 1;  // of examples of class 1, when there are two
};

class TextClassifier {
 public:
  explicit TextClassifier(const TextClassifierOptions& options);

  // The margin of each class; of two classes only class 1's. Above zero is likelier than not.
  // `extra` are features of the caller's own (feature_of, kinds from 100), of places below 2^bits.
  std::span<const double> margins(std::string_view text, std::span<const std::uint32_t> extra = {});
  // The likeliest class; of equal ones the first.
  int predict(std::string_view text, std::span<const std::uint32_t> extra = {});
  // `weight`: how much of an example it is.
  void learn(std::string_view text, int truth, std::span<const std::uint32_t> extra = {},
             double weight = 1);

  Bytes snapshot() const;
  // Of an object with the same options.
  Result<void> restore(BytesView snapshot);

 private:
  void read(std::string_view text, std::span<const std::uint32_t> extra);

  TextClassifierOptions options_;
  std::vector<Ftrl> models_;
  Features features_;
  double value_ = 0;
  std::vector<double> margins_;
};

}  // namespace vitrine::learn
