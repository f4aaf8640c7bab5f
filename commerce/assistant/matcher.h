#pragma once
// Finds the fact that answers a question, with what speaks for it. Pure: what was added and the
// question decide, to the bit.
//
// Facts are found by BM25 over their words; words that mean the same are one, and a question's
// words are corrected by one slip towards those that are known. Cost: bench/assistant.cc.
// Bound: learn::Bm25Options::texts_max facts.
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "learn/text/aho_corasick.h"
#include "learn/text/bm25.h"

namespace vitrine::assistant {

class Matcher {
 public:
  // What a phrase means: "@NAME" names a product, "+concept" is a way to ask for it, "-stop" says
  // nothing. `phrases` are parted by ", ".
  struct Meaning {
    std::string meaning, phrases;
  };
  explicit Matcher(const std::vector<Meaning>& meanings);

  // "p.NAME.CONCEPT" are facts of the product NAME; all others hold for the whole show. Overloaded
  // when it is full.
  Result<void> add(std::uint64_t number, const std::string& id, const std::string& text);

  struct Finding {
    std::string id;      // empty: nothing has a word in common
    double covered = 0;  // part of the question's weight that the fact's words carry
    double ahead = 0;    // of the score, part by which the second best is behind
    std::vector<std::string> concepts;  // what the question asks for, sorted
  };
  Finding find(std::string_view question, const std::string& pinned) const;

  Bytes snapshot() const;
  Result<void> restore(BytesView snapshot);

 private:
  struct Read {
    std::vector<std::string> tokens;  // words and concepts, none twice
    std::set<std::string> products;   // named in it
    std::vector<std::string> concepts;
  };
  Read read(std::string_view text, bool correct) const;
  std::string known(const std::string& word) const;

  std::vector<std::string> phrases_, meanings_;  // one meaning a phrase
  std::set<std::string> stop_, vocabulary_;
  std::shared_ptr<const learn::AhoCorasick> search_;
  learn::Bm25 index_;
  std::map<std::uint64_t, std::string> ids_;
};

}  // namespace vitrine::assistant
