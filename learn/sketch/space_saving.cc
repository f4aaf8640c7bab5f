#include "learn/sketch/space_saving.h"

#include <algorithm>

#include "learn/core/snapshot.h"

namespace vitrine::learn {
namespace {

constexpr std::string_view kSpaceSavingName = "space-saving";
constexpr std::size_t kKeyBytesMax = 256;

}  // namespace

SpaceSaving::SpaceSaving(std::size_t places) : places_(places) { VT_CHECK(places > 0); }

void SpaceSaving::add(std::string_view key, std::uint64_t count) {
  key = key.substr(0, kKeyBytesMax);
  total_ += count;
  Place place{count, 0, turns_++};
  if (const auto found = keys_.find(key); found != keys_.end()) {
    order_.erase({{found->second.count, found->second.since}, found->first});
    place = {found->second.count + count, found->second.over, found->second.since};
    keys_.erase(found);
  } else if (keys_.size() == places_) {
    const auto least = order_.begin();
    place.over = least->first.first;
    place.count += place.over;
    keys_.erase(least->second);
    order_.erase(least);
  }
  order_.insert({{place.count, place.since}, std::string(key)});
  keys_.emplace(key, place);
}

std::vector<SpaceSaving::Heavy> SpaceSaving::top(std::size_t most) const {
  std::vector<Heavy> all;
  for (const auto& [key, place] : keys_) all.push_back({key, place.count, place.over});
  std::stable_sort(all.begin(), all.end(),
                   [](const Heavy& a, const Heavy& b) { return a.count > b.count; });
  if (all.size() > most) all.resize(most);
  return all;
}

Bytes SpaceSaving::snapshot() const {
  Bytes out;
  put_head(out, kSpaceSavingName, 1);
  for (const std::uint64_t value : {std::uint64_t{places_}, total_, turns_, keys_.size()})
    put_varint(out, value);
  for (const auto& [key, place] : keys_) {
    put_bytes(out, key);
    for (const std::uint64_t value : {place.count, place.over, place.since}) put_varint(out, value);
  }
  return out;
}

Result<SpaceSaving> SpaceSaving::restore(BytesView snapshot) {
  ByteReader reader{snapshot};
  VT_TRY_VOID(read_head(reader, kSpaceSavingName, 1));
  const std::uint64_t places = reader.varint();
  if (places == 0)
    return fail(Code::Corrupt, "restore a space-saving: no places; use another snapshot");
  SpaceSaving sketch{places};
  sketch.total_ = reader.varint();
  sketch.turns_ = reader.varint();
  for (std::uint64_t left = reader.varint(); left > 0 && reader.ok(); --left) {
    const std::string key{reader.bytes()};
    Place place{};
    for (std::uint64_t* value : {&place.count, &place.over, &place.since}) *value = reader.varint();
    sketch.order_.insert({{place.count, place.since}, key});
    sketch.keys_.emplace(key, place);
  }
  VT_TRY_VOID(read_end(reader, kSpaceSavingName));
  return sketch;
}

}  // namespace vitrine::learn
