#include "learn/online/ewma.h"

#include <algorithm>

#include "learn/core/exact_math.h"
#include "learn/core/snapshot.h"

namespace vitrine::learn {
namespace {

constexpr std::string_view kEwmaName = "ewma", kTrendName = "trend";
constexpr double kLogHalf = -0.69314718055994531;

}  // namespace

Ewma::Ewma(std::int64_t half_life_ms) : half_life_ms_(half_life_ms) { VT_CHECK(half_life_ms > 0); }

double Ewma::fading(std::int64_t at_ms) const {
  if (weight_ == 0 || at_ms <= last_ms_) return 1;
  return exact_exp(kLogHalf * static_cast<double>(at_ms - last_ms_) /
                   static_cast<double>(half_life_ms_));
}

void Ewma::add(std::int64_t at_ms, double number, double weight) {
  const double kept = fading(at_ms);
  last_ms_ = weight_ == 0 ? at_ms : std::max(last_ms_, at_ms);
  sum_ = sum_ * kept + number * weight;
  weight_ = weight_ * kept + weight;
}

double Ewma::mean() const { return weight_ == 0 ? 0 : sum_ / weight_; }

double Ewma::weight(std::int64_t at_ms) const { return weight_ * fading(at_ms); }

double Ewma::weight_of_one_a_second() const {
  return 1 / (1 - exact_exp(kLogHalf * 1000 / static_cast<double>(half_life_ms_)));
}

Bytes Ewma::snapshot() const {
  Bytes out;
  put_head(out, kEwmaName, 1);
  put_signed(out, half_life_ms_);
  put_signed(out, last_ms_);
  put_double(out, sum_);
  put_double(out, weight_);
  return out;
}

Result<Ewma> Ewma::restore(BytesView snapshot) {
  ByteReader reader{snapshot};
  VT_TRY_VOID(read_head(reader, kEwmaName, 1));
  const std::int64_t half_life_ms = reader.signed_varint();
  if (half_life_ms <= 0)
    return fail(Code::Corrupt, "restore a ewma: no half-life; use another snapshot");
  Ewma mean{half_life_ms};
  mean.last_ms_ = reader.signed_varint();
  mean.sum_ = read_double(reader);
  mean.weight_ = read_double(reader);
  VT_TRY_VOID(read_end(reader, kEwmaName));
  return mean;
}

Bytes Trend::snapshot() const {
  Bytes out;
  put_head(out, kTrendName, 1);
  put_bytes(out, fast_.snapshot());
  put_bytes(out, slow_.snapshot());
  return out;
}

Result<Trend> Trend::restore(BytesView snapshot) {
  ByteReader reader{snapshot};
  VT_TRY_VOID(read_head(reader, kTrendName, 1));
  VT_TRY(const Ewma fast, Ewma::restore(reader.bytes()));
  VT_TRY(const Ewma slow, Ewma::restore(reader.bytes()));
  VT_TRY_VOID(read_end(reader, kTrendName));
  Trend trend{1, 1};
  trend.fast_ = fast;
  trend.slow_ = slow;
  return trend;
}

}  // namespace vitrine::learn
