#include "learn/bandits/linear_bandit.h"

#include <cmath>

#include "learn/core/random.h"
#include "learn/core/snapshot.h"

namespace vitrine::learn {
namespace {

constexpr std::string_view kBanditName = "linear-bandit";
constexpr std::uint32_t kBanditLayout = 1;

}  // namespace

LinearBandit::LinearBandit(const LinearBanditOptions& options) : options_(options) {
  const auto& [method, arms, d, model, ridge, width, floor, samples] = options_;
  VT_CHECK(arms >= 1 && arms <= 100 && d >= 1 && d <= 32 && samples >= 1);
  VT_CHECK(ridge > 0 && width >= 0 && floor > 0 && floor <= 1);
  inverses_.assign(inverse_at(arms), 0);
  sums_.assign(std::size_t{arms} * d, 0);
  for (std::uint32_t arm = 0; arm < arms; ++arm)
    for (std::uint32_t i = 0; i < d; ++i)
      inverses_[inverse_at(arm) + std::size_t{i} * d + i] = 1 / ridge;
}

LinearBandit::Guess LinearBandit::guess(std::uint32_t arm, std::span<const double> context) const {
  VT_CHECK(arm < options_.arms && context.size() == options_.dimensions);
  const std::size_t d = options_.dimensions;
  double mean = 0, variance = 0;
  for (std::size_t i = 0; i < d; ++i) {
    double row = 0, weight = 0;
    for (std::size_t j = 0; j < d; ++j) {
      const double entry = inverses_[inverse_at(arm) + i * d + j];
      row += entry * context[j];
      weight += entry * sums_[arm * d + j];
    }
    mean += weight * context[i];
    variance += row * context[i];
  }
  return {mean, std::sqrt(variance > 0 ? variance : 0)};
}

double LinearBandit::expected(std::uint32_t arm, std::span<const double> context) const {
  return guess(arm, context).mean;
}

std::vector<double> LinearBandit::propensities(std::span<const double> context,
                                               std::span<const std::uint8_t> allowed,
                                               std::uint64_t position) const {
  VT_CHECK(allowed.size() == options_.arms);
  std::vector<double> shares(options_.arms, 0);
  std::vector<std::uint32_t> open;
  std::vector<Guess> guesses;
  for (std::uint32_t arm = 0; arm < options_.arms; ++arm) {
    if (allowed[arm] == 0) continue;
    open.push_back(arm);
    guesses.push_back(guess(arm, context));
  }
  if (open.empty()) return shares;
  Draws draws{options_.model, position};
  draws.unit();  // the first one is choose()'s
  const bool sampled = options_.method == BanditMethod::Thompson;
  const std::uint32_t worlds = sampled ? options_.samples : 1;
  for (std::uint32_t world = 0; world < worlds; ++world) {
    std::size_t best = 0;
    double most = 0;
    for (std::size_t i = 0; i < open.size(); ++i) {
      const double luck = sampled ? draws.normal() : 1;
      const double value = guesses[i].mean + options_.width * luck * guesses[i].deviation;
      if (i > 0 && value <= most) continue;  // equal: the arm with the smaller number
      best = i;
      most = value;
    }
    shares[open[best]] += (1 - options_.floor) / worlds;
  }
  for (const std::uint32_t arm : open)
    shares[arm] += options_.floor / static_cast<double>(open.size());
  return shares;
}

std::optional<BanditChoice> LinearBandit::choose(std::span<const double> context,
                                                 std::span<const std::uint8_t> allowed,
                                                 std::uint64_t position) const {
  const std::vector<double> shares = propensities(context, allowed, position);
  double left = Draws{options_.model, position}.unit();
  std::optional<BanditChoice> choice;
  for (std::uint32_t arm = 0; arm < options_.arms; ++arm) {
    if (allowed[arm] == 0) continue;
    choice = BanditChoice{arm, shares[arm]};  // the last one also takes what rounding left over
    left -= shares[arm];
    if (left < 0) break;
  }
  return choice;
}

void LinearBandit::learn(std::uint32_t arm, std::span<const double> context, double reward) {
  VT_CHECK(arm < options_.arms && context.size() == options_.dimensions);
  const std::size_t d = options_.dimensions;
  double* inverse = inverses_.data() + inverse_at(arm);
  std::vector<double> rows(d, 0);
  double scale = 1;
  for (std::size_t i = 0; i < d; ++i) {
    for (std::size_t j = 0; j < d; ++j) rows[i] += inverse[i * d + j] * context[j];
    scale += rows[i] * context[i];
  }
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t j = 0; j < d; ++j) inverse[i * d + j] -= rows[i] * rows[j] / scale;
  for (std::size_t i = 0; i < d; ++i) sums_[arm * d + i] += context[i] * reward;
}

Bytes LinearBandit::snapshot() const {
  Bytes out;
  put_head(out, kBanditName, kBanditLayout);
  put_sparse(out, inverses_);
  put_sparse(out, sums_);
  return out;
}

Result<void> LinearBandit::restore(BytesView snapshot) {
  ByteReader reader{snapshot};
  VT_TRY_VOID(read_head(reader, kBanditName, kBanditLayout));
  std::vector<double> inverses(inverses_.size()), sums(sums_.size());
  if (!read_sparse(reader, inverses) || !read_sparse(reader, sums))
    return fail(Code::Corrupt,
                "restore a linear-bandit: cut short, or of other arms or dimensions; "
                "restore with the options it was taken with");
  VT_TRY_VOID(read_end(reader, kBanditName));
  inverses_ = std::move(inverses);
  sums_ = std::move(sums);
  return {};
}

}  // namespace vitrine::learn
