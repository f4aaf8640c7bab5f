#include "gateway/offers_view.h"

namespace vitrine::gateway {

void OffersView::apply(const ViewerOffers& offers) {
  const auto known = by_viewer_.find(offers.viewer());
  if (known != by_viewer_.end()) {
    told_.splice(told_.begin(), told_, known->second);
    *known->second = offers;
    return;
  }
  told_.push_front(offers);
  by_viewer_.emplace(offers.viewer(), told_.begin());
  if (told_.size() <= kViewersMax) return;
  by_viewer_.erase(told_.back().viewer());
  told_.pop_back();
}

const ViewerOffers* OffersView::of(const std::string& viewer) const {
  const auto known = by_viewer_.find(viewer);
  return known == by_viewer_.end() ? nullptr : &*known->second;
}

}  // namespace vitrine::gateway
