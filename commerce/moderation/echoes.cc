#include "commerce/moderation/echoes.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "learn/text/features.h"
#include "learn/text/simhash.h"

namespace vitrine::moderation {

// Each band's numbers are apart from the others', and none is 0.
std::uint32_t Echoes::band_of(std::uint64_t fingerprint, int band) {
  const std::uint64_t bits = fingerprint >> (16U * static_cast<unsigned>(band)) & 0xFFFFU;
  return static_cast<std::uint32_t>(bits | static_cast<std::uint64_t>(band + 1) << 16U);
}

const Echoes::Known* Echoes::known(std::uint64_t number) const {
  return number < first_ + gone_ ? nullptr : &known_[number - first_];
}

const Echoes::Newest& Echoes::newest(std::uint32_t band) const {
  std::size_t at = learn::stable_mix(band) & (table_.size() - 1);
  while (table_[at].band != 0 && table_[at].band != band) at = (at + 1) & (table_.size() - 1);
  return table_[at];
}

Echoes::Newest& Echoes::newest(std::uint32_t band) {
  return const_cast<Newest&>(std::as_const(*this).newest(band));
}

// Anew, without the bands whose echoes are all gone; a third full.
void Echoes::make_table() {
  table_.assign(std::bit_ceil(std::max<std::size_t>(64, size() * kRaidBands * 3)), {});
  used_ = 0;
  for (std::size_t i = gone_; i < known_.size(); ++i) {
    for (int band = 0; band < kRaidBands; ++band) {
      const std::uint32_t wanted = band_of(known_[i].echo.fingerprint, band);
      Newest& place = newest(wanted);
      used_ += place.band == 0 ? 1 : 0;
      place = {wanted, first_ + i};
    }
  }
}

void Echoes::forget(std::size_t count) {
  gone_ += count;
  if (gone_ < 64 || gone_ < known_.size() / 2) return;
  known_.erase(known_.begin(), known_.begin() + static_cast<std::ptrdiff_t>(gone_));
  first_ += gone_;
  gone_ = 0;
}

void Echoes::keep_newest(std::size_t most) {
  if (size() > most) forget(size() - most);
}

void Echoes::add(const Echo& echo) {
  std::size_t old = 0;
  while (old < size() && known_[gone_ + old].echo.at_ms + kRaidMs <= echo.at_ms) ++old;
  forget(old);
  if ((used_ + kRaidBands) * 8 > table_.size() * 5) make_table();
  Known fresh{echo};
  for (int band = 0; band < kRaidBands; ++band) {
    const std::uint32_t wanted = band_of(echo.fingerprint, band);
    Newest& place = newest(wanted);
    used_ += place.band == 0 ? 1 : 0;
    fresh.before[static_cast<std::size_t>(band)] = place.number;
    place = {wanted, first_ + known_.size()};
  }
  known_.push_back(fresh);
}

std::vector<std::uint64_t> Echoes::authors_near(const Echo& own) const {
  std::vector<std::uint64_t> authors{own.author};
  for (int band = 0; band < kRaidBands && !table_.empty(); ++band) {
    std::uint64_t number = newest(band_of(own.fingerprint, band)).number;
    for (std::size_t looked = 0; looked < kEchoesMax; ++looked) {
      const Known* one = known(number);
      if (one == nullptr || one->echo.at_ms + kRaidMs <= own.at_ms) break;
      number = one->before[static_cast<std::size_t>(band)];
      if (learn::bits_apart(one->echo.fingerprint, own.fingerprint) <= kRaidBits)
        authors.push_back(one->echo.author);
    }
  }
  std::ranges::sort(authors);
  const auto same = std::ranges::unique(authors);
  authors.erase(same.begin(), same.end());
  return authors;
}

Echo EchoRun::at(std::size_t i) const {
  ByteReader reader{BytesView(bytes).substr(i * 24, 24)};
  Echo echo;
  echo.at_ms = static_cast<std::int64_t>(reader.u64());
  echo.fingerprint = reader.u64();
  echo.author = reader.u64();
  return echo;
}

void EchoRun::add(const Echo& echo) {
  put_u64(bytes, static_cast<std::uint64_t>(echo.at_ms));
  put_u64(bytes, echo.fingerprint);
  put_u64(bytes, echo.author);
}

EchoRows::EchoRows(Stores& stores)
    : newest_(stores.keyed<std::uint64_t>("moderation-echo-runs")),
      runs_(stores.keyed<ScopedRow, EchoRun>("moderation-said").ttl(std::chrono::seconds(60))) {}

const EchoRun* EchoRows::find(std::string_view show, std::uint64_t run) const {
  return runs_.find({show, std::to_string(run)});
}

bool EchoRows::is_current(const Kept& kept, std::string_view show) const {
  const std::uint64_t* newest = newest_.find(show);
  if (newest == nullptr) return kept.run == 0;
  if (kept.run != *newest) return false;
  const EchoRun* run = find(show, *newest);
  return (run == nullptr ? 0 : run->size()) == kept.in_run;
}

void EchoRows::remake(Kept& kept, std::string_view show, std::int64_t now_ms) const {
  kept = {};
  const std::uint64_t* newest = newest_.find(show);
  if (newest == nullptr) return;
  const auto is_wanted = [&](std::uint64_t number) {
    const EchoRun* run =
        number == 0 || *newest - number >= kEchoRunsMax ? nullptr : find(show, number);
    return run != nullptr && run->at(run->size() - 1).at_ms + kRaidMs > now_ms;
  };
  std::uint64_t before = *newest;
  while (is_wanted(before)) --before;
  for (std::uint64_t number = before + 1; number <= *newest; ++number) {
    const EchoRun* run = find(show, number);
    for (std::size_t i = 0; i < run->size(); ++i) kept.echoes.add(run->at(i));
  }
  const EchoRun* last = find(show, *newest);
  kept.run = *newest;
  kept.in_run = last == nullptr ? 0 : last->size();
}

EchoRows::Kept& EchoRows::kept_of(std::string_view show, std::int64_t now_ms) {
  const auto known = kept_.find(show);
  if (known != kept_.end() && is_current(known->second, show)) return known->second;
  if (kept_.size() >= kEchoShowsMax) kept_.clear();
  Kept& kept = kept_[std::string(show)];
  remake(kept, show, now_ms);
  return kept;
}

std::vector<std::uint64_t> EchoRows::add(std::string_view show, Echo own) {
  Kept& kept = kept_of(show, own.at_ms);
  own.at_ms = std::max(own.at_ms, kept.echoes.newest_ms());
  auto authors = kept.echoes.authors_near(own);
  write(kept, show, own);
  return authors;
}

void EchoRows::write(Kept& kept, std::string_view show, const Echo& own) {
  if (kept.in_run == 0 || kept.in_run >= kRunEchoes) {
    newest_.put(show, ++kept.run);
    kept.in_run = 0;
    kept.echoes.keep_newest((kEchoRunsMax - 1) * kRunEchoes);
    if (kept.run > kEchoRunsMax) runs_.erase({show, std::to_string(kept.run - kEchoRunsMax)});
  }
  runs_.upsert({show, std::to_string(kept.run)}).add(own);
  ++kept.in_run;
  kept.echoes.add(own);
}

}  // namespace vitrine::moderation
