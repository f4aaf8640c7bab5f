#pragma once
// One version of a model: what it is, and whether it is whole. Pure.
//
// A model file is text, so that a change of it can be read: lines "word value", then a line "---"
// and the blob to the end of the file. A hash without a blob names bytes that its kind has compiled
// in.
//
//   name sentiment
//   version 2
//   kind valence
//   engine builtin
//   parameter negation -0.6
//   provenance Negations turn less; chosen on our own shows of March.
//   blob_sha256 <64 hexadecimal digits>
//   ---
//   lovely<tab>650
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "commerce/model/proto/models.pb.h"

namespace vitrine::models {

inline constexpr ByteCount kBlobBytesMax = 1U << 20U;
inline constexpr int kParametersMax = 32;
inline constexpr std::size_t kNameMax = 40, kSentenceMax = 500;
inline constexpr std::int64_t kBuiltinVersion = 1;

// Of what the record computes: kind, engine, parameters, blob. Two versions may have the same.
std::string fingerprint_of(const ModelRecord& record);

// Why it cannot be taken; nothing when it is whole. The blob is hashed: a millisecond at most.
std::optional<std::string> flaw_of(const ModelRecord& record);

// Invalid or Corrupt, with the line.
Result<ModelRecord> read_model_file(std::string_view text);
std::string model_file_of(const ModelRecord& record);

double parameter(const ModelRecord& record, std::string_view name, double otherwise);
// Sets it, in its place.
void set_parameter(ModelRecord& record, std::string_view name, double value);

}  // namespace vitrine::models
