#include "learn/sketch/count_min.h"

#include <algorithm>

#include "learn/core/snapshot.h"
#include "learn/text/features.h"

namespace vitrine::learn {
namespace {

constexpr std::string_view kCountMinName = "count-min";
constexpr std::uint64_t kCellsMax = std::uint64_t{1} << 24U;

}  // namespace

CountMin::CountMin(std::uint32_t width, std::uint32_t depth) : width_(width), depth_(depth) {
  VT_CHECK(width > 0 && depth > 0 && std::uint64_t{width} * depth <= kCellsMax);
  cells_.resize(std::size_t{width} * depth);
}

std::size_t CountMin::cell(std::string_view key, std::uint32_t row) const {
  return std::size_t{row} * width_ + stable_hash(key, row + 1) % width_;
}

void CountMin::add(std::string_view key, std::uint64_t count) {
  for (std::uint32_t row = 0; row < depth_; ++row) cells_[cell(key, row)] += count;
  total_ += count;
}

std::uint64_t CountMin::estimate(std::string_view key) const {
  std::uint64_t least = ~std::uint64_t{0};
  for (std::uint32_t row = 0; row < depth_; ++row) least = std::min(least, cells_[cell(key, row)]);
  return least;
}

Result<void> CountMin::merge(const CountMin& other) {
  if (other.width_ != width_ || other.depth_ != depth_)
    return fail(Code::Invalid,
                "merge two count-min sketches: their shapes differ; make both with "
                "the same width and depth");
  for (std::size_t i = 0; i < cells_.size(); ++i) cells_[i] += other.cells_[i];
  total_ += other.total_;
  return {};
}

void CountMin::halve() {
  for (std::uint64_t& count : cells_) count /= 2;
  total_ /= 2;
}

Bytes CountMin::snapshot() const {
  Bytes out;
  put_head(out, kCountMinName, 1);
  put_varint(out, width_);
  put_varint(out, depth_);
  put_varint(out, total_);
  for (const std::uint64_t count : cells_) put_varint(out, count);
  return out;
}

Result<CountMin> CountMin::restore(BytesView snapshot) {
  ByteReader reader{snapshot};
  VT_TRY_VOID(read_head(reader, kCountMinName, 1));
  const std::uint64_t width = reader.varint(), depth = reader.varint();
  if (width == 0 || depth == 0 || width > kCellsMax || depth > kCellsMax / width)
    return fail(Code::Corrupt, "restore a count-min: a wrong shape; use another snapshot");
  CountMin sketch{static_cast<std::uint32_t>(width), static_cast<std::uint32_t>(depth)};
  sketch.total_ = reader.varint();
  for (std::uint64_t& count : sketch.cells_) count = reader.varint();
  VT_TRY_VOID(read_end(reader, kCountMinName));
  return sketch;
}

}  // namespace vitrine::learn
