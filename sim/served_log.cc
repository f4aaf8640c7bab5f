#include "sim/served_log.h"

#include <algorithm>

namespace vitrine::sim {
namespace {

std::uint64_t hash_of(const Positioned& one) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  const auto add = [&](BytesView bytes) {
    for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
    hash = (hash ^ bytes.size()) * 0x100000001B3ULL;
  };
  add(one.topic);
  add(std::to_string(one.partition));
  add(one.record.key);
  add(one.record.value);
  add(one.record.correlation);
  add(std::to_string(millis_of(one.record.timestamp)));
  return hash;
}

}  // namespace

void ServedLog::add(const Journal::Batch& batch, std::vector<Shown>& out) {
  for (const Positioned& one : batch.records) out.push_back({one.position, hash_of(one)});
}

std::string ServedLog::replace(std::vector<Shown> all) {
  const auto [was, is] = std::mismatch(shown_.begin(), shown_.end(), all.begin(), all.end());
  if (was != shown_.end()) {
    return "the record at position " + std::to_string(was->position.value()) +
           " was shown to readers and is " + (is == all.end() ? "lost" : "another one now");
  }
  shown_ = std::move(all);
  return {};
}

std::string ServedLog::incarnation(const RecoveryReport& report, Incarnation now, bool unseen) {
  const bool fresh = incarnations_.insert(now).second;
  if ((report.tail_cut || report.created) && !fresh)
    return "the log's end was cut, and it goes on under a stale incarnation";
  if (!report.tail_cut && !report.created && fresh && !unseen)
    return "the log has a new incarnation although nothing was cut";
  return {};
}

}  // namespace vitrine::sim
