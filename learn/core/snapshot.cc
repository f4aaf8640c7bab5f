#include "learn/core/snapshot.h"

#include <bit>

namespace vitrine::learn {

void put_double(Bytes& out, double value) { put_u64(out, std::bit_cast<std::uint64_t>(value)); }
double read_double(ByteReader& reader) { return std::bit_cast<double>(reader.u64()); }

void put_sparse(Bytes& out, std::span<const double> values) {
  std::size_t count = 0;
  for (const double value : values) count += std::bit_cast<std::uint64_t>(value) != 0 ? 1 : 0;
  put_varint(out, values.size());
  put_varint(out, count);
  std::size_t last = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::bit_cast<std::uint64_t>(values[i]) == 0) continue;
    put_varint(out, i - last);
    put_double(out, values[i]);
    last = i;
  }
}

bool read_sparse(ByteReader& reader, std::span<double> values) {
  if (reader.varint() != values.size()) return false;
  const std::uint64_t count = reader.varint();
  if (count > values.size()) return false;
  for (double& value : values) value = 0;
  std::size_t at = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    at += reader.varint();
    if (!reader.ok() || at >= values.size()) return false;
    values[at] = read_double(reader);
  }
  return reader.ok();
}

void put_head(Bytes& out, std::string_view learner, std::uint32_t version) {
  put_bytes(out, learner);
  put_varint(out, version);
}

Result<void> read_head(ByteReader& reader, std::string_view learner, std::uint32_t version) {
  const BytesView name = reader.bytes();
  const std::uint64_t found = reader.varint();
  if (!reader.ok() || name != learner)
    return fail(Code::Corrupt, "restore a " + std::string(learner) +
                                   ": these bytes are not a snapshot of one; use another snapshot");
  if (found != version)
    return fail(Code::Unsupported, "restore a " + std::string(learner) +
                                       ": the snapshot has layout " + std::to_string(found) +
                                       ", this build reads " + std::to_string(version) +
                                       "; train anew from the log");
  return {};
}

Result<void> read_end(const ByteReader& reader, std::string_view learner) {
  if (reader.ok() && reader.at_end()) return {};
  return fail(Code::Corrupt, "restore a " + std::string(learner) +
                                 ": the snapshot is cut short or too long; use another snapshot");
}

}  // namespace vitrine::learn
