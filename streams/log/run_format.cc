#include "streams/log/run_format.h"

#include <limits>

#include "base/hash.h"
#include "streams/log/format.h"

namespace vitrine::run_format {
namespace {

constexpr BytesView kRunMagic = "VTJRUN01";
constexpr BytesView kTrailerMagic = "VTJREND1";
constexpr BytesView kManifestMagic = "VTJMAN01";

void put_step(Bytes& out, std::int64_t from, std::int64_t to) {
  put_signed(out, static_cast<std::int64_t>(static_cast<std::uint64_t>(to) -
                                            static_cast<std::uint64_t>(from)));
}

std::int64_t add_step(std::int64_t from, std::int64_t step) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(from) +
                                   static_cast<std::uint64_t>(step));
}

}  // namespace

Bytes encode(const Manifest& manifest) {
  Bytes out{kManifestMagic};
  put_u64(out, manifest.first_segment);
  put_u64(out, manifest.retired.value());
  put_u64(out, manifest.next.value());
  put_u64(out, static_cast<std::uint64_t>(millis_of(manifest.time)));
  put_u64(out, manifest.next_run);
  put_varint(out, manifest.starts.size());
  for (const auto& [topic, start] : manifest.starts) {
    put_bytes(out, topic);
    put_varint(out, start.value());
  }
  put_varint(out, manifest.runs.size());
  for (const RunInfo& run : manifest.runs) {
    put_varint(out, run.id);
    put_bytes(out, run.topic);
    put_varint(out, run.bytes);
    put_varint(out, run.records);
    put_varint(out, run.first.value());
    put_varint(out, run.last.value() - run.first.value());
    put_signed(out, millis_of(run.first_time));
    put_step(out, millis_of(run.first_time), millis_of(run.last_time));
    put_u8(out, run.compacted ? 1 : 0);
  }
  put_u32(out, crc32c(out));
  return out;
}

namespace {

RunInfo decode_run(ByteReader& in) {
  RunInfo run;
  run.id = in.varint();
  run.topic = std::string(in.bytes());
  run.bytes = in.varint();
  run.records = in.varint();
  run.first = Position{in.varint()};
  run.last = Position{run.first.value() + in.varint()};
  run.first_time = time_of_millis(in.signed_varint());
  run.last_time = time_of_millis(add_step(millis_of(run.first_time), in.signed_varint()));
  run.compacted = in.u8() != 0;
  return run;
}

}  // namespace

std::optional<Manifest> decode_manifest(BytesView bytes) {
  constexpr ByteCount kCrcBytes = 4;
  if (bytes.size() < kManifestMagic.size() + kCrcBytes || !bytes.starts_with(kManifestMagic))
    return std::nullopt;
  const BytesView body = bytes.substr(0, bytes.size() - kCrcBytes);
  if (ByteReader{bytes.substr(body.size())}.u32() != crc32c(body)) return std::nullopt;
  ByteReader in{body.substr(kManifestMagic.size())};
  Manifest manifest;
  manifest.first_segment = in.u64();
  manifest.retired = Epoch{in.u64()};
  manifest.next = Position{in.u64()};
  manifest.time = time_of_millis(static_cast<std::int64_t>(in.u64()));
  manifest.next_run = in.u64();
  const std::uint64_t starts = in.varint();
  for (std::uint64_t i = 0; i < starts && in.ok(); ++i) {
    std::string topic{in.bytes()};
    manifest.starts[std::move(topic)] = Position{in.varint()};
  }
  const std::uint64_t runs = in.varint();
  for (std::uint64_t i = 0; i < runs && in.ok(); ++i) manifest.runs.push_back(decode_run(in));
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return manifest;
}

std::uint32_t run_salt(std::uint64_t id) {
  Bytes seed;
  put_u64(seed, id);
  return crc32c(seed);
}

std::uint32_t block_crc(std::uint64_t run, std::uint64_t offset, BytesView block) {
  Bytes seed;
  put_u64(seed, run);
  put_u64(seed, offset);
  return crc32c(block, crc32c(seed));
}

Bytes run_header(std::uint64_t id) {
  Bytes out{kRunMagic};
  put_u64(out, id);
  return out;
}

Bytes run_end(std::uint64_t id, const std::string& topic, const std::vector<BlockInfo>& blocks,
              std::uint64_t index_offset) {
  Bytes index;
  put_bytes(index, topic);
  put_varint(index, blocks.size());
  Position last;
  Time time{};
  for (const BlockInfo& block : blocks) {
    put_varint(index, block.bytes);
    put_u32(index, block.crc);
    put_varint(index, block.records);
    put_varint(index, block.first.value() - last.value());
    put_varint(index, block.last.value() - block.first.value());
    put_step(index, millis_of(time), millis_of(block.first_time));
    put_step(index, millis_of(block.first_time), millis_of(block.last_time));
    last = block.last;
    time = block.last_time;
  }
  Bytes trailer{kTrailerMagic};
  put_u64(trailer, index_offset);
  put_u32(trailer, static_cast<std::uint32_t>(index.size()));
  put_u32(trailer, crc32c(index, run_salt(id)));
  put_u32(trailer, 0);
  put_u32(trailer, crc32c(trailer, run_salt(id)));
  return index + trailer;
}

std::optional<Trailer> decode_trailer(BytesView bytes, std::uint64_t id) {
  if (bytes.size() != kTrailerBytes || !bytes.starts_with(kTrailerMagic)) return std::nullopt;
  ByteReader in{bytes.substr(kTrailerMagic.size())};
  Trailer trailer;
  trailer.index_offset = in.u64();
  trailer.index_bytes = in.u32();
  trailer.index_crc = in.u32();
  if (in.u32() != 0) return std::nullopt;
  if (in.u32() != crc32c(bytes.substr(0, kTrailerBytes - 4), run_salt(id))) return std::nullopt;
  return trailer;
}

std::optional<std::vector<BlockInfo>> decode_index(BytesView bytes, const Trailer& trailer,
                                                   std::uint64_t id, std::string& topic) {
  if (crc32c(bytes, run_salt(id)) != trailer.index_crc) return std::nullopt;
  ByteReader in{bytes};
  topic = std::string(in.bytes());
  const std::uint64_t count = in.varint();
  std::vector<BlockInfo> blocks;
  std::uint64_t offset = kRunHeaderBytes;
  Position last;
  Time time{};
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    BlockInfo block;
    const std::uint64_t size = in.varint();
    if (size > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
    block.offset = offset;
    block.bytes = static_cast<std::uint32_t>(size);
    block.crc = in.u32();
    block.records = static_cast<std::uint32_t>(in.varint());
    block.first = Position{last.value() + in.varint()};
    block.last = Position{block.first.value() + in.varint()};
    block.first_time = time_of_millis(add_step(millis_of(time), in.signed_varint()));
    block.last_time = time_of_millis(add_step(millis_of(block.first_time), in.signed_varint()));
    offset += size;
    last = block.last;
    time = block.last_time;
    blocks.push_back(block);
  }
  if (!in.ok() || !in.at_end() || offset != trailer.index_offset) return std::nullopt;
  return blocks;
}

void BlockEncoder::begin(Position first, Time first_time) {
  position_ = first.value();
  millis_ = 0;
  committed_ = millis_of(first_time);
}

void BlockEncoder::add(const RunRecord& one, Bytes& out) {
  put_varint(out, one.position.value() - position_);
  put_varint(out, one.partition);
  put_step(out, committed_, millis_of(one.committed));
  put_step(out, millis_, millis_of(one.record.timestamp));
  put_varint(out, one.record.key.size());
  put_varint(out, one.record.value.size());
  put_varint(out, one.record.correlation.size());
  out.append(one.record.key).append(one.record.value).append(one.record.correlation);
  position_ = one.position.value();
  committed_ = millis_of(one.committed);
  millis_ = millis_of(one.record.timestamp);
}

BlockDecoder::BlockDecoder(BytesView block, const BlockInfo& info)
    : in_(block), position_(info.first.value()), committed_(millis_of(info.first_time)) {}

bool BlockDecoder::next(RunRecord& out) {
  if (in_.at_end() || !in_.ok()) return false;
  position_ += in_.varint();
  out.position = Position{position_};
  out.partition = static_cast<std::uint32_t>(in_.varint());
  committed_ = add_step(committed_, in_.signed_varint());
  out.committed = time_of_millis(committed_);
  millis_ = add_step(millis_, in_.signed_varint());
  out.record.timestamp = time_of_millis(millis_);
  const std::uint64_t key = in_.varint();
  const std::uint64_t value = in_.varint();
  const std::uint64_t correlation = in_.varint();
  out.record.key = in_.take(key);
  out.record.value = in_.take(value);
  out.record.correlation = in_.take(correlation);
  return in_.ok();
}

std::string run_name(std::uint64_t id) {
  return journal_format::numbered_name("run-", id, ".vtr");
}

std::optional<std::uint64_t> run_id_of(std::string_view name) {
  return journal_format::number_in(name, "run-", ".vtr");
}

}  // namespace vitrine::run_format
