#pragma once
// What was said lately in each show, so that a raid is seen. A message writes to one small row (32
// messages a row, gone after a minute); who said nearly the same is looked up in memory.
//
// The memory is made from the rows and from nothing else: when it is not what they say (after a
// restart, or a record that was undone) it is made anew. Bounds: kEchoRunsMax rows of a show,
// kEchoShowsMax shows, then all are let go and made again.
#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "commerce/moderation/raid.h"
#include "vitrine/process.h"

namespace vitrine::moderation {

inline constexpr std::size_t kEchoesMax = 64;       // of one band, the newest
inline constexpr std::size_t kRunEchoes = 32;       // of one row
inline constexpr std::uint64_t kEchoRunsMax = 4'096;  // 131,072 messages in half a minute
inline constexpr std::size_t kEchoShowsMax = 1'024;

// The echoes of one show by the bands of their fingerprints, numbered from 1 in their order. Times
// never decrease.
class Echoes {
 public:
  void add(const Echo& echo);
  // The authors of those nearly the same as `own`, with its own; sorted, none twice.
  std::vector<std::uint64_t> authors_near(const Echo& own) const;
  void keep_newest(std::size_t most);
  std::int64_t newest_ms() const { return known_.empty() ? 0 : known_.back().echo.at_ms; }
  std::size_t size() const { return known_.size() - gone_; }

 private:
  struct Known {
    Echo echo;
    std::array<std::uint64_t, kRaidBands> before{};  // in the same band; 0: none
  };
  struct Newest {
    std::uint32_t band = 0;  // 0: free
    std::uint64_t number = 0;
  };
  static std::uint32_t band_of(std::uint64_t fingerprint, int band);
  const Known* known(std::uint64_t number) const;  // null: it is gone
  Newest& newest(std::uint32_t band);
  const Newest& newest(std::uint32_t band) const;
  void forget(std::size_t count);
  void make_table();

  std::vector<Known> known_;  // the first gone_ of them are forgotten
  std::size_t gone_ = 0;
  std::uint64_t first_ = 1;    // the number of known_.front()
  std::vector<Newest> table_;  // by band, open addressing
  std::size_t used_ = 0;
};

// Consecutive echoes, 24 bytes each.
struct EchoRun {
  Bytes bytes;
  auto fields() { return std::tie(bytes); }
  std::size_t size() const { return bytes.size() / 24; }
  Echo at(std::size_t i) const;
  void add(const Echo& echo);
};

class EchoRows {
 public:
  explicit EchoRows(Stores& stores);

  // The authors who said nearly the same within kRaidMs, with this one, who from now on is one of
  // them.
  std::vector<std::uint64_t> add(std::string_view show, Echo own);

 private:
  struct Kept {
    Echoes echoes;
    std::uint64_t run = 0;  // the newest row, and how many of it are in `echoes`; 0: none
    std::size_t in_run = 0;
  };
  Kept& kept_of(std::string_view show, std::int64_t now_ms);
  bool is_current(const Kept& kept, std::string_view show) const;
  void remake(Kept& kept, std::string_view show, std::int64_t now_ms) const;
  void write(Kept& kept, std::string_view show, const Echo& own);
  const EchoRun* find(std::string_view show, std::uint64_t run) const;

  Keyed<std::uint64_t> newest_;  // by show
  Keyed<ScopedRow, EchoRun> runs_;
  std::map<std::string, Kept, std::less<>> kept_;
};

}  // namespace vitrine::moderation
