#include <algorithm>
#include <limits>

#include "base/hash.h"
#include "streams/log/group_parts.h"
#include "streams/log/spare_buffers.h"

namespace vitrine {

Group::Group(Epoch epoch, Position first) : impl_(std::make_unique<Impl>(epoch, first)) {}
Group::Group(Epoch epoch, Position first, Position from) : Group(epoch, first) {
  VT_CHECK(from >= first);
  impl_->next = from;
}
Group::Group(Group&&) noexcept = default;
Group& Group::operator=(Group&&) noexcept = default;
Group::~Group() = default;

Group::Impl::Impl(Epoch e, Position p)
    : epoch(e), first(p), next(p), delta_entries(section_buffers().take()) {}

Group::Impl::~Impl() {
  for (Part& part : parts) section_buffers().give(std::move(part.data));
  section_buffers().give(std::move(delta_entries));
}

Group::Impl::Part& Group::Impl::part_for(std::string_view topic, std::uint32_t partition) {
  if (last_used != nullptr && last_used->partition == partition && last_used->topic == topic)
    return *last_used;
  // A group touches few topic-partitions, and runs of records of one: a short walk beats hashing
  // the name.
  constexpr std::size_t kWalkMax = 8;
  Part* found = nullptr;
  if (parts.size() <= kWalkMax) {
    for (Part& part : parts) {
      if (part.partition == partition && part.topic == topic) found = &part;
    }
  } else if (const auto it = by_name.find(std::pair{std::string(topic), partition});
             it != by_name.end()) {
    found = it->second;
  }
  if (found == nullptr) {
    parts.push_back({std::string(topic), partition, static_cast<Section>(parts.size()),
                     journal_format::RecordEncoder{first}, section_buffers().take(), 0, next,
                     next});
    found = &parts.back();
    by_name.emplace(std::pair{found->topic, partition}, found);
    bytes += topic.size() + 32;
  }
  last_used = found;
  return *found;
}

Position Group::Impl::append(Part& part, const RecordView& record) {
  const ByteCount before = part.data.size();
  part.encoder.add(next, record, part.data);
  bytes += part.data.size() - before;
  ++part.records;
  part.last = next;
  ++records;
  const Position given = next;
  next = Position{given.value() + 1};
  return given;
}

Position Group::append(std::string_view topic, std::uint32_t partition, const RecordView& record) {
  return impl_->append(impl_->part_for(topic, partition), record);
}

Group::Section Group::section(std::string_view topic, std::uint32_t partition) {
  return impl_->part_for(topic, partition).number;
}

Position Group::append(Section section, const RecordView& record) {
  return impl_->append(impl_->parts[section], record);
}

void Group::add_delta(std::string_view store, BytesView key, BytesView value, bool removed) {
  Impl& in = *impl_;
  // They come store by store.
  std::size_t number = in.last_store;
  if (number >= in.stores.size() || in.stores[number] != store) {
    number = 0;
    while (number < in.stores.size() && in.stores[number] != store) ++number;
    if (number == in.stores.size()) {
      in.stores.emplace_back(store);
      in.store_deltas.push_back(0);
    }
    in.last_store = number;
  }
  ++in.store_deltas[number];
  const ByteCount before = in.delta_entries.size();
  journal_format::put_delta(in.delta_entries, number << 1U | (removed ? 1U : 0U), key,
                            removed ? nullptr : &value);
  in.bytes += in.delta_entries.size() - before;
  ++in.deltas;
}

void Group::set_steps(Bytes steps) {
  impl_->bytes += steps.size();
  impl_->bytes -= impl_->steps.size();
  impl_->steps = std::move(steps);
}

void Group::set_time(Time time) { impl_->time = time; }

Epoch Group::epoch() const { return impl_->epoch; }
Position Group::next_position() const { return impl_->next; }
std::size_t Group::records() const { return impl_->records; }
Group::Contents Group::contents() const {
  Contents out;
  for (const Impl::Part& part : impl_->parts) {
    auto at = std::find_if(out.records.begin(), out.records.end(),
                           [&](const auto& known) { return known.first == part.topic; });
    if (at == out.records.end()) at = out.records.insert(at, {part.topic, 0});
    at->second += part.records;
  }
  for (std::size_t i = 0; i < impl_->stores.size(); ++i)
    out.changes.emplace_back(impl_->stores[i], impl_->store_deltas[i]);
  return out;
}
ByteCount Group::bytes() const { return impl_->bytes + journal_format::kGroupHeaderBytes; }
bool Group::empty() const {
  return impl_->records == 0 && impl_->deltas == 0 && impl_->steps.empty();
}

Bytes Group::Impl::store_names() const {
  Bytes out;
  put_varint(out, stores.size());
  for (const std::string& store : stores) put_bytes(out, store);
  return out;
}

namespace journal_format {

GroupHeader append_group(GroupHeader header, std::span<SectionData> sections, std::uint64_t segment,
                         std::uint64_t file_offset, Bytes& out) {
  const std::uint32_t salt = group_salt(segment, header.incarnation, file_offset);
  Bytes directory;
  ByteCount payload = 0;
  for (SectionData& data : sections) {
    data.section.bytes = static_cast<std::uint32_t>(data.head.size() + data.bytes.size());
    data.section.crc = crc32c(data.bytes, crc32c(data.head, salt));
    encode(data.section, header.first_position, directory);
    payload += data.section.bytes;
  }
  header.directory_bytes = static_cast<std::uint32_t>(directory.size());
  header.directory_crc = crc32c(directory, salt);
  header.body_bytes = static_cast<std::uint32_t>(directory.size() + payload);
  header.sections = static_cast<std::uint32_t>(sections.size());

  const ByteCount start = out.size();
  out.reserve(start + header.padded_bytes());
  char head[kGroupHeaderBytes];
  encode(header, salt, head);
  out.append(head, sizeof head).append(directory);
  for (SectionData& data : sections) {
    data.section.offset = out.size() - start;
    out.append(data.head).append(data.bytes);
  }
  out.resize(start + header.padded_bytes());
  return header;
}

Result<void> decode_deltas(BytesView section, std::uint32_t count, std::vector<Delta>& out) {
  out.clear();
  ByteReader in{section};
  std::vector<BytesView> stores;
  const std::uint64_t names = section.empty() ? 0 : in.varint();
  for (std::uint64_t i = 0; i < names && in.ok(); ++i) stores.push_back(in.bytes());
  while (in.ok() && !in.at_end()) {
    const std::uint64_t head = in.varint();
    if (head >> 1U >= stores.size()) return fail(Code::Corrupt, "deltas name an unknown store");
    Delta delta{stores[head >> 1U], in.bytes(), {}, (head & 1U) != 0};
    if (!delta.removed) delta.value = in.bytes();
    out.push_back(delta);
  }
  if (!in.ok() || out.size() != count) return fail(Code::Corrupt, "deltas do not add up");
  return {};
}

}  // namespace journal_format
}  // namespace vitrine
