// Several parts of one epoch become one group: what is encoded is moved or appended as it is.
#include <utility>

#include "streams/log/group_parts.h"

namespace vitrine {
// The first record of `more` was encoded as the first of its section; here it follows another. The
// rest only stands on its predecessor and is taken as it is.
void Group::Impl::Part::append(Part&& more, Position group_first) {
  journal_format::RecordDecoder decoder(more.data, group_first);
  Position position;
  RecordView record;
  VT_CHECK(decoder.next(position, record));
  encoder.add(position, record, data);
  data.append(more.data, more.data.size() - decoder.remaining());
  encoder = more.encoder;  // the last record is now that of `more`
  records += more.records;
  last = more.last;
}

Bytes Group::take_steps() {
  impl_->bytes -= impl_->steps.size();
  return std::exchange(impl_->steps, {});
}

void Group::absorb(Group&& part) {
  Impl& in = *impl_;
  Impl& more = *part.impl_;
  VT_CHECK(in.epoch == more.epoch && in.first == more.first);
  for (Impl::Part& section : more.parts) {
    const auto key = std::pair{section.topic, section.partition};
    const auto known = in.by_name.find(key);
    if (known != in.by_name.end()) {
      VT_CHECK(known->second->last < section.first);
      known->second->append(std::move(section), in.first);
      continue;
    }
    section.number = static_cast<Section>(in.parts.size());
    in.parts.push_back(std::move(section));
    in.by_name.emplace(key, &in.parts.back());
  }
  const bool same_numbers = in.stores == more.stores;
  if (same_numbers) {
    in.bytes += more.delta_entries.size();
    in.delta_entries += more.delta_entries;
    in.deltas += more.deltas;
    for (std::size_t i = 0; i < in.stores.size(); ++i) in.store_deltas[i] += more.store_deltas[i];
  }
  ByteReader deltas(same_numbers ? BytesView{} : BytesView(more.delta_entries));
  while (!deltas.at_end()) {
    const std::uint64_t head = deltas.varint();
    const bool removed = (head & 1U) != 0;
    const BytesView key = deltas.bytes();
    const BytesView value = removed ? BytesView{} : deltas.bytes();
    VT_CHECK(deltas.ok());
    add_delta(more.stores[head >> 1U], key, value, removed);
  }
  in.last_used = nullptr;
  in.bytes += more.bytes - more.delta_entries.size() - more.steps.size();
  in.records += more.records;
  in.next = std::max(in.next, more.next);
  in.time = std::max(in.time, more.time);
}

}  // namespace vitrine
