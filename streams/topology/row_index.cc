#include "streams/topology/row_index.h"

#include <iterator>
#include <utility>

namespace vitrine {

void RowIndex::add(Bytes row) {
  const auto [place, added] = rows_.insert(std::move(row));
  if (added) changes_.push_back({*place, true});
}

void RowIndex::remove(BytesView row) {
  const auto found = rows_.find(row);
  if (found == rows_.end()) return;
  changes_.push_back({*found, false});
  rows_.erase(found);
}

void RowIndex::clear() {
  rows_.clear();
  changes_.clear();
}

const Bytes* RowIndex::at_or_after(BytesView from) const {
  const auto found = rows_.lower_bound(from);
  return found == rows_.end() ? nullptr : &*found;
}

const Bytes* RowIndex::before(BytesView end) const {
  const auto found = rows_.lower_bound(end);
  return found == rows_.begin() ? nullptr : &*std::prev(found);
}

void RowIndex::undo() {
  for (auto change = changes_.rbegin(); change != changes_.rend(); ++change) {
    if (change->added) {
      rows_.erase(change->row);
    } else {
      rows_.insert(std::move(change->row));
    }
  }
  changes_.clear();
}

}  // namespace vitrine
