#include "streams/log/group_reader.h"

#include <algorithm>
#include <utility>

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
  VT_TRY(const bool more, advance(*heap_.front()));
  if (!more) {
    std::pop_heap(heap_.begin(), heap_.end(), LaterFirst{});
    heap_.pop_back();
    return {};
  }
  // Positions come in runs of one frame, so the frame in front is mostly still the first one.
  std::size_t at = 0;
  while (2 * at + 1 < heap_.size()) {
    std::size_t first = 2 * at + 1;
    if (first + 1 < heap_.size() && heap_[first + 1]->position < heap_[first]->position) ++first;
    if (heap_[at]->position < heap_[first]->position) break;
    std::swap(heap_[at], heap_[first]);
    at = first;
  }
  return {};
}

}  // namespace vitrine
