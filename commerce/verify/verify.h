#pragma once
// Recounts a shop from its raw records and names what does not add up. It stands on the schema
// alone: no decide, no evolve, no state of any room, so that it cannot repeat a room's mistake.
//
//   Verifier verifier;
//   for (every record of kTopics, each log in the order of its positions) verifier.add(record);
//   for (const Finding& finding : verifier.finish()) …
//
// The logs of App "shop" and App "audience" may be read one after the other or interleaved.
// Threads: one. Memory: one small entry per order, reservation, message, vote, viewer, sale and
// stock change.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "streams/log/record.h"

namespace vitrine::verify {

// Where it went wrong and how. "shop.events at 812: 3 of mug are promised, 2 are there"
struct Finding {
  std::string topic;
  std::uint64_t position = 0;
  std::string what;
};

struct Totals {
  std::uint64_t records = 0, orders_confirmed = 0, messages = 0, votes = 0, shows = 0;
};

inline constexpr std::size_t kFindingsMax = 100;

class Verifier {
 public:
  Verifier();
  ~Verifier();

  // What is read: every other topic is ignored.
  static const std::vector<std::string>& topics_of_shop();      // in App "shop"
  static const std::vector<std::string>& topics_of_audience();  // in App "audience"

  void add(const Positioned& record);
  // Once, at the end. At most kFindingsMax, in the order they were found.
  std::vector<Finding> finish();
  Totals totals() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vitrine::verify
