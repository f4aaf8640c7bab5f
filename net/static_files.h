#pragma once
// Serves one folder: the built web pages, or media segments.
//
// Small files stay in memory (least recently used go first, cache_bytes_max); every request still
// looks at the file's size and time, so a changed file is served at once. Content-addressed names
// under /assets/ are immutable to browsers; all else is revalidated by ETag. A path that leaves the
// folder, by ".." or by a link, is absent. Hidden files are absent.
// Threads: one. Cost: one stat() a request; a disk read on the calling thread when not in memory.
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "net/server.h"

namespace vitrine::net {

struct StaticOptions {
  std::string folder;
  std::string fallback;  // e.g. "index.html" for paths the page itself routes
  ByteCount cache_bytes_max = 64U << 20U;
  ByteCount cached_file_bytes_max = 2U << 20U;
  ByteCount response_bytes_max = 32U << 20U;  // beyond: by Range only, and in parts of this size
};

std::string_view content_type_of(std::string_view path);

class StaticFiles {
 public:
  static Result<StaticFiles> open(StaticOptions options);

  // `path` is decoded and begins with '/'; usually request.path without a prefix of the gateway's.
  // 200, 206, 304, 404, 405, 413 or 416.
  Response serve(const Request& request, std::string_view path);
  Response serve(const Request& request) { return serve(request, request.path); }
  ByteCount cached_bytes() const { return cached_bytes_; }

 private:
  struct File;
  struct Entry {
    std::string path;
    std::string etag;
    std::shared_ptr<const std::string> bytes;
  };
  explicit StaticFiles(StaticOptions options) : options_(std::move(options)) {}
  bool find(std::string_view path, File& file) const;
  bool resolve(std::string_view path, File& file) const;
  std::shared_ptr<const std::string> load(const File& file);
  Response send(const Request& request, std::string_view path, const File& file, bool gzipped);

  StaticOptions options_;
  std::list<Entry> entries_;  // most recently used first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_path_;
  ByteCount cached_bytes_ = 0;
};

}  // namespace vitrine::net
