#pragma once
// A disk that can be full: writing then says StorageFull, everything else goes on. For tests.
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/env.h"

namespace vitrine::gateway {

class FullDisk final : public Disk {
 public:
  explicit FullDisk(Disk& inner) : inner_(inner) {}
  void set_full(bool full) { *full_ = full; }

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    VT_TRY(auto file, inner_.open(path, mode));
    return std::make_unique<Opened>(std::move(file), full_);
  }
  Result<std::vector<std::string>> list(const std::string& folder) const override {
    return inner_.list(folder);
  }
  Result<void> make_folder(const std::string& path) override { return inner_.make_folder(path); }
  Result<void> rename(const std::string& from, const std::string& to) override {
    return inner_.rename(from, to);
  }
  Result<void> remove(const std::string& path) override { return inner_.remove(path); }
  Result<void> sync_folder(const std::string& path) override { return inner_.sync_folder(path); }
  Result<std::unique_ptr<FolderLock>> lock_folder(const std::string& path) override {
    return inner_.lock_folder(path);
  }
  bool exists(const std::string& path) const override { return inner_.exists(path); }
  std::string file_system(const std::string& path) const override {
    return inner_.file_system(path);
  }

 private:
  using Full = std::shared_ptr<std::atomic<bool>>;
  class Opened final : public File {
   public:
    Opened(std::unique_ptr<File> inner, Full full)
        : inner_(std::move(inner)), full_(std::move(full)) {}
    Result<Bytes> read_at(std::uint64_t offset, ByteCount count) const override {
      return inner_->read_at(offset, count);
    }
    Result<void> write_at(std::uint64_t offset, BytesView data) override {
      if (*full_) return fail(Code::StorageFull, "write: no space left on this test's disk");
      return inner_->write_at(offset, data);
    }
    Result<void> sync() override { return inner_->sync(); }
    Result<std::uint64_t> size() const override { return inner_->size(); }
    Result<void> truncate(std::uint64_t size) override { return inner_->truncate(size); }

   private:
    std::unique_ptr<File> inner_;
    Full full_;
  };

  Disk& inner_;
  Full full_ = std::make_shared<std::atomic<bool>>(false);
};

}  // namespace vitrine::gateway
