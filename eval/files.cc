#include "eval/files.h"

#include <zlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace vitrine::eval {
namespace {

constexpr std::size_t kBytesMax = std::size_t{1} << 30U;

// A tar archive is blocks of 512 bytes: a head for each member, then its content.
constexpr std::size_t kBlock = 512;

tl::unexpected<Error> torn(const std::string& path) {
  return fail(Code::Corrupt, "read " + path + ": not a whole tar archive; fetch it again");
}

Result<std::vector<Member>> members_of(const std::string& path, const Bytes& archive) {
  std::vector<Member> members;
  for (std::size_t at = 0; at < archive.size() && archive[at] != 0;) {
    if (archive.size() - at < kBlock) return torn(path);
    const std::string name = std::string(archive.c_str() + at).substr(0, 100);
    const std::string digits = archive.substr(at + 124, 11);
    char* end = nullptr;
    const std::size_t size = std::strtoull(digits.c_str(), &end, 8);
    if (end == digits.c_str() || size > archive.size() - at - kBlock) return torn(path);
    const char kind = archive[at + 156];
    if (kind == '0' || kind == 0) members.push_back({name, archive.substr(at + kBlock, size)});
    at += kBlock + (size + kBlock - 1) / kBlock * kBlock;
  }
  return members;
}

Result<std::vector<Member>> files_in(const std::string& folder) {
  std::vector<Member> members;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (!entry.is_regular_file()) continue;
    VT_TRY(Bytes content, read_file(entry.path().string()));
    members.push_back({entry.path().filename().string(), std::move(content)});
  }
  if (error)
    return fail(Code::Io,
                "list " + folder + ": " + error.message() + "; check the folder's rights");
  return members;
}

}  // namespace

Result<std::string> data_file(const Options& options, const std::string& name) {
  if (options.data.empty())
    return fail(Code::NotFound, "find the data set " + name.substr(0, name.find('/')) +
                                    ": no folder of data sets given; say --data DIR or set "
                                    "VITRINE_DATA");
  std::string path = options.data + "/" + name;
  if (!std::filesystem::exists(path))
    return fail(Code::NotFound, "find the data set " + name.substr(0, name.find('/')) + ": " +
                                    path + " is missing; put it there, or say --data DIR");
  return path;
}

Result<Bytes> read_file(const std::string& path) {
  // zlib hands plain files through as they are.
  gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr)
    return fail(Code::NotFound, "read " + path + ": it cannot be opened; check name and rights");
  Bytes content;
  std::vector<char> chunk(std::size_t{1} << 18U);
  int got = 0;
  while ((got = gzread(file, chunk.data(), static_cast<unsigned>(chunk.size()))) > 0 &&
         content.size() <= kBytesMax)
    content.append(chunk.data(), static_cast<std::size_t>(got));
  const bool whole = gzclose(file) == Z_OK && got == 0;
  if (!whole || content.size() > kBytesMax)
    return fail(Code::Corrupt,
                "read " + path + ": damaged, cut short or over 1 GiB; fetch it again");
  return content;
}

Result<std::vector<Member>> read_files(const std::string& path) {
  std::vector<Member> members;
  if (std::filesystem::is_directory(path)) {
    VT_TRY(members, files_in(path));
  } else {
    VT_TRY(const Bytes archive, read_file(path));
    VT_TRY(members, members_of(path, archive));
  }
  std::sort(members.begin(), members.end(),
            [](const Member& a, const Member& b) { return a.name < b.name; });
  return members;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    lines.push_back(line);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

}  // namespace vitrine::eval
