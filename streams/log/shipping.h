#pragma once
// Groups on their way to another folder, and who must have them there before anyone is shown them
// here. streams/standby is made of these.
#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "base/result.h"
#include "streams/log/record.h"

namespace vitrine {

// One group with its header and directory, as it stands in a segment. Its checksums hold only
// together with the place it was written for, so the place travels with it.
struct ShippedGroup {
  Epoch epoch;
  std::uint64_t segment = 0;
  std::uint64_t offset = 0;
  std::shared_ptr<const Bytes> bytes;
};

// Stands between durable and shown: Journal::set_gate().
//
// Threads: durable() by the committer, which waits in it; the rest by anyone.
class CommitGate {
 public:
  virtual ~CommitGate() = default;
  // The group is on this disk. Returns when it may be shown; an Error means that it never will be
  // by this process, and that nothing may follow it.
  virtual Result<void> durable(const ShippedGroup& group) = 0;
  // May what recovery found, up to this epoch, be shown?
  virtual Result<void> may_begin(Epoch last) = 0;
  // Somebody wants to stop: a durable() that waits for what may never come ends soon.
  virtual void hurry() = 0;
};

}  // namespace vitrine
