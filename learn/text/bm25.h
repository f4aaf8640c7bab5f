#pragma once
// Which of the kept texts answers a query best: words they share count the more, the rarer they are
// and the shorter the text is.
//
// Source: Robertson, Zaragoza: "The probabilistic relevance framework: BM25 and beyond", 2009, with
// idf = ln(1 + (n - df + 0.5) / (df + 0.5)), which is never negative. Cost: add and remove 0.3 us a
// word; a search visits the texts that hold a word of the query. Sums run in the query's order,
// equal scores by id: the same answer always.
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace vitrine::learn {

struct Bm25Options {
  double k1 = 1.2;  // how soon more of the same word stops counting
  double b = 0.75;  // how much a text's length counts
  std::size_t texts_max = 10'000;
  std::size_t words_max = 2'000;  // of a text; the rest is left out
};

class Bm25 {
 public:
  explicit Bm25(const Bm25Options& options = {}) : options_(options) {}

  struct Hit {
    std::uint64_t id;
    double score;
    friend bool operator==(const Hit&, const Hit&) = default;
  };
  // A text with a known id takes the old one's place. Overloaded when it is full.
  Result<void> add(std::uint64_t id, std::string_view normalised);
  void remove(std::uint64_t id);
  // The best first, none with a score of zero.
  std::vector<Hit> search(std::string_view normalised_query, std::size_t most) const;

  double idf(std::string_view word) const;
  bool holds(std::uint64_t id, std::string_view word) const;
  std::size_t size() const { return texts_.size(); }

  Bytes snapshot() const;
  static Result<Bm25> restore(BytesView snapshot);

 private:
  struct Text {
    std::map<std::string, std::uint32_t, std::less<>> counts;
    std::uint32_t length = 0;
  };
  double idf_of(std::size_t texts_with) const;
  void insert(std::uint64_t id, Text text);

  Bm25Options options_;
  std::map<std::uint64_t, Text> texts_;
  std::map<std::string, std::map<std::uint64_t, std::uint32_t>, std::less<>> postings_;
  std::uint64_t words_ = 0;  // of all texts
};

}  // namespace vitrine::learn
