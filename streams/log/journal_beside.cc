// A journal read beside its writer, which may retire or replace files meanwhile: then it is opened
// again, and reading goes on where it was.
#include <mutex>

#include "streams/log/journal_files.h"

namespace vitrine {
namespace {

class JournalBeside final : public Journal {
 public:
  JournalBeside(Disk& disk, std::string folder) : disk_(disk), folder_(std::move(folder)) {}

  Result<void> open() {
    VT_TRY_VOID(look_again());
    report_ = now()->recovery();
    return {};
  }

  const RecoveryReport& recovery() const override { return report_; }
  Incarnation incarnation() const override { return now()->incarnation(); }
  Result<void> commit(Group&& group) override { return now()->commit(std::move(group)); }
  Position committed_end() const override { return now()->committed_end(); }
  Epoch committed_epoch() const override { return now()->committed_epoch(); }
  Result<Copy> copy_to(const std::string&, const std::function<Result<void>()>&) override {
    return fail(Code::Unsupported, "copy " + folder_ + ": its writer has to do it");
  }
  std::vector<std::string> topics() const override { return now()->topics(); }
  const Histogram& sync_nanos() const override { return never_synced_; }
  void keep(const std::string&, const TopicKeep&) override {}
  void release(Epoch) override {}
  Epoch wants_released() const override { return {}; }
  Epoch retired() const override { return now()->retired(); }
  void hold(const std::string&, Position) override {}
  void let_go(const std::string&) override {}
  Result<bool> tend(Time time) override { return now()->tend(time); }

  Result<Batch> read(std::span<const std::string> topics, Position from, std::size_t max_records,
                     ByteCount max_bytes) const override {
    return again([&] { return now()->read(topics, from, max_records, max_bytes); });
  }
  Result<Batch> visit(std::span<const std::string> topics, Position from, std::size_t max_records,
                      ByteCount max_bytes, const RecordVisitor& visitor) const override {
    return again([&] {
      return now()->visit(topics, from, max_records, max_bytes,
                          [&](const std::string& topic, std::uint32_t partition,
                              Position position, const RecordView& record) {
                            visitor(topic, partition, position, record);
                            from = Position{position.value() + 1};
                          });
    });
  }
  Result<void> replay(Epoch after, const GroupVisitor& visit) const override {
    return again([&] {
      return now()->replay(
          after, [&](Epoch epoch, BytesView steps, std::span<const Delta> deltas) -> Result<void> {
            VT_TRY_VOID(visit(epoch, steps, deltas));
            after = epoch;
            return {};
          });
    });
  }

 private:
  std::shared_ptr<JournalFiles> now() const {
    const std::lock_guard guard{mutex_};
    return journal_;
  }
  Result<void> look_again() const {
    auto fresh = std::make_shared<JournalFiles>(disk_, folder_, JournalOptions{});
    VT_TRY_VOID(fresh->open_for_reading());
    const std::lock_guard guard{mutex_};
    journal_ = std::move(fresh);
    return {};
  }
  template <class Try>
  std::invoke_result_t<Try> again(Try attempt) const {
    constexpr int kTries = 4;
    auto answer = attempt();
    for (int i = 1; i < kTries && !answer && answer.error().code == Code::Unavailable; ++i) {
      VT_TRY_VOID(look_again());
      answer = attempt();
    }
    return answer;
  }

  Disk& disk_;
  const std::string folder_;
  RecoveryReport report_;
  const Histogram never_synced_;
  mutable std::mutex mutex_;  // guards the rest
  mutable std::shared_ptr<JournalFiles> journal_;
};

}  // namespace

Result<std::unique_ptr<Journal>> Journal::open_read_only(Disk& disk, std::string folder) {
  auto journal = std::make_unique<JournalBeside>(disk, std::move(folder));
  VT_TRY_VOID(journal->open());
  return journal;
}

}  // namespace vitrine
