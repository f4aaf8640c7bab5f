#pragma once
// Walks over the wanted frames of one group in position order, whatever topics and partitions they
// are of. Borrowed views hold until the object goes.
#include <deque>
#include <vector>

#include "streams/log/frame_index.h"

namespace vitrine {

class GroupReader {
 public:
  // Reads and verifies the frames' bytes.
  static Result<GroupReader> open(std::span<const FrameIndex::Frame> frames);
  bool at_end() const { return heap_.empty(); }
  // The record we stand on; not at the end.
  const FrameIndex::Frame& frame() const { return *heap_.front()->frame; }
  Position position() const { return heap_.front()->position; }
  const RecordView& record() const { return heap_.front()->record; }
  Result<void> next();

 private:
  struct OpenFrame {
    const FrameIndex::Frame* frame = nullptr;
    Bytes held;
    journal_format::RecordDecoder decoder{{}, Position{0}};
    Position position;
    RecordView record;
  };
  struct LaterFirst {
    bool operator()(const OpenFrame* a, const OpenFrame* b) const {
      return a->position > b->position;
    }
  };
  static Result<bool> advance(OpenFrame& open);

  std::deque<OpenFrame> frames_;   // do not move: records are borrowed from them
  std::vector<OpenFrame*> heap_;  // the lowest position in front
};

}  // namespace vitrine
