#include "streams/topology/stream_time.h"

#include <algorithm>

namespace vitrine {

StreamTime::StreamTime(StoreSet* stores) {
  if (stores != nullptr) store_ = &stores->keyed<std::string, Anchor>(kStore);
}

void StreamTime::restored() {
  if (store_ == nullptr) return;
  if (const Anchor* kept = store_->find("")) {
    anchor_ = *kept;
    wall_ = std::max(wall_, kept->wall);
  }
}

void StreamTime::write() {
  if (store_ != nullptr) store_->put("", *anchor_);
}

void StreamTime::on_record(Time timestamp) {
  const auto before = now();
  if (before && timestamp <= *before) return;
  anchor_ = Anchor{timestamp, wall_};
  write();
}

void StreamTime::settle() {
  if (const auto reached = now(); reached && anchor_->stream != *reached) {
    anchor_ = Anchor{*reached, wall_};
    write();
  }
}

bool StreamTime::too_far_ahead(Time timestamp) const {
  return wall_ != Time::min() && timestamp - kAheadMax > wall_;
}

std::optional<Time> StreamTime::now() const {
  if (!anchor_) return std::nullopt;
  if (anchor_->wall == Time::min() || wall_ <= anchor_->wall) return anchor_->stream;
  return anchor_->stream + (wall_ - anchor_->wall);
}

Time StreamTime::wall_of(Time event) const {
  if (!anchor_ || anchor_->wall == Time::min()) return Time::max();
  return event <= anchor_->stream ? anchor_->wall : anchor_->wall + (event - anchor_->stream);
}

}  // namespace vitrine
