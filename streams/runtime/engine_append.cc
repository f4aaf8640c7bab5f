// EmbeddedEngine: what is appended from outside, up to the shards' queues.
#include <algorithm>
#include <array>
#include <utility>

#include "streams/runtime/embedded_engine.h"

namespace vitrine {

Result<std::size_t> Engine::append_many(std::span<const AppendView> records, Done done) {
  for (std::size_t i = 0; i < records.size(); ++i) {
    const AppendView& one = records[i];
    const bool last = i + 1 == records.size();
    auto accepted = append({std::string(one.topic), one.record.copy(), one.keep_timestamp},
                           last ? std::move(done) : Done{});
    if (accepted) continue;
    if (i > 0) return i;
    return tl::unexpected<Error>(std::move(accepted).error());
  }
  return records.size();
}

Result<void> EmbeddedEngine::accepting(std::string_view topic) const {
  const auto refuse = [&](Code code, const char* why) {
    return fail(code, "append to " + std::string(topic) + ": " + why);
  };
  if (stopping_) return refuse(Code::Unavailable, "the engine is stopping");
  if (storage_full())
    return refuse(Code::StorageFull, "no space left; free disk, then try again");
  if (committer_.has_failed()) return tl::unexpected<Error>(*committer_.failed());
  return {};
}

Result<IngestQueue::Arriving> EmbeddedEngine::arriving(const AppendView& one) const {
  const TopicNumber topic = topics_.find(one.topic);
  if (topic == TopicTable::kNone) {
    return fail(Code::Invalid, "append to " + std::string(one.topic) + ": no such topic in " +
                                   name() + "; name it in the App or in extra_topics");
  }
  return IngestQueue::Arriving{topic, topics_.partition_of(topic, one.record.key), one.record,
                               one.keep_timestamp};
}

std::uint32_t EmbeddedEngine::owner_of(const IngestQueue::Arriving& one) const {
  return one.partition & (options_.shards - 1);
}

Result<std::size_t> EmbeddedEngine::push(std::span<const IngestQueue::Arriving> records,
                                         Done done) {
  EngineShard& owner = *shards_[owner_of(records.front())];
  bool first = false;
  VT_TRY(const std::size_t accepted, owner.ingest.push(records, std::move(done), first));
  if (first) owner.wake();
  return accepted;
}

Result<void> EmbeddedEngine::append(Append record, Done done) {
  VT_TRY_VOID(accepting(record.topic));
  VT_TRY(const auto one,
         arriving({record.topic, view_of(record.record), record.keep_timestamp}));
  VT_TRY_VOID(push({&one, 1}, std::move(done)));
  return {};
}

// From the front as many as belong to one shard: one call of its queue takes them.
Result<std::span<const IngestQueue::Arriving>> EmbeddedEngine::run_of_a_shard(
    std::span<const AppendView> records, std::span<IngestQueue::Arriving> run) const {
  std::size_t count = 0;
  for (; count < std::min(records.size(), run.size()); ++count) {
    auto one = arriving(records[count]);
    if (!one && count == 0) return tl::unexpected<Error>(std::move(one).error());
    if (!one || owner_of(*one) != owner_of(count == 0 ? *one : run[0])) break;
    run[count] = *one;
  }
  return run.first(count);
}

Result<std::size_t> EmbeddedEngine::append_many(std::span<const AppendView> records, Done done) {
  if (records.empty()) return 0;
  VT_TRY_VOID(accepting(records.front().topic));
  std::array<IngestQueue::Arriving, 64> places;
  std::size_t accepted = 0;
  while (accepted < records.size()) {
    const auto run = run_of_a_shard(records.subspan(accepted), places);
    const bool last = run && accepted + run->size() == records.size();
    auto pushed = run ? push(*run, last ? std::move(done) : Done{})
                      : tl::unexpected<Error>(run.error());
    if (!pushed && accepted == 0) return pushed;
    accepted += pushed.value_or(0);
    if (!pushed || *pushed < run->size()) break;
  }
  return accepted;
}

}  // namespace vitrine
