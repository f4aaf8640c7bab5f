#pragma once
// What a learner knows, as bytes. Every learner has
//
//   Bytes snapshot() const;
//   static Result<X> restore(BytesView);     // or a member of an object with the same options
//
// and a restored learner goes on exactly as the one it was taken from: same scores, same snapshots.
// A snapshot begins with the learner's name and the version of its layout, so bytes that belong to
// another learner are refused with a sentence instead of misread.
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace vitrine::learn {

void put_double(Bytes& out, double value);  // its 64 bits
double read_double(ByteReader& reader);

// Only what is not zero, by distance and value: a hashed model is mostly zeros.
void put_sparse(Bytes& out, std::span<const double> values);
// Reads into `values`, which has the length it had when written. False when the bytes do not fit.
bool read_sparse(ByteReader& reader, std::span<double> values);

void put_head(Bytes& out, std::string_view learner, std::uint32_t version);
Result<void> read_head(ByteReader& reader, std::string_view learner, std::uint32_t version);

// For the end of every restore: all read, and nothing left over.
Result<void> read_end(const ByteReader& reader, std::string_view learner);

}  // namespace vitrine::learn
