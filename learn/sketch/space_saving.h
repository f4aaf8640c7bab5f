#pragma once
// Which keys come most often, with a bound on how wrong each count may be, in a fixed number of
// places.
//
// Source: Metwally, Agrawal, El Abbadi: "Efficient computation of frequent and top-k elements in
// data streams", ICDT 2005: every key that is more than total / places of all is among them. A new
// key takes the place of the one that came least often, of equal ones the one longest there. Cost:
// O(log places) an addition. Memory: `places` keys of at most 256 bytes.
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace vitrine::learn {

class SpaceSaving {
 public:
  explicit SpaceSaving(std::size_t places);

  struct Heavy {
    std::string key;
    std::uint64_t count;  // at least the truth
    std::uint64_t over;   // and at most by this much
    friend bool operator==(const Heavy&, const Heavy&) = default;
  };
  void add(std::string_view key, std::uint64_t count = 1);  // longer keys are cut at 256 bytes
  // The most frequent first, equal ones by key.
  std::vector<Heavy> top(std::size_t most) const;
  std::uint64_t total() const { return total_; }

  Bytes snapshot() const;
  static Result<SpaceSaving> restore(BytesView snapshot);

 private:
  struct Place {
    std::uint64_t count, over, since;
  };
  std::size_t places_;
  std::uint64_t total_ = 0, turns_ = 0;
  std::map<std::string, Place, std::less<>> keys_;
  std::set<std::pair<std::pair<std::uint64_t, std::uint64_t>, std::string>> order_;
};

}  // namespace vitrine::learn
