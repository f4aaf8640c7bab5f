#include "streams/standby/wire.h"

#include <algorithm>

#include "streams/log/format.h"

namespace vitrine::standby_wire {
namespace {

constexpr ByteCount kNamesMax = 256U << 10U;
constexpr std::size_t kListMax = 10'000;

bool plain_name(std::string_view name) {
  if (name.empty() || name.size() > 200 || name.starts_with('.')) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
  });
}

bool of_an_engine(std::string_view path) {
  if (path == "identities") return true;
  for (const std::string_view folder : {"journal/", "state/"}) {
    if (path.starts_with(folder)) return plain_name(path.substr(folder.size()));
  }
  return false;
}

// Whole, and nothing behind it.
bool whole(const ByteReader& in) { return in.ok() && in.at_end(); }

}  // namespace

std::optional<ByteCount> body_max(std::uint8_t kind) {
  switch (static_cast<Kind>(kind)) {
    case Kind::Hello:
    case Kind::Refused:
    case Kind::File:
    case Kind::Acks: return 4096;
    case Kind::Welcome: return kNamesMax;
    case Kind::Group: return journal_format::kGroupBytesMax + 4096;
    case Kind::Piece: return (1U << 20U) + 16;
    case Kind::Beat:
    case Kind::Ack:
    case Kind::Seeded: return 64;
  }
  return std::nullopt;
}

Bytes framed(Kind kind, BytesView body) {
  Bytes out;
  out.reserve(kHeadBytes + body.size());
  put_u32(out, static_cast<std::uint32_t>(body.size()));
  put_u8(out, static_cast<std::uint8_t>(kind));
  out.append(body);
  return out;
}

Result<std::optional<Frame>> FrameReader::next() {
  const BytesView left = BytesView(held_).substr(at_);
  if (left.size() < kHeadBytes) return std::optional<Frame>{};
  ByteReader head{left};
  const std::uint32_t length = head.u32();
  const std::uint8_t kind = head.u8();
  const auto longest = body_max(kind);
  if (!longest)
    return fail(Code::Invalid, "a frame of kind " + std::to_string(kind) + ", which there is not");
  if (length > *longest) {
    return fail(Code::Invalid, "a frame of kind " + std::to_string(kind) + " with " +
                                   std::to_string(length) + " bytes, at most " +
                                   std::to_string(*longest));
  }
  if (left.size() < kHeadBytes + length) return std::optional<Frame>{};
  Frame out{static_cast<Kind>(kind), Bytes(left.substr(kHeadBytes, length))};
  at_ += kHeadBytes + length;
  if (at_ == held_.size() || at_ > (1U << 20U)) {
    held_.erase(0, at_);
    at_ = 0;
  }
  return std::optional<Frame>{std::move(out)};
}

Bytes encode(const Hello& hello) {
  Bytes out;
  put_u32(out, hello.version);
  put_u8(out, static_cast<std::uint8_t>(hello.purpose));
  put_bytes(out, hello.app);
  put_u64(out, hello.log);
  put_u64(out, hello.self);
  put_u64(out, hello.term);
  put_u64(out, hello.incarnation.value());
  put_u64(out, hello.last.value());
  put_u64(out, hello.end.value());
  put_u64(out, static_cast<std::uint64_t>(millis_of(hello.time)));
  return out;
}

// Of another version only the version is read: what follows may differ.
std::optional<Hello> decode_hello(BytesView body) {
  ByteReader in{body};
  Hello out;
  out.version = in.u32();
  if (in.ok() && out.version != kVersion) return out;
  const std::uint8_t purpose = in.u8();
  out.app = std::string(in.bytes());
  out.log = in.u64();
  out.self = in.u64();
  out.term = in.u64();
  out.incarnation = Incarnation{in.u64()};
  out.last = Epoch{in.u64()};
  out.end = Position{in.u64()};
  out.time = time_of_millis(static_cast<std::int64_t>(in.u64()));
  if (!whole(in) || purpose > static_cast<std::uint8_t>(Purpose::Fence)) return std::nullopt;
  out.purpose = static_cast<Purpose>(purpose);
  return out;
}

Bytes encode(const Welcome& welcome) {
  Bytes out;
  put_u32(out, welcome.version);
  put_u8(out, welcome.seed ? 1 : 0);
  put_u64(out, welcome.log);
  put_u64(out, welcome.term);
  put_varint(out, welcome.begins.size());
  for (const Term::Begin& begin : welcome.begins) {
    put_u64(out, begin.term);
    put_u64(out, begin.after.value());
  }
  put_varint(out, welcome.states.size());
  for (const std::string& line : welcome.states) put_bytes(out, line);
  return out;
}

std::optional<Welcome> decode_welcome(BytesView body) {
  ByteReader in{body};
  Welcome out;
  out.version = in.u32();
  out.seed = in.u8() != 0;
  out.log = in.u64();
  out.term = in.u64();
  const std::uint64_t begins = in.varint();
  if (begins > kListMax) return std::nullopt;
  for (std::uint64_t i = 0; i < begins && in.ok(); ++i) {
    const std::uint64_t term = in.u64();
    out.begins.push_back({term, Epoch{in.u64()}});
  }
  const std::uint64_t states = in.varint();
  if (states > kListMax) return std::nullopt;
  for (std::uint64_t i = 0; i < states && in.ok(); ++i) out.states.emplace_back(in.bytes());
  if (!whole(in) || out.log == 0) return std::nullopt;
  return out;
}

Bytes encode(const Refused& refused) {
  Bytes out;
  put_u8(out, static_cast<std::uint8_t>(refused.code));
  put_u8(out, refused.again ? 1 : 0);
  put_u64(out, refused.term);
  put_bytes(out, BytesView(refused.why).substr(0, 2000));
  return out;
}

std::optional<Refused> decode_refused(BytesView body) {
  ByteReader in{body};
  Refused out;
  const std::uint8_t code = in.u8();
  out.again = in.u8() != 0;
  out.term = in.u64();
  out.why = std::string(in.bytes());
  if (!whole(in) || code > static_cast<std::uint8_t>(Code::Io)) return std::nullopt;
  out.code = static_cast<Code>(code);
  return out;
}

Bytes encode(const ShippedGroup& group) {
  Bytes out;
  out.reserve(24 + group.bytes->size());
  put_u64(out, group.epoch.value());
  put_u64(out, group.segment);
  put_u64(out, group.offset);
  return out.append(*group.bytes);
}

std::optional<ShippedGroup> decode_group(BytesView body) {
  ByteReader in{body};
  ShippedGroup out;
  out.epoch = Epoch{in.u64()};
  out.segment = in.u64();
  out.offset = in.u64();
  if (!in.ok()) return std::nullopt;
  out.bytes = std::make_shared<const Bytes>(in.take(in.remaining()));
  return out;
}

Bytes encode(const Beat& beat) {
  Bytes out;
  put_u64(out, beat.number);
  put_u64(out, beat.last.value());
  put_u64(out, beat.held.value());
  put_u8(out, beat.acks_required ? 1 : 0);
  return out;
}

std::optional<Beat> decode_beat(BytesView body) {
  ByteReader in{body};
  Beat out;
  out.number = in.u64();
  out.last = Epoch{in.u64()};
  out.held = Position{in.u64()};
  out.acks_required = in.u8() != 0;
  if (!whole(in)) return std::nullopt;
  return out;
}

Bytes encode(const Ack& ack) {
  Bytes out;
  put_u64(out, ack.beat);
  put_u64(out, ack.last.value());
  put_u64(out, ack.state.value());
  put_u8(out, ack.complete ? 1 : 0);
  return out;
}

std::optional<Ack> decode_ack(BytesView body) {
  ByteReader in{body};
  Ack out;
  out.beat = in.u64();
  out.last = Epoch{in.u64()};
  out.state = Epoch{in.u64()};
  out.complete = in.u8() != 0;
  if (!whole(in)) return std::nullopt;
  return out;
}

Bytes encode(const FileHead& file) {
  Bytes out;
  put_bytes(out, file.path);
  put_u64(out, file.bytes);
  return out;
}

std::optional<FileHead> decode_file(BytesView body) {
  ByteReader in{body};
  FileHead out;
  out.path = std::string(in.bytes());
  out.bytes = in.u64();
  if (!whole(in) || !of_an_engine(out.path)) return std::nullopt;
  return out;
}

Bytes encode(const Acks& acks) {
  Bytes out;
  put_u8(out, acks.required ? 1 : 0);
  put_bytes(out, BytesView(acks.answer).substr(0, 2000));
  return out;
}

std::optional<Acks> decode_acks(BytesView body) {
  ByteReader in{body};
  Acks out;
  out.required = in.u8() != 0;
  out.answer = std::string(in.bytes());
  if (!whole(in)) return std::nullopt;
  return out;
}

}  // namespace vitrine::standby_wire
