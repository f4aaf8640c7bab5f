#include "learn/online/calibration.h"

#include <algorithm>
#include <cmath>

#include "learn/core/snapshot.h"

namespace vitrine::learn {
namespace {

constexpr std::string_view kCalibrationName = "calibration";
constexpr std::uint64_t kBinsMax = 10'000;

}  // namespace

Calibration::Calibration(const CalibrationOptions& options)
    : options_(options), bins_(options.bins) {
  VT_CHECK(options.bins > 0 && options.bins <= kBinsMax);
}

std::size_t Calibration::bin_of(double score) const {
  if (!(score > 0)) return 0;
  const double place = std::min(score, 1.0) * static_cast<double>(bins_.size());
  return std::min(bins_.size() - 1, static_cast<std::size_t>(place));
}

void Calibration::learn(double score, bool truth) {
  Bin& bin = bins_[bin_of(score)];
  bin.outcomes = bin.outcomes * options_.keep + 1;
  bin.truths = bin.truths * options_.keep + (truth ? 1 : 0);
  bin.scores = bin.scores * options_.keep + std::clamp(score, 0.0, 1.0);
  pooled_.clear();
}

// Neighbours whose shares fall become one, until none do.
void Calibration::pool() const {
  struct Block {
    double truths, outcomes;
    std::size_t bins;
  };
  std::vector<Block> blocks;
  for (std::size_t i = 0; i < bins_.size(); ++i) {
    const double middle = (static_cast<double>(i) + 0.5) / static_cast<double>(bins_.size());
    blocks.push_back(
        {bins_[i].truths + options_.prior * middle, bins_[i].outcomes + options_.prior, 1});
    while (blocks.size() > 1) {
      Block& last = blocks.back();
      Block& before = blocks[blocks.size() - 2];
      if (before.truths * last.outcomes <= last.truths * before.outcomes) break;
      before = {before.truths + last.truths, before.outcomes + last.outcomes,
                before.bins + last.bins};
      blocks.pop_back();
    }
  }
  for (const Block& block : blocks)
    pooled_.insert(pooled_.end(), block.bins,
                   block.outcomes > 0 ? block.truths / block.outcomes : 0.5);
}

double Calibration::probability(double score) const {
  if (pooled_.empty()) pool();
  return pooled_[bin_of(score)];
}

double Calibration::error() const {
  double all = 0, off = 0;
  for (const Bin& bin : bins_) {
    all += bin.outcomes;
    off += std::abs(bin.truths - bin.scores);
  }
  return all == 0 ? 0 : off / all;
}

Bytes Calibration::snapshot() const {
  Bytes out;
  put_head(out, kCalibrationName, 1);
  put_varint(out, bins_.size());
  put_double(out, options_.keep);
  put_double(out, options_.prior);
  for (const Bin& bin : bins_)
    for (const double value : {bin.outcomes, bin.truths, bin.scores}) put_double(out, value);
  return out;
}

Result<Calibration> Calibration::restore(BytesView snapshot) {
  ByteReader reader{snapshot};
  VT_TRY_VOID(read_head(reader, kCalibrationName, 1));
  const std::uint64_t bins = reader.varint();
  if (bins == 0 || bins > kBinsMax)
    return fail(Code::Corrupt,
                "restore a calibration: a wrong number of bins; use another snapshot");
  CalibrationOptions options{.bins = static_cast<std::uint32_t>(bins)};
  options.keep = read_double(reader);
  options.prior = read_double(reader);
  Calibration read{options};
  for (Bin& bin : read.bins_)
    for (double* value : {&bin.outcomes, &bin.truths, &bin.scores}) *value = read_double(reader);
  VT_TRY_VOID(read_end(reader, kCalibrationName));
  return read;
}

}  // namespace vitrine::learn
