#include "streams/log/frame_index.h"

#include <algorithm>
#include <mutex>
#include <set>

#include "base/hash.h"

namespace vitrine {

using journal_format::GroupHeader;
using journal_format::Section;
using journal_format::SectionKind;

Result<BytesView> SectionPlace::read(Bytes& held) const {
  if (group_bytes) return BytesView(*group_bytes).substr(offset - group_offset, bytes);
  VT_TRY(held, segment->file->read_at(offset, bytes));
  const std::uint32_t salt =
      journal_format::group_salt(segment->id, segment->incarnation, group_offset);
  if (held.size() != bytes || crc32c(held, salt) != crc) {
    VT_TRY(const Bytes header, segment->file->read_at(0, journal_format::kSegmentHeaderBytes));
    if (segment->beside && !journal_format::decode_segment_header(header, segment->id)) {
      return fail(Code::Unavailable, "read " + segment->path +
                                         ": it was retired meanwhile; open the journal again");
    }
    return fail(
        Code::Corrupt,
        "read " + segment->path + " at offset " + std::to_string(offset) +
            ": the bytes do not match their checksum; restore this file from a backup or standby");
  }
  return BytesView(held);
}

void FrameIndex::publish(const GroupHeader& header, std::span<const Section> sections,
                         std::shared_ptr<const SegmentFile> segment, std::uint64_t group_offset,
                         std::shared_ptr<const Bytes> group_bytes) {
  GroupEntry entry{header.epoch,       header.first_position, header.next_position,
                   std::move(segment), group_offset,          std::move(group_bytes)};
  const std::unique_lock guard{mutex_};
  entry.time = last_time_ = std::max(last_time_, header.time);
  entry.padded_bytes = static_cast<std::uint32_t>(header.padded_bytes());
  const std::size_t number = first_group_ + groups_.size();
  for (const Section& section : sections) {
    const auto offset = static_cast<std::uint32_t>(section.offset);
    switch (section.kind) {
      case SectionKind::Records:
        frames_[section.topic].push_back({number, section.partition, section.records,
                                          offset, section.bytes, section.crc, section.last});
        break;
      case SectionKind::Steps:
        entry.steps_offset = offset;
        entry.steps_bytes = section.bytes;
        entry.steps_crc = section.crc;
        break;
      case SectionKind::Deltas:
        entry.deltas_offset = offset;
        entry.deltas_bytes = section.bytes;
        entry.deltas_crc = section.crc;
        entry.delta_count = section.records;
        break;
    }
  }
  if (entry.bytes) {
    cached_bytes_ += entry.bytes->size();
  } else {
    cached_from_ = number + 1;
  }
  groups_.push_back(std::move(entry));
  while (cached_bytes_ > cache_bytes_max_ && cached_from_ < number) {
    GroupEntry& oldest = groups_[cached_from_++ - first_group_];
    cached_bytes_ -= oldest.bytes->size();
    oldest.bytes.reset();
  }
  last_epoch_ = header.epoch;
  next_ = header.next_position;
}

void FrameIndex::begin_at(Epoch epoch, Position next, Time time) {
  const std::unique_lock guard{mutex_};
  last_epoch_ = epoch;
  next_ = next;
  last_time_ = time;
}

void FrameIndex::begin_runs(Epoch through, Position end, std::shared_ptr<const RunSet> runs) {
  const std::unique_lock guard{mutex_};
  retired_ = through;
  runs_end_ = end;
  runs_ = std::move(runs);
}

Position FrameIndex::end() const {
  const std::shared_lock guard{mutex_};
  return next_;
}

Epoch FrameIndex::last_epoch() const {
  const std::shared_lock guard{mutex_};
  return last_epoch_;
}

Time FrameIndex::last_time() const {
  const std::shared_lock guard{mutex_};
  return last_time_;
}

Epoch FrameIndex::retired() const {
  const std::shared_lock guard{mutex_};
  return retired_;
}

Position FrameIndex::runs_end() const {
  const std::shared_lock guard{mutex_};
  return runs_end_;
}

std::shared_ptr<const RunSet> FrameIndex::runs() const {
  const std::shared_lock guard{mutex_};
  return runs_;
}

Position FrameIndex::start(const std::string& topic) const {
  const std::shared_lock guard{mutex_};
  const auto found = starts_.find(topic);
  return found == starts_.end() ? Position{} : found->second;
}

std::map<std::string, Position> FrameIndex::starts() const {
  const std::shared_lock guard{mutex_};
  return {starts_.begin(), starts_.end()};
}

std::vector<std::string> FrameIndex::topics() const {
  const std::shared_lock guard{mutex_};
  std::set<std::string> names;
  for (const auto& [name, frames] : frames_) names.insert(name);
  for (const auto& [name, runs] : runs_->topics) {
    if (!name.empty()) names.insert(name);  // the empty one holds the groups' steps
  }
  return {names.begin(), names.end()};
}

SectionPlace FrameIndex::place_of(const GroupEntry& group, std::uint32_t offset,
                                  std::uint32_t bytes, std::uint32_t crc) {
  return {group.segment, group.offset, group.offset + offset, bytes, crc, group.bytes};
}

std::vector<FrameIndex::Cursor> FrameIndex::cursors(const std::vector<Wanted>& topics,
                                                    std::size_t first_group) const {
  std::vector<Cursor> out;
  for (const Wanted& wanted : topics) {
    const auto found = frames_.find(wanted.topic);
    if (found == frames_.end()) continue;
    const auto& frames = found->second;
    const auto at =
        std::partition_point(frames.begin(), frames.end(),
                             [&](const FrameEntry& frame) { return frame.group < first_group; });
    out.push_back(
        {&found->first, &frames, static_cast<std::size_t>(at - frames.begin()), wanted.from});
  }
  return out;
}

FrameIndex::Plan FrameIndex::plan(std::span<const std::string> topics, Position from,
                                  std::size_t max_records, ByteCount max_bytes) const {
  const std::shared_lock guard{mutex_};
  Plan plan{{}, from < runs_end_ ? runs_ : nullptr, {}, std::max(from, next_), {}};
  for (const std::string& topic : topics) {
    if (std::any_of(plan.topics.begin(), plan.topics.end(),
                    [&](const Wanted& known) { return known.topic == topic; })) {
      continue;  // named twice, read once
    }
    const auto start = starts_.find(topic);
    const Position first = start == starts_.end() ? Position{} : start->second;
    plan.topics.push_back({topic, std::max(from, first)});
    plan.earliest = std::max(plan.earliest, first);
  }
  const Position begin = std::max(from, runs_end_);
  const auto first = std::partition_point(
      groups_.begin(), groups_.end(), [&](const GroupEntry& group) { return group.next <= begin; });
  const auto first_group = first_group_ + static_cast<std::size_t>(first - groups_.begin());
  const std::size_t last_group = first_group_ + groups_.size();
  std::vector<Cursor> cursors = this->cursors(plan.topics, first_group);
  // Counted from the second group on: of the first one `from` may cut off any part.
  std::size_t records = 0;
  ByteCount bytes = 0;
  while (true) {
    std::size_t number = last_group;
    for (const Cursor& c : cursors) {
      if (c.at < c.frames->size()) number = std::min(number, (*c.frames)[c.at].group);
    }
    if (number == last_group) break;
    const GroupEntry& entry = group(number);
    if (records >= max_records || bytes >= max_bytes) {
      plan.next = entry.first;
      break;
    }
    std::vector<Frame> wanted;
    for (Cursor& c : cursors) {
      for (; c.at < c.frames->size() && (*c.frames)[c.at].group == number; ++c.at) {
        const FrameEntry& frame = (*c.frames)[c.at];
        if (frame.last < c.from) continue;
        wanted.push_back({place_of(entry, frame.offset, frame.bytes, frame.crc), *c.topic,
                          frame.partition, entry.first, entry.time, c.from});
        if (number > first_group) {
          records += frame.records;
          bytes += frame.bytes;
        }
      }
    }
    if (!wanted.empty()) plan.groups.push_back(std::move(wanted));
  }
  return plan;
}

bool FrameIndex::group_after(Epoch epoch, GroupPlace& place) const {
  const std::shared_lock guard{mutex_};
  const auto it = first_unretired(std::max(epoch, retired_));
  if (it == groups_.end()) return false;
  place.epoch = it->epoch;
  place.first = it->first;
  place.next = it->next;
  place.padded_bytes = it->padded_bytes;
  place.time = it->time;
  place.steps = place_of(*it, it->steps_offset, it->steps_bytes, it->steps_crc);
  place.deltas = place_of(*it, it->deltas_offset, it->deltas_bytes, it->deltas_crc);
  place.delta_count = it->delta_count;
  return true;
}

Commits FrameIndex::commits() const {
  const std::shared_lock guard{mutex_};
  Commits out{retired_, {}};
  for (auto at = first_unretired(retired_); at != groups_.end(); ++at)
    out.all.push_back({at->epoch, at->first, at->next, at->time});
  return out;
}

std::vector<FrameIndex::SegmentSpan> FrameIndex::segments() const {
  const std::shared_lock guard{mutex_};
  std::vector<SegmentSpan> spans;
  for (auto at = first_unretired(retired_); at != groups_.end();) {
    const std::uint64_t id = at->segment->id;
    const auto end = std::partition_point(
        at, groups_.end(), [&](const GroupEntry& group) { return group.segment->id <= id; });
    const GroupEntry& last = *std::prev(end);
    spans.push_back({at->segment, last.epoch, at->first, last.next, at->time, last.time,
                     last.offset + last.padded_bytes});
    at = end;
  }
  return spans;
}

std::vector<std::string> FrameIndex::topics_between(Position from, Position end) const {
  const std::shared_lock guard{mutex_};
  std::vector<std::string> names;
  for (const auto& [name, frames] : frames_) {
    const auto first =
        std::partition_point(frames.begin(), frames.end(),
                             [&](const FrameEntry& frame) { return frame.last < from; });
    if (first != frames.end() && group(first->group).first < end) names.push_back(name);
  }
  return names;
}

Position FrameIndex::end_of_older(const std::string& topic, Time cutoff) const {
  const std::shared_lock guard{mutex_};
  const auto found = frames_.find(topic);
  if (found == frames_.end()) return {};
  Position out;
  const auto end = std::partition_point(
      found->second.begin(), found->second.end(),
      [&](const FrameEntry& frame) { return group(frame.group).time <= cutoff; });
  // The frames of one group stand in the order of their partitions' first records.
  for (auto at = end; at != found->second.begin() && std::prev(at)->group == std::prev(end)->group;
       --at) {
    if (group(std::prev(at)->group).epoch <= retired_) break;  // it is in a run as well
    out = std::max(out, Position{std::prev(at)->last.value() + 1});
  }
  return out;
}

void FrameIndex::retire(Epoch through, std::shared_ptr<const RunSet> runs) {
  {
    const std::unique_lock guard{mutex_};
    const auto end = first_unretired(through);
    if (end != groups_.begin()) runs_end_ = std::prev(end)->next;
    retired_ = std::max(retired_, through);
    runs_ = std::move(runs);
  }
  // From here on nobody looks at them; they are freed in slices, because commits wait meanwhile.
  while (free_retired(1024)) {
  }
}

bool FrameIndex::free_retired(std::size_t groups_max) {
  const std::unique_lock guard{mutex_};
  for (; !groups_.empty() && groups_.front().epoch <= retired_ && groups_max > 0; --groups_max) {
    if (const auto& bytes = groups_.front().bytes) cached_bytes_ -= bytes->size();
    groups_.pop_front();
    ++first_group_;
  }
  cached_from_ = std::max(cached_from_, first_group_);
  for (auto at = frames_.begin(); at != frames_.end();) {
    auto& frames = at->second;
    while (!frames.empty() && frames.front().group < first_group_) frames.pop_front();
    at = frames.empty() ? frames_.erase(at) : std::next(at);
  }
  return groups_max == 0;
}

std::deque<FrameIndex::GroupEntry>::const_iterator FrameIndex::first_unretired(
    Epoch retired) const {
  return std::partition_point(groups_.begin(), groups_.end(),
                              [&](const GroupEntry& group) { return group.epoch <= retired; });
}

void FrameIndex::replace_runs(std::shared_ptr<const RunSet> runs) {
  const std::unique_lock guard{mutex_};
  runs_ = std::move(runs);
}

void FrameIndex::set_start(const std::string& topic, Position start) {
  const std::unique_lock guard{mutex_};
  Position& known = starts_[topic];
  known = std::max(known, start);
}

}  // namespace vitrine
