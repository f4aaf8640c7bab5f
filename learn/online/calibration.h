#pragma once
// What a score means: of the past examples with such a score, how many were true? Scores fall into
// even bins that fade as new outcomes come; bins that contradict the order of scores are pooled.
//
// Sources: Zadrozny, Elkan: "Transforming classifier scores into accurate multiclass probability
// estimates", KDD 2002; pool adjacent violators: Ayer et al. 1955. Cost: learn O(1), the first
// probability after it O(bins). Memory: 24 bytes a bin.
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace vitrine::learn {

struct CalibrationOptions {
  std::uint32_t bins = 20;
  double keep = 0.9995;  // of a bin's past, with each outcome in it: 2,000 outcomes are remembered
  double prior = 2;      // outcomes each bin begins with, half a bin's own middle
};

class Calibration {
 public:
  explicit Calibration(const CalibrationOptions& options = {});

  // `score` in [0, 1]; outside it is the nearest of both.
  void learn(double score, bool truth);
  // Never falls as the score rises.
  double probability(double score) const;
  // How far scores are from what happened, weighed by how many fell where: the expected
  // calibration error of the scores as they came.
  double error() const;

  Bytes snapshot() const;
  static Result<Calibration> restore(BytesView snapshot);

 private:
  struct Bin {
    double outcomes = 0, truths = 0, scores = 0;
  };
  std::size_t bin_of(double score) const;
  void pool() const;

  CalibrationOptions options_;
  std::vector<Bin> bins_;
  mutable std::vector<double> pooled_;  // empty: to be made of the bins
};

}  // namespace vitrine::learn
