#pragma once
// Finds the fact that answers a question, with what speaks for it. For the evaluation `faq`.
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "eval/table.h"
#include "learn/text/aho_corasick.h"
#include "learn/text/bm25.h"

namespace vitrine::eval {

class Answerer {
 public:
  // `words`: lines of words.tsv.
  explicit Answerer(const std::vector<Row>& words);

  // "p.NAME.…" are facts of the product NAME; all others hold for the whole show.
  Result<void> add(std::uint64_t number, const std::string& id, const std::string& text);

  struct Finding {
    std::string id;      // empty: nothing has a word in common
    double covered = 0;  // part of the question's weight that the fact's words carry
    double ahead = 0;    // of the score, part by which the second best is behind
  };
  Finding find(std::string_view question, const std::string& pinned) const;

  Bytes snapshot() const;
  Result<void> restore(BytesView snapshot);

 private:
  struct Read {
    std::vector<std::string> tokens;  // words and concepts, none twice
    std::set<std::string> products;   // named in it
  };
  Read read(std::string_view text, bool correct) const;
  std::string known(const std::string& word) const;

  std::vector<std::string> phrases_, meanings_;  // one meaning a phrase
  std::set<std::string> stop_, vocabulary_;
  learn::AhoCorasick search_;
  learn::Bm25 index_;
  std::map<std::uint64_t, std::string> ids_;
};

}  // namespace vitrine::eval
