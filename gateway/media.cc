#include "gateway/media.h"

#include "gateway/core.h"

namespace vitrine::gateway {

Result<Media> Media::open(Env& env, const std::string& folder) {
  Media media;
  const std::string list = folder + "/segments.json";
  if (folder.empty() || !env.disk.exists(list)) return media;
  VT_TRY(auto file, env.disk.open(list, OpenMode::ReadOnly));
  VT_TRY(auto json, file->read_at(0, 1U << 20U));
  VT_TRY(media.segments_, parse_segments(json));
  VT_TRY(auto files, net::StaticFiles::open({.folder = folder, .fallback = {}}));
  media.files_.emplace(std::move(files));
  return media;
}

void Media::serve(const CallPtr& call) {
  const std::string& path = call->request.path;  // "/media/{show}/{file}"
  const auto slash = path.find('/', 7);
  const std::string show = path.substr(7, slash == std::string::npos ? slash : slash - 7);
  const auto* known = call->core.shows.show(show);
  if (slash == std::string::npos || !files_ || known == nullptr) {
    return call->refuse({ProblemType::NotFound, "There is no such picture."});
  }
  const std::string file = path.substr(slash);
  if (file != "/live.m3u8") return call->answer_raw(files_->serve(call->request, file));
  auto response =
      net::Response::text(200, "application/vnd.apple.mpegurl",
                          live_playlist(segments_, known->created, call->core.env.clock.now()));
  response.headers.push_back({"Cache-Control", "no-store"});
  call->answer_raw(std::move(response));
}

}  // namespace vitrine::gateway
