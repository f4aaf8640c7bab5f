#include "streams/runtime/steps.h"

namespace vitrine {
namespace {

constexpr std::uint8_t kVersion = 1;

void put_step(Bytes& out, const Step& step) {
  put_signed(out, millis_of(step.wall));
  put_varint(out, step.carried_from.value());
  put_varint(out, step.ingest_records);
  if (step.ingest_records > 0) put_varint(out, step.ingest_first.value());
  put_varint(out, step.upstreams.size());
  for (const UpstreamRange& range : step.upstreams) {
    put_bytes(out, range.domain);
    put_u64(out, range.incarnation.value());
    put_varint(out, range.from.value());
    put_varint(out, range.next.value() - range.from.value());
    put_varint(out, range.records);
  }
}

Step get_step(ByteReader& in) {
  Step step;
  step.wall = time_of_millis(in.signed_varint());
  step.carried_from = Position{in.varint()};
  step.ingest_records = in.varint();
  if (step.ingest_records > 0) step.ingest_first = Position{in.varint()};
  const std::uint64_t upstreams = in.varint();
  for (std::uint64_t i = 0; i < upstreams && in.ok(); ++i) {
    UpstreamRange range;
    range.domain = Bytes(in.bytes());
    range.incarnation = Incarnation{in.u64()};
    range.from = Position{in.varint()};
    range.next = Position{range.from.value() + in.varint()};
    range.records = in.varint();
    step.upstreams.push_back(std::move(range));
  }
  return step;
}

}  // namespace

Bytes encode_steps(const std::vector<Step>& steps) {
  Bytes out;
  put_u8(out, kVersion);
  put_varint(out, steps.size());
  for (const Step& step : steps) put_step(out, step);
  return out;
}

Result<std::vector<Step>> decode_steps(BytesView bytes) {
  ByteReader in(bytes);
  if (const auto version = in.u8(); in.ok() && version != kVersion) {
    return fail(Code::Unsupported, "read steps: version " + std::to_string(version) +
                                       " is newer than this program; use the one that wrote it");
  }
  const std::uint64_t count = in.varint();
  std::vector<Step> steps;
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) steps.push_back(get_step(in));
  if (!in.ok() || !in.at_end()) {
    return fail(Code::Corrupt,
                "read steps: the bytes end too early or too late; check the journal with verify");
  }
  return steps;
}

}  // namespace vitrine
