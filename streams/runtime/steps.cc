#include "streams/runtime/steps.h"

namespace vitrine {
namespace {

constexpr std::uint8_t kLoneShard = 1;
constexpr std::uint8_t kSeveralShards = 2;

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

void put_received(Bytes& out, const Step& step) {
  put_varint(out, step.received.size());
  for (const ReceivedRange& range : step.received) {
    put_varint(out, range.shard);
    put_varint(out, range.first.value());
    put_varint(out, range.last.value() - range.first.value());
    put_varint(out, range.records);
  }
  put_varint(out, step.heard.size());
  for (const HeardClock& clock : step.heard) {
    put_varint(out, clock.shard);
    put_bytes(out, clock.topic);
    put_signed(out, millis_of(clock.stream));
    put_signed(out, millis_of(clock.wall));
  }
}

void get_received(ByteReader& in, Step& step) {
  const std::uint64_t ranges = in.varint();
  for (std::uint64_t i = 0; i < ranges && in.ok(); ++i) {
    ReceivedRange range;
    range.shard = static_cast<std::uint32_t>(in.varint());
    range.first = Position{in.varint()};
    range.last = Position{range.first.value() + in.varint()};
    range.records = in.varint();
    step.received.push_back(range);
  }
  const std::uint64_t clocks = in.varint();
  for (std::uint64_t i = 0; i < clocks && in.ok(); ++i) {
    HeardClock clock;
    clock.shard = static_cast<std::uint32_t>(in.varint());
    clock.topic = std::string(in.bytes());
    clock.stream = time_of_millis(in.signed_varint());
    clock.wall = time_of_millis(in.signed_varint());
    step.heard.push_back(std::move(clock));
  }
}

void get_part(ByteReader& in, std::vector<Step>& steps) {
  const auto shard = static_cast<std::uint32_t>(in.varint());
  const std::uint64_t count = in.varint();
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    Step step = get_step(in);
    step.shard = shard;
    get_received(in, step);
    steps.push_back(std::move(step));
  }
}

}  // namespace

Bytes encode_part(std::uint32_t shard, const std::vector<Step>& steps) {
  Bytes out;
  if (steps.empty()) return out;
  put_varint(out, shard);
  put_varint(out, steps.size());
  for (const Step& step : steps) {
    put_step(out, step);
    put_received(out, step);
  }
  return out;
}

Bytes join_parts(const std::vector<Bytes>& parts) {
  std::uint64_t count = 0;
  for (const Bytes& part : parts) count += part.empty() ? 0 : 1;
  Bytes out;
  if (count == 0) return out;
  put_u8(out, kSeveralShards);
  put_varint(out, count);
  for (const Bytes& part : parts) out.append(part);
  return out;
}

Bytes encode_steps(const std::vector<Step>& steps) {
  Bytes out;
  put_u8(out, kLoneShard);
  put_varint(out, steps.size());
  for (const Step& step : steps) put_step(out, step);
  return out;
}

Result<std::vector<Step>> decode_steps(BytesView bytes) {
  ByteReader in(bytes);
  const auto version = in.u8();
  if (in.ok() && version != kLoneShard && version != kSeveralShards) {
    return fail(Code::Unsupported, "read steps: version " + std::to_string(version) +
                                       " is newer than this program; use the one that wrote it");
  }
  const std::uint64_t count = in.varint();
  std::vector<Step> steps;
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    if (version == kLoneShard)
      steps.push_back(get_step(in));
    else
      get_part(in, steps);
  }
  if (!in.ok() || !in.at_end()) {
    return fail(Code::Corrupt,
                "read steps: the bytes end too early or too late; check the journal with verify");
  }
  return steps;
}

}  // namespace vitrine
