#include "gateway/pages.h"

#include "gateway/core.h"
#include "gateway/tile.h"

namespace vitrine::gateway {
namespace {

// hls.js works in a worker made from a blob and plays through a blob URL.
constexpr std::string_view kPolicy =
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: "
    "blob:; "
    "media-src 'self' blob:; worker-src 'self' blob:; connect-src 'self'; object-src 'none'; "
    "base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'";

}  // namespace

Result<Pages> Pages::open(const std::string& folder) {
  Pages pages;
  if (folder.empty()) return pages;
  VT_TRY(auto files, net::StaticFiles::open({.folder = folder, .fallback = {}}));
  pages.files_.emplace(std::move(files));
  return pages;
}

void Pages::page(const CallPtr& call) {
  if (!files_)
    return call->refuse({ProblemType::NotFound, "This server was started without pages."});
  const std::string& path = call->request.path;
  const std::string file = path == "/"           ? "/index.html"
                           : path == "/host"     ? "/host.html"
                           : path == "/topology" ? "/topology.html"
                                                 : path;
  net::Response response = files_->serve(call->request, file);
  if (response.status == 404)
    return call->refuse({ProblemType::NotFound, "There is nothing here."});
  response.headers.push_back({"Content-Security-Policy", std::string(kPolicy)});
  response.headers.push_back({"Referrer-Policy", "no-referrer"});
  call->answer_raw(std::move(response));
}

void Pages::tile(const CallPtr& call) {
  constexpr std::string_view kPrefix = "/tiles/", kSuffix = ".svg";
  std::string_view name = call->request.path;
  name.remove_prefix(kPrefix.size());
  if (name.ends_with(kSuffix)) name.remove_suffix(kSuffix.size());
  const auto* known = call->core.shop_view.product(std::string(name));
  if (known == nullptr) return call->refuse({ProblemType::NotFound, "There is no such product."});
  const auto& product = known->product();
  auto svg = product_tile(product.sku(), product.title(), product.category());
  const std::string etag = "\"" + to_hex(short_hash(svg)) + "\"";
  net::Response response = call->request.header("If-None-Match") == etag
                               ? net::Response::text(304, "image/svg+xml", "")
                               : net::Response::text(200, "image/svg+xml", std::move(svg));
  response.headers.push_back({"Cache-Control", "public, max-age=300"});
  response.headers.push_back({"ETag", etag});
  response.headers.push_back(
      {"Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"});
  call->answer_raw(std::move(response));
}

}  // namespace vitrine::gateway
