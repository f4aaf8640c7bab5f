#pragma once
// The Journal over a Disk. One object for writing and for reading only; what they share is the
// index.
#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "base/metrics.h"
#include "streams/log/frame_index.h"
#include "streams/log/group_parts.h"
#include "streams/log/journal.h"
#include "streams/log/keeper.h"
#include "streams/log/prewriter.h"
#include "streams/log/recovery.h"

namespace vitrine {

class JournalFiles final : public Journal {
 public:
  JournalFiles(Disk& disk, std::string folder, JournalOptions options);

  Result<void> open_for_writing(Env& env);
  Result<void> open_for_reading();

  const RecoveryReport& recovery() const override { return report_; }
  Incarnation incarnation() const override { return incarnation_; }
  Result<void> commit(Group&& group) override;
  Position committed_end() const override { return index_.end(); }
  Epoch committed_epoch() const override { return index_.last_epoch(); }
  Result<Batch> read(std::span<const std::string> topics, Position from, std::size_t max_records,
                     ByteCount max_bytes) const override;
  Result<Batch> visit(std::span<const std::string> topics, Position from, std::size_t max_records,
                      ByteCount max_bytes, const RecordVisitor& visitor) const override;
  Result<void> replay(Epoch after, const GroupVisitor& visit) const override;
  Result<Copy> copy_to(const std::string& folder,
                       const std::function<Result<void>()>& first) override;
  std::vector<std::string> topics() const override { return index_.topics(); }
  Commits commits() const { return index_.commits(); }
  const Histogram& sync_nanos() const override { return sync_nanos_; }

  void keep(const std::string& topic, const TopicKeep& keep) override;
  void release(Epoch epoch) override;
  Epoch wants_released() const override;
  Epoch retired() const override { return index_.retired(); }
  void hold(const std::string& who, Position from) override;
  void let_go(const std::string& who) override;
  Result<bool> tend(Time now) override;

  Result<std::optional<ShippedGroup>> ship(Epoch after) const override;
  Result<void> take(std::span<const ShippedGroup> groups) override;
  void set_gate(std::shared_ptr<CommitGate> gate) override { gate_ = std::move(gate); }
  CommitGate* gate() const override { return gate_.get(); }
  void keep_groups(Epoch after) override;
  Position held() const override;
  Time last_time() const override { return index_.last_time(); }

 private:
  class BoundedVisit;
  struct Cut {
    Epoch epoch;
    Position end;
    struct Part {
      std::shared_ptr<const SegmentFile> segment;
      ByteCount bytes = 0;  // of the file
    };
    std::vector<Part> segments;
  };
  Cut cut_here();

  struct Encoded {
    journal_format::GroupHeader header;
    std::vector<journal_format::Section> sections;
    std::shared_ptr<const Bytes> bytes;
  };

  Result<bool> read_runs(const FrameIndex::Plan& plan, BoundedVisit& out) const;
  Result<Epoch> replay_runs(Epoch after, const GroupVisitor& visit) const;
  Result<void> check(const Group& group) const;
  Encoded encode_here(const Group::Impl& group) const;
  Result<Encoded> taken_here(const ShippedGroup& group, Epoch last, Position end) const;
  Result<std::size_t> take_some(std::span<const ShippedGroup> groups);
  Result<void> pass_gate(const Encoded& encoded, std::uint64_t at,
                         std::unique_lock<std::mutex>& committing);
  Result<void> roll();
  Result<void> seal();  // the keeper's
  Result<void> write(BytesView bytes);
  Result<void> make_durable();
  void sync_failed(const Error& error);
  journal_format::SegmentHeader header_of_current() const;

  void make_keeper(run_format::Manifest manifest);
  void take_over(const FoundJournal& found);
  Result<void> continue_last(const FoundSegment& last);
  Result<void> begin_fresh(FoundJournal& found, Env& env);
  Result<Bytes> rewritten(FoundJournal& found, FoundSegment& fresh) const;
  void tidy(const FoundJournal& found);

  Disk& disk_;
  Clock* clock_ = nullptr;
  const std::string folder_;
  const JournalOptions options_;
  bool read_only_ = true;
  bool restored_ = false;  // from a backup: what follows is another history
  std::atomic<bool> failed_{false};
  RecoveryReport report_;
  Incarnation incarnation_;
  FrameIndex index_;
  mutable RunFiles run_files_;
  Histogram sync_nanos_;
  Time opened_{};  // commit time of groups that do not say theirs
  std::unique_ptr<FolderLock> lock_;
  std::unique_ptr<Keeper> keeper_;

  // The committer's own, and the keeper's when it seals.
  std::mutex committing_;
  WritableSegment segment_;
  std::shared_ptr<const SegmentFile> readable_;  // the same file, as readers know it
  std::atomic<std::uint64_t> current_segment_{0};
  std::uint64_t offset_ = 0;                     // where the next group goes
  bool header_due_ = false;  // the segment is new: its header goes with the first group
  bool unshown_ = false;     // a group is durable and waits at the gate
  std::shared_ptr<CommitGate> gate_;
  std::unique_ptr<Prewriter> prewriter_;
#if VITRINE_PLANTS
  bool plant_sync_due_ = false;
  Bytes plant_unwritten_;
  std::uint64_t plant_unwritten_at_ = 0;
  std::shared_ptr<File> plant_file_;
  Result<void> plant_catch_up();
#endif
};

}  // namespace vitrine
