#pragma once
// A disk in memory that loses power. It keeps apart what was written and what is durable: a write
// until File::sync(), a created, renamed or removed name until Disk::sync_folder(). cut() then does
// to the rest what power cuts do.
//
// Threads: any; one mutex. A failure of a test that uses it is repeated by the same seed.
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/env.h"

namespace vitrine::sim {

// What becomes of writes that were not synced. Sectors of 512 bytes are old or new, never mixed.
enum class Cut {
  LoseAll,   // none arrived
  KeepAll,   // a killed process: all is still seen, and no more durable than it was
  Torn,      // a beginning of them, the last one in part
  Shuffled,  // any sectors of any of them, and any of the name changes
};

class PowerDisk final : public Disk {
 public:
  PowerDisk();
  ~PowerDisk() override;

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  Result<std::vector<std::string>> list(const std::string& folder) const override;
  Result<void> make_folder(const std::string& path) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> remove(const std::string& path) override;
  Result<void> sync_folder(const std::string& path) override;
  Result<std::unique_ptr<FolderLock>> lock_folder(const std::string& path) override;
  bool exists(const std::string& path) const override;
  std::string file_system(const std::string&) const override { return "simulated"; }

  // Power goes and comes back: what is durable remains, the rest as `mode` says. Open files of
  // before are dead, locks are free, injected faults are over. After KeepAll a later cut may still
  // take what nobody has synced since.
  void cut(std::uint64_t seed, Cut mode);

  // After this many more changing calls (write, sync, truncate, names) every one fails with
  // Code::Io: the moment before cut().
  void power_off_after(std::uint64_t calls);
  // The step that was the first to fail when the power went: "write", "sync", "create", "truncate",
  // "rename", "remove" or "sync_folder"; empty when none was tried. Until the next cut().
  std::string refused() const;
  // The n-th sync from now (1 = the next) of a file or folder fails with Code::Io. What a file's
  // should have made durable never will be; a folder's may be tried again.
  void fail_sync(std::uint64_t n);
  // Files may grow by this many bytes in all, then writes do what fits and answer StorageFull.
  // Empty: no bound.
  void set_space(std::optional<std::uint64_t> bytes);

  std::uint64_t changing_calls() const;
  Bytes content(const std::string& path) const;
  // Replaces a file as if it had always been so; a missing one is created. For damage and format
  // tests.
  void set_content(const std::string& path, Bytes content);
  // Damage under open files, too. The file must be longer than bit / 8.
  void flip_bit(const std::string& path, std::uint64_t bit);

 private:
  struct Node;
  struct NameChange;
  class OpenFile;
  class Lock;
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace vitrine::sim
