#pragma once
// What each viewer is offered now, folded from viewer.offers only. Decides nothing.
//
// Bounds: kViewersMax viewers; the one told of longest ago leaves. Threads: the loop's.
#include <list>
#include <string>
#include <unordered_map>

#include "commerce/model/proto/recommend.pb.h"

namespace vitrine::gateway {

class OffersView {
 public:
  static constexpr std::size_t kViewersMax = 20'000;

  void apply(const ViewerOffers& offers);
  // Null when she was never offered anything, or it is too long ago.
  const ViewerOffers* of(const std::string& viewer) const;

 private:
  std::list<ViewerOffers> told_;  // the newest first
  std::unordered_map<std::string, std::list<ViewerOffers>::iterator> by_viewer_;
};

}  // namespace vitrine::gateway
