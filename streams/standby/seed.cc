#include "streams/standby/seed.h"

#include "streams/log/file_copy.h"
#include "streams/runtime/backup.h"

namespace vitrine {

using namespace standby_wire;

namespace {

constexpr const char* kCopy = "/standby-copy";
constexpr const char* kParts[] = {"/journal", "/state", ""};
constexpr ByteCount kPiece = 1U << 20U;

Result<void> remove_files(Disk& disk, const std::string& folder) {
  if (!disk.exists(folder)) return {};
  for (const std::string part : kParts) {
    if (!disk.exists(folder + part)) continue;
    VT_TRY(const auto names, disk.list(folder + part));
    for (const std::string& name : names) VT_TRY_VOID(disk.remove(folder + part + '/' + name));
    if (!part.empty()) VT_TRY_VOID(disk.remove(folder + part));
  }
  return {};
}

Result<void> send_file(Disk& disk, const std::string& folder, const std::string& path,
                       Channel& channel, const std::function<bool()>& still) {
  VT_TRY(const auto file, disk.open(folder + '/' + path, OpenMode::ReadOnly));
  VT_TRY(const std::uint64_t size, file->size());
  VT_TRY_VOID(channel.send(Kind::File, encode(FileHead{path, size})));
  for (std::uint64_t at = 0; at < size;) {
    if (!still()) return fail(Code::Unavailable, "send a copy: we are stopping");
    VT_TRY(const Bytes piece, file->read_at(at, std::min<std::uint64_t>(kPiece, size - at)));
    if (piece.empty()) return fail(Code::Io, "send a copy: " + path + " became shorter");
    VT_TRY_VOID(channel.send(Kind::Piece, piece));
    at += piece.size();
  }
  return {};
}

Result<void> send_files(Disk& disk, const std::string& folder, Channel& channel,
                        const std::function<bool()>& still) {
  for (const std::string part : kParts) {
    if (!disk.exists(folder + part)) continue;
    VT_TRY(const auto names, disk.list(folder + part));
    for (const std::string& name : names) {
      const std::string path = (part + '/' + name).substr(1);
      if (part.empty() && path != "identities") continue;
      VT_TRY_VOID(send_file(disk, folder, path, channel, still));
    }
  }
  return {};
}

// One file as it comes in.
class Incoming {
 public:
  Incoming(Disk& disk, const std::string& folder) : disk_(disk), folder_(folder) {}

  Result<void> begin(const FileHead& head) {
    VT_TRY_VOID(must_be_whole());
    path_ = head.path;
    left_ = head.bytes;
    at_ = 0;
    const std::size_t slash = path_.find('/');
    if (slash != std::string::npos)
      VT_TRY_VOID(disk_.make_folder(folder_ + '/' + path_.substr(0, slash)));
    VT_TRY(file_, disk_.open(folder_ + '/' + path_, OpenMode::CreateNew));
    if (left_ == 0) return end();
    return {};
  }
  Result<void> add(BytesView piece) {
    if (file_ == nullptr || piece.empty() || piece.size() > left_)
      return fail(Code::Invalid, "receive a copy: bytes that belong to no file");
    VT_TRY_VOID(file_->write_at(at_, piece));
    at_ += piece.size();
    left_ -= piece.size();
    if (left_ == 0) return end();
    return {};
  }
  Result<void> must_be_whole() const {
    if (file_ == nullptr) return {};
    return fail(Code::Invalid, "receive a copy: " + path_ + " is not whole");
  }

 private:
  Result<void> end() {
    VT_TRY_VOID(file_->sync());
    file_.reset();
    return {};
  }
  Disk& disk_;
  const std::string& folder_;
  std::unique_ptr<File> file_;
  std::string path_;
  std::uint64_t at_ = 0, left_ = 0;
};

}  // namespace

Result<Epoch> send_copy(Disk& disk, EmbeddedEngine& engine, Channel& channel,
                        const std::function<bool()>& still) {
  const std::string folder = engine.folder() + kCopy;
  VT_TRY_VOID(remove_files(disk, folder));  // of an attempt that was interrupted
  VT_TRY(const BackupReport report, engine.backup(folder));
  auto sent = send_files(disk, folder, channel, still);
  const auto removed = remove_files(disk, folder);
  VT_TRY_VOID(sent);
  VT_TRY_VOID(removed);
  return report.epoch;
}

bool copy_unfinished(const Disk& disk, const std::string& folder) {
  return disk.exists(folder + '/' + kRestoreUnfinished);
}

Result<void> remove_log(Disk& disk, const std::string& folder) {
  const std::string mark = folder + '/' + kRestoreUnfinished;
  if (!disk.exists(mark))
    VT_TRY_VOID(write_whole(disk, folder, kRestoreUnfinished, "being removed\n"));
  for (const std::string part : {"/journal", "/state"}) {
    if (!disk.exists(folder + part)) continue;
    VT_TRY(const auto names, disk.list(folder + part));
    for (const std::string& name : names) VT_TRY_VOID(disk.remove(folder + part + '/' + name));
  }
  for (const char* name : {"/identities", "/term"}) {
    if (disk.exists(folder + name)) VT_TRY_VOID(disk.remove(folder + name));
  }
  return disk.sync_folder(folder);
}

Result<void> receive_copy(Disk& disk, const std::string& folder, Channel& channel,
                          Duration patience, const std::function<bool()>& still) {
  VT_TRY_VOID(disk.make_folder(folder));
  VT_TRY_VOID(remove_log(disk, folder));  // with the mark, which whoever calls us takes away
  VT_TRY_VOID(disk.make_folder(folder + "/journal"));
  Incoming incoming(disk, folder);
  constexpr int kSlower = 60;  // the primary makes its copy first
  for (Duration wait = kSlower * patience;; wait = patience) {
    if (!still()) return fail(Code::Unavailable, "receive a copy: we are stopping");
    VT_TRY(const auto frame, channel.receive(wait));
    if (!frame) return fail(Code::Unavailable, "receive a copy: the primary is silent");
    switch (frame->kind) {
      case Kind::File: {
        const auto head = decode_file(frame->body);
        if (!head) return fail(Code::Invalid, "receive a copy: a file of a name that is none");
        VT_TRY_VOID(incoming.begin(*head));
        break;
      }
      case Kind::Piece: VT_TRY_VOID(incoming.add(frame->body)); break;
      case Kind::Beat: break;  // still there
      case Kind::Seeded:
        VT_TRY_VOID(incoming.must_be_whole());
        VT_TRY_VOID(disk.sync_folder(folder + "/journal"));
        if (disk.exists(folder + "/state")) VT_TRY_VOID(disk.sync_folder(folder + "/state"));
        return disk.sync_folder(folder);
      default: return fail(Code::Invalid, "receive a copy: something else came");
    }
  }
}

}  // namespace vitrine
