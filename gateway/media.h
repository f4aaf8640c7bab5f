#pragma once
// The show's picture: the shipped clip as an endless HLS stream (hls.h), its segments and poster as
// files.
#include <optional>
#include <string>
#include <vector>

#include "gateway/call.h"
#include "gateway/hls.h"
#include "net/static_files.h"

namespace vitrine::gateway {

class Media {
 public:
  // Without a folder, or without segments.json in it, every picture is 404.
  static Result<Media> open(Env& env, const std::string& folder);
  // /media/{show}/{file}: live.m3u8, or a file of the folder.
  void serve(const CallPtr& call);

 private:
  std::vector<Segment> segments_;
  std::optional<net::StaticFiles> files_;
};

}  // namespace vitrine::gateway
