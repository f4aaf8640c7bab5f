#include "learn/online/drift.h"

#include <algorithm>

#include "learn/core/snapshot.h"

namespace vitrine::learn {
namespace {

constexpr std::string_view kPageHinkleyName = "page-hinkley", kCusumName = "cusum";

}  // namespace

bool PageHinkley::add(double number) {
  ++numbers_;
  mean_ += (number - mean_) / static_cast<double>(numbers_);
  sum_ += number - mean_ - options_.slack;
  lowest_ = std::min(lowest_, sum_);
  if (numbers_ < options_.numbers_min || risen() <= options_.threshold) return false;
  *this = PageHinkley{options_};
  return true;
}

Bytes PageHinkley::snapshot() const {
  Bytes out;
  put_head(out, kPageHinkleyName, 1);
  put_double(out, options_.slack);
  put_double(out, options_.threshold);
  put_varint(out, options_.numbers_min);
  put_varint(out, numbers_);
  for (const double value : {mean_, sum_, lowest_}) put_double(out, value);
  return out;
}

Result<PageHinkley> PageHinkley::restore(BytesView snapshot) {
  ByteReader reader{snapshot};
  VT_TRY_VOID(read_head(reader, kPageHinkleyName, 1));
  PageHinkley test;
  test.options_.slack = read_double(reader);
  test.options_.threshold = read_double(reader);
  test.options_.numbers_min = reader.varint();
  test.numbers_ = reader.varint();
  for (double* value : {&test.mean_, &test.sum_, &test.lowest_}) *value = read_double(reader);
  VT_TRY_VOID(read_end(reader, kPageHinkleyName));
  return test;
}

Shift Cusum::add(double off) {
  up_ = std::max(0.0, up_ + off - options_.slack);
  down_ = std::max(0.0, down_ - off - options_.slack);
  if (up_ <= options_.threshold && down_ <= options_.threshold) return Shift::None;
  const Shift shift = up_ > options_.threshold ? Shift::Up : Shift::Down;
  up_ = down_ = 0;
  return shift;
}

Bytes Cusum::snapshot() const {
  Bytes out;
  put_head(out, kCusumName, 1);
  for (const double value : {options_.slack, options_.threshold, up_, down_})
    put_double(out, value);
  return out;
}

Result<Cusum> Cusum::restore(BytesView snapshot) {
  ByteReader reader{snapshot};
  VT_TRY_VOID(read_head(reader, kCusumName, 1));
  Cusum test;
  for (double* value : {&test.options_.slack, &test.options_.threshold, &test.up_, &test.down_})
    *value = read_double(reader);
  VT_TRY_VOID(read_end(reader, kCusumName));
  return test;
}

}  // namespace vitrine::learn
