#include "streams/log/frame_index.h"

#include <algorithm>
#include <mutex>

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
  for (const Section& section : sections) {
    const auto offset = static_cast<std::uint32_t>(section.offset);
    switch (section.kind) {
      case SectionKind::Records:
        frames_[section.topic].push_back({groups_.size(), section.partition, section.records,
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
    cached_from_ = groups_.size() + 1;
  }
  groups_.push_back(std::move(entry));
  while (cached_bytes_ > cache_bytes_max_ && cached_from_ + 1 < groups_.size()) {
    GroupEntry& oldest = groups_[cached_from_++];
    cached_bytes_ -= oldest.bytes->size();
    oldest.bytes.reset();
  }
  last_epoch_ = header.epoch;
  next_ = header.next_position;
}

void FrameIndex::begin_at(Epoch epoch, Position next) {
  const std::unique_lock guard{mutex_};
  last_epoch_ = epoch;
  next_ = next;
}

Position FrameIndex::end() const {
  const std::shared_lock guard{mutex_};
  return next_;
}

Epoch FrameIndex::last_epoch() const {
  const std::shared_lock guard{mutex_};
  return last_epoch_;
}

std::vector<std::string> FrameIndex::topics() const {
  const std::shared_lock guard{mutex_};
  std::vector<std::string> names;
  for (const auto& [name, frames] : frames_) names.push_back(name);
  return names;
}

SectionPlace FrameIndex::place_of(const GroupEntry& group, std::uint32_t offset,
                                  std::uint32_t bytes, std::uint32_t crc) {
  return {group.segment, group.offset, group.offset + offset, bytes, crc, group.bytes};
}

FrameIndex::Plan FrameIndex::plan(std::span<const std::string> topics, Position from,
                                  std::size_t max_records, ByteCount max_bytes) const {
  struct Cursor {
    const std::string* topic;
    const std::deque<FrameEntry>* frames;
    std::size_t at;
  };
  const std::shared_lock guard{mutex_};
  Plan plan{{}, std::max(from, next_)};
  const auto first = std::partition_point(
      groups_.begin(), groups_.end(), [&](const GroupEntry& group) { return group.next <= from; });
  const auto first_group = static_cast<std::size_t>(first - groups_.begin());
  std::vector<Cursor> cursors;
  for (const std::string& topic : topics) {
    const auto found = frames_.find(topic);
    if (found == frames_.end()) continue;
    if (std::any_of(cursors.begin(), cursors.end(),
                    [&](const Cursor& c) { return c.frames == &found->second; })) {
      continue;  // named twice, read once
    }
    const auto& frames = found->second;
    const auto at =
        std::partition_point(frames.begin(), frames.end(),
                             [&](const FrameEntry& frame) { return frame.group < first_group; });
    cursors.push_back({&found->first, &frames, static_cast<std::size_t>(at - frames.begin())});
  }
  // Counted from the second group on: of the first one `from` may cut off any part.
  std::size_t records = 0;
  ByteCount bytes = 0;
  while (true) {
    std::size_t group = groups_.size();
    for (const Cursor& c : cursors) {
      if (c.at < c.frames->size()) group = std::min(group, (*c.frames)[c.at].group);
    }
    if (group == groups_.size()) break;
    const GroupEntry& entry = groups_[group];
    if (records >= max_records || bytes >= max_bytes) {
      plan.next = entry.first;
      break;
    }
    std::vector<Frame> wanted;
    for (Cursor& c : cursors) {
      for (; c.at < c.frames->size() && (*c.frames)[c.at].group == group; ++c.at) {
        const FrameEntry& frame = (*c.frames)[c.at];
        if (frame.last < from) continue;
        wanted.push_back({place_of(entry, frame.offset, frame.bytes, frame.crc), *c.topic,
                          frame.partition, entry.first});
        if (group > first_group) {
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
  const auto it =
      std::partition_point(groups_.begin(), groups_.end(),
                           [&](const GroupEntry& group) { return group.epoch <= epoch; });
  if (it == groups_.end()) return false;
  place.epoch = it->epoch;
  place.steps = place_of(*it, it->steps_offset, it->steps_bytes, it->steps_crc);
  place.deltas = place_of(*it, it->deltas_offset, it->deltas_bytes, it->deltas_crc);
  place.delta_count = it->delta_count;
  return true;
}

}  // namespace vitrine
