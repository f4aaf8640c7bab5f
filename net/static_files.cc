#include "net/static_files.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/text.h"

namespace vitrine::net {
namespace {

constexpr Refusal kNotFound{404, "not-found", "There is nothing at this address."};
constexpr Refusal kMethod{405, "method-not-allowed", "Files can be read only."};
constexpr Refusal kTooLarge{413, "too-large", "The file is too large; ask for a range of it."};

constexpr std::array<std::pair<std::string_view, std::string_view>, 22> kTypes{{
    {"html", "text/html; charset=utf-8"}, {"js", "text/javascript; charset=utf-8"},
    {"mjs", "text/javascript; charset=utf-8"}, {"css", "text/css; charset=utf-8"},
    {"json", "application/json"}, {"map", "application/json"},
    {"webmanifest", "application/manifest+json"}, {"svg", "image/svg+xml"},
    {"png", "image/png"}, {"jpg", "image/jpeg"}, {"jpeg", "image/jpeg"}, {"webp", "image/webp"},
    {"ico", "image/x-icon"}, {"woff2", "font/woff2"}, {"txt", "text/plain; charset=utf-8"},
    {"vtt", "text/vtt; charset=utf-8"}, {"m3u8", "application/vnd.apple.mpegurl"},
    {"ts", "video/mp2t"}, {"mp4", "video/mp4"}, {"m4s", "video/iso.segment"},
    {"glb", "model/gltf-binary"}, {"wasm", "application/wasm"},
}};

struct ByteRange {
  ByteCount first = 0;
  ByteCount last = 0;
};

bool read_number(std::string_view text, ByteCount& value) {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  return result.ec == std::errc{} && result.ptr == text.data() + text.size();
}

// One range of a "bytes=" header. Several ranges, or another unit, are ignored as the standard
// allows: the whole file is sent. `satisfiable` is false when the range lies outside the file.
std::optional<ByteRange> parse_range(std::string_view text, ByteCount size, bool& satisfiable) {
  satisfiable = true;
  if (!text.starts_with("bytes=") || text.find(',') != std::string_view::npos) return {};
  text = trim(text.substr(6));
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return {};
  ByteRange range;
  if (dash == 0) {
    ByteCount count = 0;
    if (!read_number(text.substr(1), count)) return {};
    satisfiable = count > 0 && size > 0;
    range.first = size - std::min(count, size);
    range.last = size - 1;
    return range;
  }
  if (!read_number(text.substr(0, dash), range.first)) return {};
  range.last = size - 1;
  if (dash + 1 < text.size()) {
    ByteCount last = 0;
    if (!read_number(text.substr(dash + 1), last) || last < range.first) return {};
    range.last = std::min(last, size - 1);
  }
  satisfiable = range.first < size;
  return range;
}

bool has_hidden_part(std::string_view path) { return path.find("/.") != std::string_view::npos; }

std::shared_ptr<const std::string> read_part(const std::string& path, ByteCount from,
                                             ByteCount size) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return nullptr;
  auto bytes = std::make_shared<std::string>(size, '\0');
  ByteCount got = 0;
  while (got < size) {
    const ssize_t n = pread(fd, bytes->data() + got, size - got, static_cast<off_t>(from + got));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    got += static_cast<ByteCount>(n);
  }
  ::close(fd);
  if (got < size) return nullptr;  // it became shorter meanwhile
  return bytes;
}

}  // namespace

struct StaticFiles::File {
  std::string path;  // without links
  ByteCount size = 0;
  std::string etag;
};

std::string_view content_type_of(std::string_view path) {
  const std::string_view extension = path.substr(path.rfind('.') + 1);
  for (const auto& [name, type] : kTypes) {
    if (same_text(name, extension)) return type;
  }
  return "application/octet-stream";
}

Result<StaticFiles> StaticFiles::open(StaticOptions options) {
  std::array<char, PATH_MAX> resolved{};
  if (realpath(options.folder.c_str(), resolved.data()) == nullptr) {
    return fail(Code::NotFound, "serve the folder " + options.folder + ": " +
                                    std::strerror(errno) + "; build the pages first");
  }
  options.folder = resolved.data();
  return StaticFiles(std::move(options));
}

bool StaticFiles::find(std::string_view path, File& file) const {
  if (has_hidden_part(path)) return false;
  const std::string wanted = options_.folder + std::string(path);
  std::array<char, PATH_MAX> resolved{};
  if (wanted.size() >= PATH_MAX || realpath(wanted.c_str(), resolved.data()) == nullptr) {
    return false;
  }
  file.path = resolved.data();
  if (!file.path.starts_with(options_.folder + "/")) return false;  // a link out of the folder
  struct stat info {};
  if (stat(file.path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return false;
  file.size = static_cast<ByteCount>(info.st_size);
  std::array<char, 80> etag{};
  std::snprintf(etag.data(), etag.size(), "\"%llx-%llx.%lx\"",
                static_cast<unsigned long long>(info.st_size),
                static_cast<unsigned long long>(info.st_mtim.tv_sec),
                static_cast<unsigned long>(info.st_mtim.tv_nsec));
  file.etag = etag.data();
  return true;
}

// The file itself, a folder's index, or the fallback for an address without a file's extension.
bool StaticFiles::resolve(std::string_view path, File& file) const {
  if (!path.ends_with('/') && find(path, file)) return true;
  std::string index(path);
  index += path.ends_with('/') ? "index.html" : "/index.html";
  if (find(index, file)) return true;
  const std::string_view last = path.substr(path.rfind('/') + 1);
  return !options_.fallback.empty() && last.find('.') == std::string_view::npos &&
         !has_hidden_part(path) && find("/" + options_.fallback, file);
}

std::shared_ptr<const std::string> StaticFiles::load(const File& file) {
  if (const auto found = by_path_.find(file.path); found != by_path_.end()) {
    const auto entry = found->second;
    if (entry->etag == file.etag) {
      entries_.splice(entries_.begin(), entries_, entry);
      return entry->bytes;
    }
    cached_bytes_ -= entry->bytes->size();
    by_path_.erase(found);
    entries_.erase(entry);
  }
  auto bytes = read_part(file.path, 0, file.size);
  if (!bytes || file.size > options_.cached_file_bytes_max) return bytes;
  entries_.push_front({file.path, file.etag, bytes});
  by_path_.emplace(entries_.front().path, entries_.begin());
  cached_bytes_ += file.size;
  while (cached_bytes_ > options_.cache_bytes_max) {
    cached_bytes_ -= entries_.back().bytes->size();
    by_path_.erase(entries_.back().path);
    entries_.pop_back();
  }
  return bytes;
}

Response StaticFiles::serve(const Request& request, std::string_view path) {
  if (request.method != "GET" && request.method != "HEAD") {
    Response refused = problem(kMethod);
    refused.headers.push_back({"Allow", "GET, HEAD"});
    return refused;
  }
  File file;
  if (path.empty() || path.front() != '/' || !resolve(path, file)) return problem(kNotFound);
  File zipped;
  const std::string zipped_path = file.path.substr(options_.folder.size()) + ".gz";
  const bool gzipped = request.header("range").empty() &&
                       has_token(request.header("accept-encoding"), "gzip") &&
                       find(zipped_path, zipped);
  return send(request, file.path, gzipped ? zipped : file, gzipped);
}

Response StaticFiles::send(const Request& request, std::string_view path, const File& file,
                           bool gzipped) {
  Response response;
  const bool immutable = path.substr(options_.folder.size()).starts_with("/assets/");
  response.headers = {
      {"Content-Type", std::string(content_type_of(path))},
      {"ETag", file.etag},
      {"Cache-Control", immutable ? "public, max-age=31536000, immutable" : "no-cache"},
      {"Vary", "Accept-Encoding"},
      {"X-Content-Type-Options", "nosniff"},
      {"Accept-Ranges", "bytes"}};
  if (gzipped) response.headers.push_back({"Content-Encoding", "gzip"});
  const std::string_view known = request.header("if-none-match");
  if (known == "*" || has_token(known, file.etag) || has_token(known, "W/" + file.etag)) {
    response.status = 304;
    return response;
  }
  const std::string_view if_range = request.header("if-range");
  bool satisfiable = true;
  std::optional<ByteRange> range;
  if (if_range.empty() || if_range == file.etag) {
    range = parse_range(request.header("range"), file.size, satisfiable);
  }
  if (!satisfiable) {
    Response refused = problem({416, "range", "The range lies outside the file."});
    refused.headers.push_back({"Content-Range", "bytes */" + std::to_string(file.size)});
    return refused;
  }
  if (!range) {
    if (file.size > options_.response_bytes_max) return problem(kTooLarge);
    response.body = load(file);
    return response.body ? response : problem(kNotFound);
  }
  const ByteCount size =
      std::min(range->last - range->first + 1, options_.response_bytes_max);
  response.status = 206;
  response.body = read_part(file.path, range->first, size);
  if (!response.body) return problem(kNotFound);
  response.headers.push_back(
      {"Content-Range", "bytes " + std::to_string(range->first) + "-" +
                            std::to_string(range->first + size - 1) + "/" +
                            std::to_string(file.size)});
  return response;
}

}  // namespace vitrine::net
