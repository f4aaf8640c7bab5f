#include "learn/text/simhash.h"

#include <algorithm>
#include <array>

#include "learn/core/snapshot.h"
#include "learn/text/features.h"

namespace vitrine::learn {
namespace {

constexpr std::string_view kNearName = "near texts";
constexpr int kBands = 4;

std::uint32_t band_of(std::uint64_t fingerprint, int band) {
  return static_cast<std::uint32_t>(band) << 16U |
         static_cast<std::uint32_t>(fingerprint >> (16U * static_cast<unsigned>(band)) & 0xFFFFU);
}

}  // namespace

std::uint64_t simhash(std::string_view normalised) {
  Features features;
  add_text_features(features, normalised, {.bits = 32, .chars_min = 4, .chars_max = 4});
  finish_features(features);
  std::array<int, 64> sums{};
  for (const std::uint32_t feature : features) {
    const std::uint64_t hash = stable_mix(feature);
    for (unsigned bit = 0; bit < 64; ++bit) sums[bit] += (hash >> bit & 1U) != 0 ? 1 : -1;
  }
  std::uint64_t fingerprint = 0;
  for (unsigned bit = 0; bit < 64; ++bit)
    if (sums[bit] > 0) fingerprint |= std::uint64_t{1} << bit;
  return fingerprint;
}

std::vector<NearTexts::Near> NearTexts::find(std::uint64_t fingerprint, int bits_max) const {
  std::vector<std::uint64_t> numbers;
  for (int band = 0; band < kBands; ++band)
    if (const auto found = bands_.find(band_of(fingerprint, band)); found != bands_.end())
      numbers.insert(numbers.end(), found->second.begin(), found->second.end());
  std::sort(numbers.rbegin(), numbers.rend());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  std::vector<Near> near;
  for (const std::uint64_t number : numbers) {
    const Text& text = texts_[number - first_];
    const int bits = bits_apart(fingerprint, text.fingerprint);
    if (bits <= bits_max) near.push_back({text.id, bits});
  }
  return near;
}

void NearTexts::add(std::uint64_t id, std::uint64_t fingerprint) {
  if (texts_max_ == 0) return;
  if (texts_.size() == texts_max_) {
    for (int band = 0; band < kBands; ++band) {
      const auto found = bands_.find(band_of(texts_.front().fingerprint, band));
      found->second.pop_front();
      if (found->second.empty()) bands_.erase(found);
    }
    texts_.pop_front();
    ++first_;
  }
  const std::uint64_t number = first_ + texts_.size();
  texts_.push_back({id, fingerprint});
  for (int band = 0; band < kBands; ++band) bands_[band_of(fingerprint, band)].push_back(number);
}

Bytes NearTexts::snapshot() const {
  Bytes out;
  put_head(out, kNearName, 1);
  put_varint(out, texts_max_);
  put_varint(out, texts_.size());
  for (const Text& text : texts_) {
    put_u64(out, text.id);
    put_u64(out, text.fingerprint);
  }
  return out;
}

Result<NearTexts> NearTexts::restore(BytesView snapshot) {
  ByteReader reader{snapshot};
  VT_TRY_VOID(read_head(reader, kNearName, 1));
  NearTexts near{reader.varint()};
  for (std::uint64_t left = reader.varint(); left > 0 && reader.ok(); --left) {
    const std::uint64_t id = reader.u64();
    near.add(id, reader.u64());
  }
  VT_TRY_VOID(read_end(reader, kNearName));
  return near;
}

}  // namespace vitrine::learn
