#include "learn/online/ftrl.h"

#include <cmath>

#include "learn/core/exact_math.h"
#include "learn/core/snapshot.h"

namespace vitrine::learn {
namespace {

constexpr std::string_view kFtrlName = "ftrl";
constexpr std::uint32_t kFtrlVersion = 1;

}  // namespace

Ftrl::Ftrl(const FtrlOptions& options) : options_(options) {
  VT_CHECK(options.bits >= 1 && options.bits <= 24 && options.alpha > 0);
  const std::size_t size = std::size_t{1} << static_cast<unsigned>(options.bits);
  z_.resize(size);
  n_.resize(size);
  weights_.resize(size);
}

double Ftrl::even_value(std::size_t count) {
  return count == 0 ? 0 : 1 / std::sqrt(static_cast<double>(count));
}

double Ftrl::margin(std::span<const std::uint32_t> features, double value) const {
  double sum = 0;
  for (const std::uint32_t place : features) sum += weights_[place];
  return sum * value;
}

double Ftrl::predict(std::span<const std::uint32_t> features, double value) const {
  return sigmoid(margin(features, value));
}

double Ftrl::learn(std::span<const std::uint32_t> features, double value, bool truth,
                   double weight) {
  const double said = predict(features, value);
  const double gradient = (said - (truth ? 1 : 0)) * value * weight;
  const double square = gradient * gradient;
  for (const std::uint32_t place : features) {
    double& n = n_[place];
    const double faster = (std::sqrt(n + square) - std::sqrt(n)) / options_.alpha;
    z_[place] += gradient - faster * weights_[place];
    n += square;
    set_weight(place);
  }
  return said;
}

void Ftrl::set_weight(std::uint32_t place) {
  const double z = z_[place];
  if (std::abs(z) <= options_.l1) {
    weights_[place] = 0;
    return;
  }
  const double shrunk = z > 0 ? z - options_.l1 : z + options_.l1;
  weights_[place] =
      -shrunk / ((options_.beta + std::sqrt(n_[place])) / options_.alpha + options_.l2);
}

Bytes Ftrl::snapshot() const {
  Bytes out;
  put_head(out, kFtrlName, kFtrlVersion);
  put_varint(out, static_cast<std::uint64_t>(options_.bits));
  for (const double option : {options_.alpha, options_.beta, options_.l1, options_.l2})
    put_double(out, option);
  put_sparse(out, z_);
  put_sparse(out, n_);
  return out;
}

Result<Ftrl> Ftrl::restore(BytesView snapshot) {
  ByteReader reader{snapshot};
  VT_TRY_VOID(read_head(reader, kFtrlName, kFtrlVersion));
  FtrlOptions options;
  options.bits = static_cast<int>(reader.varint());
  for (double* option : {&options.alpha, &options.beta, &options.l1, &options.l2})
    *option = read_double(reader);
  if (!reader.ok() || options.bits < 1 || options.bits > 24 || !(options.alpha > 0))
    return fail(Code::Corrupt,
                "restore a ftrl: its options are out of range; use another snapshot");
  Ftrl model{options};
  if (!read_sparse(reader, model.z_) || !read_sparse(reader, model.n_))
    return fail(Code::Corrupt, "restore a ftrl: its sums are damaged; use another snapshot");
  VT_TRY_VOID(read_end(reader, kFtrlName));
  for (std::uint32_t place = 0; place < model.z_.size(); ++place)
    if (model.z_[place] != 0) model.set_weight(place);
  return model;
}

}  // namespace vitrine::learn
