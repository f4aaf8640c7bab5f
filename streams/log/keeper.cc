// Retiring and expiring. Merging and compacting are in keeper_rewrite.cc.
#include "streams/log/keeper.h"

#include <algorithm>
#include <utility>

#include "streams/log/group_reader.h"

namespace vitrine {

using namespace run_format;

Keeper::Keeper(Doors doors, Manifest manifest)
    : doors_(std::move(doors)), manifest_(std::move(manifest)) {
  const auto runs = run_set(manifest_);
  doors_.index.begin_runs(manifest_.retired, manifest_.next, runs);
  for (const auto& [topic, start] : manifest_.starts) doors_.index.set_start(topic, start);
}

void Keeper::keep(const std::string& topic, const TopicKeep& keep) {
  const std::lock_guard guard{mutex_};
  keeps_[topic] = keep;
}

void Keeper::release(Epoch epoch) {
  const std::lock_guard guard{mutex_};
  released_ = std::max(released_, epoch);
}

void Keeper::hold(const std::string& who, Position from) {
  const std::lock_guard guard{mutex_};
  holds_[who] = from;
}

void Keeper::let_go(const std::string& who) {
  const std::lock_guard guard{mutex_};
  holds_.erase(who);
}

void Keeper::keep_groups(Epoch after) {
  const std::lock_guard guard{mutex_};
  kept_after_ = after;
}

TopicKeep Keeper::keep_of(const std::string& topic) const {
  const std::lock_guard guard{mutex_};
  const auto found = keeps_.find(topic);
  return found == keeps_.end() ? TopicKeep{} : found->second;
}

bool Keeper::any_bounded() const {
  const std::lock_guard guard{mutex_};
  return std::any_of(keeps_.begin(), keeps_.end(), [](const auto& one) {
    return one.second.retention > Duration{0} || one.second.compact;
  });
}

Position Keeper::held() const {
  const std::lock_guard guard{mutex_};
  Position out{std::numeric_limits<std::uint64_t>::max()};
  for (const auto& [who, from] : holds_) out = std::min(out, from);
  return out;
}

Result<bool> Keeper::tend(Time now) {
  VT_TRY_VOID(expire(now));
  const std::unique_lock guard{files_, std::try_to_lock};
  if (!guard.owns_lock()) return false;  // paused
  bury();
  VT_TRY_VOID(seal_if_due(now));
  find_retirable();
  VT_TRY(bool worked, retire_oldest());
  if (!worked) {
    VT_TRY(worked, drop_expired());
  }
  if (!worked) {
    VT_TRY(worked, compact_some(now));
  }
  if (!worked) {
    VT_TRY(worked, merge_some());
  }
  return worked;
}

Result<void> Keeper::seal_if_due(Time now) {
  if (!any_bounded()) return {};
  const auto segments = doors_.index.segments();
  if (segments.empty() || segments.back().segment->id != doors_.current_segment()) return {};
  if (segments.back().first_time + doors_.options.segment_time > now) return {};
  return doors_.seal();
}

// Sealed segments beyond those that stay with their state changes; all where something must go in
// time.
void Keeper::find_retirable() {
  const auto segments = doors_.index.segments();
  const std::uint64_t current = doors_.current_segment();
  const ByteCount each = std::max<ByteCount>(1, doors_.options.segment_bytes);
  const std::size_t stay = any_bounded() ? 0 : doors_.options.tail_bytes / each;
  std::size_t sealed = 0;
  while (sealed < segments.size() && segments[sealed].segment->id < current) ++sealed;
  retirable_ = sealed > stay ? segments[sealed - stay - 1].last_epoch : Epoch{};
  const std::lock_guard guard{mutex_};
  wanted_ = retirable_ > released_ ? retirable_.value() : 0;
}

// One past the last record of the run that was committed at `cutoff` or before.
Result<Position> Keeper::end_of_older_in(const std::shared_ptr<const Run>& run, Time cutoff) {
  VT_TRY(const auto open, doors_.files.open(run));
  Position out;
  for (const BlockInfo& block : open->blocks) {
    if (block.last_time <= cutoff) out = Position{block.last.value() + 1};
    if (block.last_time <= cutoff) continue;
    next_expiry_[run->info.topic] = block.first_time;
    if (block.first_time > cutoff) return out;
    VT_TRY(const Bytes bytes, open->read(block));
    BlockDecoder decoder{bytes, block};
    RunRecord record;
    while (decoder.next(record)) {
      next_expiry_[run->info.topic] = record.committed;
      if (record.committed > cutoff) break;
      out = Position{record.position.value() + 1};
    }
    return out;
  }
  return out;
}

// One past the topic's last record that was committed at `cutoff` or before; 0: there is none.
Result<Position> Keeper::end_of_older(const std::string& topic, Time cutoff) {
  const Position in_segments = doors_.index.end_of_older(topic, cutoff);
  if (in_segments != Position{}) return in_segments;
  const auto runs = doors_.index.runs();
  Position out;
  for (const auto& run : runs->of(topic)) {
    if (run->info.first_time > cutoff) break;
    if (run->info.last_time > cutoff) return end_of_older_in(run, cutoff);
    out = Position{run->info.last.value() + 1};
  }
  return out;
}

Result<void> Keeper::expire(Time now) {
  std::map<std::string, TopicKeep> keeps;
  {
    const std::lock_guard guard{mutex_};
    keeps = keeps_;
  }
  const Position held = this->held();
  for (const auto& [topic, keep] : keeps) {
    if (keep.retention <= Duration{0}) continue;
    const Time cutoff = now - keep.retention;
    const auto next = next_expiry_.find(topic);
    if (next != next_expiry_.end() && cutoff < next->second) continue;
    next_expiry_.erase(topic);
    VT_TRY(const Position end, end_of_older(topic, cutoff));
    if (end > held) next_expiry_.erase(topic);  // to be looked at again when it is let go
    if (end > Position{}) doors_.index.set_start(topic, std::min(end, held));
  }
  return {};
}

// Of the oldest record in runs: steps are kept as long as a record of their time.
Time Keeper::oldest_record() const {
  Time out = Time::max();
  const auto runs = doors_.index.runs();
  for (const auto& [topic, list] : runs->topics) {
    if (!topic.empty()) out = std::min(out, list.front()->info.first_time);
  }
  return out;
}

Result<bool> Keeper::drop_expired() {
  Manifest next = manifest_;
  const Time oldest = oldest_record();
  const auto gone = std::erase_if(next.runs, [&](const RunInfo& run) {
    if (run.topic.empty()) return run.last_time < oldest;
    return run.last < doors_.index.start(run.topic);
  });
  if (gone == 0) return false;
  VT_TRY_VOID(commit(std::move(next)));
  doors_.index.replace_runs(run_set(manifest_));
  return true;
}

Result<RunWriter> Keeper::new_run(const std::string& topic) {
  return RunWriter::create(doors_.disk, doors_.folder, manifest_.next_run++, topic);
}

Result<void> Keeper::finish_run(RunWriter& writer, Infos& out) {
  VT_TRY(RunInfo info, writer.finish());
  out.push_back(std::move(info));
  return {};
}

Result<void> Keeper::split(const std::string& topic, Position from, Position end, Infos& out) {
  const std::vector<std::string> topics{topic};
  std::optional<RunWriter> writer;
  while (from < end) {
    constexpr std::size_t kRecords = 20'000;
    constexpr ByteCount kBytes = 4U << 20U;
    const FrameIndex::Plan plan = doors_.index.plan(topics, from, kRecords, kBytes);
    for (const auto& group : plan.groups) {
      if (group.front().group_first >= end) break;
      VT_TRY(GroupReader reader, GroupReader::open(group));
      for (; !reader.at_end();) {
        if (!writer) {
          VT_TRY(writer, new_run(topic));
        }
        const FrameIndex::Frame& frame = reader.frame();
        VT_TRY_VOID(writer->add(
            {reader.position(), frame.partition, frame.committed, reader.record()}));
        VT_TRY_VOID(reader.next());
      }
    }
    from = plan.next;
  }
  return writer ? finish_run(*writer, out) : Result<void>{};
}

// What a group did with its inputs, so that it can be done again: position = epoch, value = steps.
Result<void> Keeper::split_steps(Epoch after, Epoch through, Infos& out) {
  std::optional<RunWriter> writer;
  FrameIndex::GroupPlace group;
  while (doors_.index.group_after(after, group) && group.epoch <= through) {
    after = group.epoch;
    if (group.steps.bytes == 0) continue;
    if (!writer) {
      VT_TRY(writer, new_run({}));
    }
    Bytes held;
    VT_TRY(const BytesView steps, group.steps.read(held));
    const Position epoch{group.epoch.value()};
    VT_TRY_VOID(writer->add({epoch, 0, group.time, {{}, steps, group.time, {}}}));
  }
  return writer ? finish_run(*writer, out) : Result<void>{};
}

Result<bool> Keeper::retire_oldest() {
  auto segments = doors_.index.segments();
  if (segments.empty()) return false;
  FrameIndex::SegmentSpan oldest = std::move(segments.front());
  segments.clear();
  if (oldest.segment->id >= doors_.current_segment()) return false;
  if (oldest.last_epoch > retirable_) return false;
  {
    const std::lock_guard guard{mutex_};
    if (oldest.last_epoch > std::min(released_, kept_after_)) return false;
  }
  Infos fresh;
  bool bounded = false;
  for (const auto& topic : doors_.index.topics_between(oldest.first, oldest.end)) {
    const TopicKeep keep = keep_of(topic);
    bounded |= keep.retention > Duration{0} || keep.compact;
    VT_TRY_VOID(split(topic, oldest.first, oldest.end, fresh));
  }
  VT_TRY_VOID(split_steps(manifest_.retired, oldest.last_epoch, fresh));
  Manifest next = manifest_;
  next.first_segment = oldest.segment->id + 1;
  next.retired = oldest.last_epoch;
  next.next = oldest.end;
  next.time = oldest.last_time;
  next.runs.insert(next.runs.end(), fresh.begin(), fresh.end());
  VT_TRY_VOID(commit(std::move(next)));
  doors_.index.retire(oldest.last_epoch, run_set(manifest_));
  VT_TRY_VOID(give_back(std::exchange(oldest.segment, nullptr), bounded));
  return true;
}

// The file is written over by later groups, whose checksums make the old ones harmless. One that
// held what must not stay is removed instead, and so is one that somebody still reads.
Result<void> Keeper::give_back(const std::shared_ptr<const SegmentFile>& segment, bool bounded) {
  const std::string path = segment->path;
  if (!bounded && segment.use_count() == 1 && doors_.options.recycle) return doors_.reuse(path);
  graves_.push_back({segment, path});
  return {};
}

void Keeper::bury() {
  std::erase_if(graves_, [&](const Grave& grave) {
    if (!grave.held.expired()) return false;
    // Fails without harm: the next open removes what is left.
    [[maybe_unused]] const auto ignored = doors_.disk.remove(grave.path);
    return true;
  });
}

}  // namespace vitrine
