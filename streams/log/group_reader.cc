#include "streams/log/group_reader.h"

#include <algorithm>

namespace vitrine {

// Moves to the frame's next wanted record; false at its end.
Result<bool> GroupReader::advance(OpenFrame& open) {
  while (open.decoder.next(open.position, open.record)) {
    if (open.position >= open.frame->from) return true;
  }
  if (open.decoder.ok()) return false;
  const SectionPlace& place = open.frame->place;
  return fail(Code::Corrupt,
              "read " + place.segment->path + " at offset " + std::to_string(place.offset) +
                  ": the checksum holds but the content is malformed; please report this");
}

Result<GroupReader> GroupReader::open(std::span<const FrameIndex::Frame> frames) {
  GroupReader reader;
  for (const FrameIndex::Frame& frame : frames) {
    OpenFrame& open = reader.frames_.emplace_back();
    open.frame = &frame;
    VT_TRY(const BytesView section, frame.place.read(open.held));
    open.decoder = journal_format::RecordDecoder{section, frame.group_first};
    VT_TRY(const bool more, advance(open));
    if (more) reader.heap_.push_back(&open);
  }
  std::make_heap(reader.heap_.begin(), reader.heap_.end(), LaterFirst{});
  return reader;
}

Result<void> GroupReader::next() {
  std::pop_heap(heap_.begin(), heap_.end(), LaterFirst{});
  VT_TRY(const bool more, advance(*heap_.back()));
  if (more) {
    std::push_heap(heap_.begin(), heap_.end(), LaterFirst{});
  } else {
    heap_.pop_back();
  }
  return {};
}

}  // namespace vitrine
