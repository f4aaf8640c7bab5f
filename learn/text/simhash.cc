#include "learn/text/simhash.h"

#include <algorithm>
#include <array>
#include <utility>

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

// How many of the added numbers have each bit: plane k holds the counts' binary digits k, so that
// 64 counts are added to at once. Eight numbers at a time share what is carried (Warren, "Hacker's
// Delight", 2nd edition, 5-1: carry-save adders).
class BitCounts {
 public:
  void add(std::uint64_t number) {
    waiting_[waits_++] = number;
    if (waits_ == waiting_.size()) add_eight();
  }
  // The bits that more than `most` have.
  std::uint64_t above(std::size_t most) {
    for (std::size_t i = 0; i < waits_; ++i) carry(waiting_[i], 0);
    waits_ = 0;
    std::uint64_t above = 0, equal = ~std::uint64_t{0};
    for (std::size_t k = planes_.size(); k-- > 0;) {
      if ((most >> k & 1U) != 0) {
        equal &= planes_[k];
      } else {
        above |= equal & planes_[k];
        equal &= ~planes_[k];
      }
    }
    return above;
  }

 private:
  void carry(std::uint64_t bits, std::size_t plane) {
    for (; bits != 0; ++plane) {
      const std::uint64_t both = planes_[plane] & bits;
      planes_[plane] ^= bits;
      bits = both;
    }
  }
  // a + b + plane: the sum stays in the plane, what is carried is returned.
  std::uint64_t sum(std::size_t plane, std::uint64_t a, std::uint64_t b) {
    const std::uint64_t one = a ^ b, carried = (a & b) | (one & planes_[plane]);
    planes_[plane] ^= one;
    return carried;
  }
  void add_eight() {
    const auto& w = waiting_;
    const std::uint64_t two = sum(0, w[0], w[1]), four = sum(1, two, sum(0, w[2], w[3]));
    const std::uint64_t more = sum(0, w[4], w[5]), other = sum(1, more, sum(0, w[6], w[7]));
    carry(sum(2, four, other), 3);
    waits_ = 0;
  }

  std::array<std::uint64_t, 16> planes_{};  // a text has at most 4,096 features
  std::array<std::uint64_t, 8> waiting_{};
  std::size_t waits_ = 0;
};

// As finish_features(), in no order: cheaper for what is only counted.
void leave_each_once(Features& features) {
  std::array<std::uint32_t, 512> seen{};  // 0: free
  if (features.size() > seen.size() / 2) return finish_features(features);
  bool has_zero = false;
  std::size_t kept = 0;
  for (const std::uint32_t feature : features) {
    std::size_t at = feature % seen.size();
    while (seen[at] != 0 && seen[at] != feature) at = (at + 1) % seen.size();
    const bool is_known = feature == 0 ? std::exchange(has_zero, true) : seen[at] == feature;
    if (is_known) continue;
    seen[at] = feature;
    features[kept++] = feature;
  }
  features.resize(kept);
}

}  // namespace

std::uint64_t simhash(std::string_view normalised) {
  Features features;
  features.reserve(2 * normalised.size());
  add_text_features(features, normalised, {.bits = 32, .chars_min = 4, .chars_max = 4});
  leave_each_once(features);
  BitCounts counts;
  for (const std::uint32_t feature : features) counts.add(stable_mix(feature));
  return counts.above(features.size() / 2);
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
