#include "net/static_files.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

namespace vitrine::net {
namespace {

namespace fs = std::filesystem;

struct Site {
  Site() {
    std::string name = (fs::temp_directory_path() / "vitrine-site-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    root = name;
    put("dist/index.html", "<h1>Vitrine</h1>");
    put("dist/assets/app.1f2e.js", "let x = 1;");
    put("dist/assets/app.1f2e.js.gz", "zipped bytes");
    put("dist/live/seg.ts", "0123456789");
    put("dist/.env", "hidden");
    put("secret.txt", "outside");
    fs::create_symlink(root / "secret.txt", root / "dist/link.txt");
  }
  ~Site() { fs::remove_all(root); }
  void put(const std::string& name, const std::string& text) const {
    fs::create_directories((root / name).parent_path());
    std::ofstream(root / name) << text;
  }
  StaticFiles files(StaticOptions options = {}) const {
    options.folder = (root / "dist").string();
    return StaticFiles::open(options).value();
  }
  fs::path root;
};

Request get_of(std::string path, std::vector<Header> headers = {}) {
  Request request;
  request.method = "GET";
  request.path = std::move(path);
  request.headers = std::move(headers);
  return request;
}

std::string header(const Response& response, std::string_view name) {
  for (const Header& h : response.headers) {
    if (h.name == name) return h.value;
  }
  return {};
}

}  // namespace

TEST_CASE("a file is served with its type, and the folder by its index") {
  const Site site;
  auto files = site.files();
  const Response page = files.serve(get_of("/"));
  CHECK(page.status == 200);
  CHECK(*page.body == "<h1>Vitrine</h1>");
  CHECK(header(page, "Content-Type") == "text/html; charset=utf-8");
  CHECK(header(page, "Cache-Control") == "no-cache");
  const Response script = files.serve(get_of("/assets/app.1f2e.js"));
  CHECK(header(script, "Cache-Control") == "public, max-age=31536000, immutable");
  CHECK(content_type_of("a/b.m3u8") == "application/vnd.apple.mpegurl");
  CHECK(content_type_of("noextension") == "application/octet-stream");
}

TEST_CASE("a known ETag gets 304, and a changed file a new ETag") {
  const Site site;
  auto files = site.files();
  const std::string etag = header(files.serve(get_of("/index.html")), "ETag");
  const Response same = files.serve(get_of("/index.html", {{"If-None-Match", "\"x\", " + etag}}));
  CHECK(same.status == 304);
  CHECK_FALSE(same.body);
  site.put("dist/index.html", "<h1>Changed</h1> again");
  const Response changed = files.serve(get_of("/index.html", {{"If-None-Match", etag}}));
  CHECK(changed.status == 200);
  CHECK(*changed.body == "<h1>Changed</h1> again");
}

TEST_CASE("ranges are served for media, and refused outside the file") {
  const Site site;
  auto files = site.files();
  const auto range = [&](const std::string& value) {
    return files.serve(get_of("/live/seg.ts", {{"Range", value}}));
  };
  CHECK(*range("bytes=2-4").body == "234");
  CHECK(header(range("bytes=2-4"), "Content-Range") == "bytes 2-4/10");
  CHECK(range("bytes=2-4").status == 206);
  CHECK(*range("bytes=7-").body == "789");
  CHECK(*range("bytes=-3").body == "789");
  CHECK(*range("bytes=0-999").body == "0123456789");
  CHECK(range("bytes=10-").status == 416);
  CHECK(header(range("bytes=10-"), "Content-Range") == "bytes */10");
  CHECK(range("bytes=4-2").status == 200);
  CHECK(range("bytes=0-1,3-4").status == 200);
  CHECK(range("lines=1-2").status == 200);
  CHECK(range("bytes=99999999999999999999-").status == 200);
}

TEST_CASE("nothing outside the folder is served, nor what is hidden") {
  const Site site;
  auto files = site.files();
  for (const char* path : {"/../secret.txt", "/assets/../../secret.txt", "/link.txt", "/.env",
                           "/absent.js", "/live", "//etc/passwd", "/..", ""}) {
    CAPTURE(path);
    CHECK(files.serve(get_of(path)).status == 404);
  }
}

TEST_CASE("a file zipped beforehand is sent to those who take it") {
  const Site site;
  auto files = site.files();
  const Response zipped =
      files.serve(get_of("/assets/app.1f2e.js", {{"Accept-Encoding", "br, gzip"}}));
  CHECK(*zipped.body == "zipped bytes");
  CHECK(header(zipped, "Content-Encoding") == "gzip");
  CHECK(header(zipped, "Content-Type") == "text/javascript; charset=utf-8");
  CHECK(*files.serve(get_of("/assets/app.1f2e.js")).body == "let x = 1;");
}

TEST_CASE("the cache keeps its bound, and large files never enter it") {
  const Site site;
  StaticOptions options;
  options.cache_bytes_max = 30;
  options.cached_file_bytes_max = 20;
  auto files = site.files(options);
  for (int i = 0; i < 10; ++i) {
    const std::string name = "/f" + std::to_string(i) + ".txt";
    site.put("dist" + name, std::string(12, 'x'));
    CHECK(files.serve(get_of(name)).body->size() == 12);
    CHECK(files.cached_bytes() <= 30);
  }
  site.put("dist/large.txt", std::string(21, 'y'));
  CHECK(files.serve(get_of("/large.txt")).body->size() == 21);
  CHECK(files.cached_bytes() == 24);
}

TEST_CASE("paths the page routes itself get the fallback, missing files do not") {
  const Site site;
  StaticOptions options;
  options.fallback = "index.html";
  auto files = site.files(options);
  CHECK(*files.serve(get_of("/shows/7/host")).body == "<h1>Vitrine</h1>");
  CHECK(files.serve(get_of("/assets/gone.js")).status == 404);
}

TEST_CASE("writing to a file is refused, HEAD is not") {
  const Site site;
  auto files = site.files();
  Request request = get_of("/");
  request.method = "POST";
  CHECK(files.serve(request).status == 405);
  CHECK(header(files.serve(request), "Allow") == "GET, HEAD");
  request.method = "HEAD";
  CHECK(files.serve(request).status == 200);
}

}  // namespace vitrine::net
