#include "learn/bandits/off_policy.h"

#include <cmath>

#include "learn/core/snapshot.h"

namespace vitrine::learn {
namespace {

constexpr std::string_view kOffPolicyName = "off-policy";
constexpr std::uint32_t kOffPolicyLayout = 1;
constexpr double kDeviations = 1.959963984540054;  // of a 95 % interval

double root(double variance) { return std::sqrt(variance > 0 ? variance : 0); }

}  // namespace

void OffPolicy::add(const LoggedOutcome& outcome) {
  VT_CHECK(outcome.propensity > 0 && outcome.target >= 0);
  const double w = outcome.target / outcome.propensity;
  const double wr = w * outcome.reward;
  const double dr = outcome.model_target + w * (outcome.reward - outcome.model_taken);
  ++count_;
  w_ += w;
  ww_ += w * w;
  wr_ += wr;
  wrwr_ += wr * wr;
  wwr_ += w * wr;
  dr_ += dr;
  drdr_ += dr * dr;
}

ValueEstimate OffPolicy::mean_of(double sum, double squares) const {
  if (count_ < 2) return {};
  const double n = static_cast<double>(count_);
  const double mean = sum / n;
  return {mean, kDeviations * root((squares / n - mean * mean) / (n - 1))};
}

ValueEstimate OffPolicy::ips() const { return mean_of(wr_, wrwr_); }
ValueEstimate OffPolicy::doubly_robust() const { return mean_of(dr_, drdr_); }

// The ratio of two means; its variance by the delta method, from the residuals w (r - value).
ValueEstimate OffPolicy::snips() const {
  if (count_ < 2 || w_ <= 0) return {};
  const double value = wr_ / w_;
  return {value, kDeviations * root(wrwr_ - 2 * value * wwr_ + value * value * ww_) / w_};
}

Bytes OffPolicy::snapshot() const {
  Bytes out;
  put_head(out, kOffPolicyName, kOffPolicyLayout);
  put_u64(out, count_);
  for (const double sum : {w_, ww_, wr_, wrwr_, wwr_, dr_, drdr_}) put_double(out, sum);
  return out;
}

Result<OffPolicy> OffPolicy::restore(BytesView snapshot) {
  ByteReader reader{snapshot};
  VT_TRY_VOID(read_head(reader, kOffPolicyName, kOffPolicyLayout));
  OffPolicy it;
  it.count_ = reader.u64();
  for (double* sum : {&it.w_, &it.ww_, &it.wr_, &it.wrwr_, &it.wwr_, &it.dr_, &it.drdr_})
    *sum = read_double(reader);
  VT_TRY_VOID(read_end(reader, kOffPolicyName));
  return it;
}

}  // namespace vitrine::learn
