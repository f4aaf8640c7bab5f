#include "learn/online/ranker.h"

#include <algorithm>
#include <cmath>

#include "learn/core/exact_math.h"
#include "learn/core/random.h"
#include "learn/core/snapshot.h"

namespace vitrine::learn {
namespace {

constexpr std::string_view kRankerName = "ranker";
constexpr std::uint32_t kRankerVersion = 1;
constexpr std::size_t kHiddenMax = 256;
constexpr double kSquaresFirst = 1e-3;  // the first steps are not without bound

double softsign(double y) { return y / (1 + std::abs(y)); }

}  // namespace

Ranker::Ranker(const RankerOptions& options)
    : options_(options),
      linear_(options.inputs),
      layer_(std::size_t{options.dense} * options.hidden),
      bias_(options.hidden),
      out_(options.hidden),
      is_touched_(options.inputs) {
  VT_CHECK(options.dense <= options.inputs && options.inputs <= 65536);
  VT_CHECK(options.hidden <= kHiddenMax);
  // Small and different, so that units do not all learn the same.
  std::uint64_t position = 0;
  for (Weight& weight : layer_)
    weight.value = 0.2 * (Draws{options.model, position++}.unit() - 0.5);
  for (Weight& weight : out_) weight.value = 0.2 * (Draws{options.model, position++}.unit() - 0.5);
}

double Ranker::score(const Candidate& candidate, double* units) const {
  const std::size_t hidden = options_.hidden;
  double sum = 0;
  for (std::size_t h = 0; h < hidden; ++h) units[h] = bias_[h].value;
  for (const std::uint16_t input : candidate) {
    sum += linear_[input].value;
    if (input >= options_.dense) continue;
    const Weight* row = &layer_[input * hidden];
    for (std::size_t h = 0; h < hidden; ++h) units[h] += row[h].value;
  }
  for (std::size_t h = 0; h < hidden; ++h) sum += out_[h].value * softsign(units[h]);
  return sum;
}

std::span<const double> Ranker::scores(std::span<const Candidate> candidates) {
  scores_.resize(candidates.size());
  units_.resize(candidates.size() * options_.hidden);
  for (std::size_t i = 0; i < candidates.size(); ++i)
    scores_[i] = score(candidates[i], units_.data() + i * options_.hidden);
  return scores_;
}

std::size_t Ranker::best(std::span<const Candidate> candidates) {
  const auto all = scores(candidates);
  return static_cast<std::size_t>(std::max_element(all.begin(), all.end()) - all.begin());
}

void Ranker::descend(Weight& weight) const {
  const double gradient = weight.gradient;
  weight.gradient = 0;
  weight.squares += gradient * gradient;
  weight.value -= options_.rate * gradient / std::sqrt(weight.squares + kSquaresFirst) +
                  options_.decay * weight.value;
}

void Ranker::add_gradients(const Candidate& candidate, double slope, const double* units) {
  const std::size_t hidden = options_.hidden;
  double back[kHiddenMax];
  for (std::size_t h = 0; h < hidden; ++h) {
    const double size = 1 + std::abs(units[h]);
    back[h] = slope * out_[h].value / (size * size);
    out_[h].gradient += slope * units[h] / size;
    bias_[h].gradient += back[h];
  }
  for (const std::uint16_t input : candidate) {
    if (!is_touched_[input]) touched_.push_back(input);
    is_touched_[input] = true;
    linear_[input].gradient += slope;
    if (input >= options_.dense) continue;
    Weight* row = &layer_[input * hidden];
    for (std::size_t h = 0; h < hidden; ++h) row[h].gradient += back[h];
  }
}

// One step a weight, of all candidates together: what they have in common cancels out.
void Ranker::descend_all() {
  const std::size_t hidden = options_.hidden;
  for (std::size_t h = 0; h < hidden; ++h) {
    descend(out_[h]);
    descend(bias_[h]);
  }
  for (const std::uint16_t input : touched_) {
    is_touched_[input] = false;
    descend(linear_[input]);
    if (input >= options_.dense) continue;
    for (std::size_t h = 0; h < hidden; ++h) descend(layer_[input * hidden + h]);
  }
  touched_.clear();
}

void Ranker::learn(std::span<const Candidate> candidates, std::span<const std::size_t> truths) {
  VT_CHECK(!truths.empty());
  scores(candidates);
  const double most = *std::max_element(scores_.begin(), scores_.end());
  double sum = 0, right = 0;
  for (double& score : scores_) sum += score = exact_exp(score - most);
  for (const std::size_t truth : truths) right += scores_.at(truth);
  right = std::max(right, 1e-12);
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const bool is_truth = std::find(truths.begin(), truths.end(), i) != truths.end();
    const double slope = scores_[i] / sum - (is_truth ? scores_[i] / right : 0);
    // What is all but ruled out teaches nothing, and is most of them.
    if (std::abs(slope) < 1e-3) continue;
    add_gradients(candidates[i], slope, units_.data() + i * options_.hidden);
  }
  descend_all();
}

Bytes Ranker::snapshot() const {
  Bytes out;
  put_head(out, kRankerName, kRankerVersion);
  for (const auto* part : {&linear_, &layer_, &bias_, &out_}) {
    std::vector<double> values, squares;
    for (const Weight& weight : *part) {
      values.push_back(weight.value);
      squares.push_back(weight.squares);
    }
    put_sparse(out, values);
    put_sparse(out, squares);
  }
  return out;
}

Result<void> Ranker::restore(BytesView snapshot) {
  ByteReader reader{snapshot};
  VT_TRY_VOID(read_head(reader, kRankerName, kRankerVersion));
  Ranker read{*this};
  for (auto* part : {&read.linear_, &read.layer_, &read.bias_, &read.out_}) {
    std::vector<double> values(part->size()), squares(part->size());
    if (!read_sparse(reader, values) || !read_sparse(reader, squares))
      return fail(Code::Corrupt,
                  "restore a ranker: damaged, or of another size; give the options it was taken "
                  "with");
    for (std::size_t i = 0; i < part->size(); ++i) (*part)[i] = {values[i], squares[i], 0};
  }
  VT_TRY_VOID(read_end(reader, kRankerName));
  *this = std::move(read);
  return {};
}

}  // namespace vitrine::learn
