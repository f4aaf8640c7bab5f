#pragma once
// An App from a seed: one to three chains of random operators over the same input, so that nobody
// has chosen which of them meet. The same seed gives the same App.
//
// Everything in it follows from the order of its input alone: the wall clock of a soak run stands,
// and behind a hop, where the stream time has run ahead, stand only operators that do not ask for
// it. So a TestDriver that is given the committed input must make the same output for each key.
//
// Every other App may be run by several shards. Those know no order between keys: there no operator
// asks for stream time, and a record's new key holds its old one, so that all records of a key come
// from one.
#include <cstdint>
#include <string>

#include "vitrine/app.h"

namespace vitrine::soak {

struct Item {
  std::uint64_t id = 0;  // dense over both inputs, in the order of the appends
  std::uint64_t amount = 0;
  auto fields() { return std::tie(id, amount); }
};

inline const Topic<std::string, Item> items{"items"};
inline const Topic<std::string, Item> prices{"prices"};  // a table

inline constexpr std::uint32_t kSoakShardsMax = 4;
bool for_several_shards(std::uint64_t seed);
App soak_app(std::uint64_t seed);

}  // namespace vitrine::soak
