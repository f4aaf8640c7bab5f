#pragma once
// Many words at once: all places where one of them occurs in a text, in one pass over the text.
//
// Source: Aho, Corasick: "Efficient string matching", CACM 1975. Cost: about 5 ns a byte of text,
// however many words there are. Memory: 21 bytes a byte of the words, at most, and 1 KiB for each
// of the nodes nearest to the beginning that have a table of what follows by byte (`tables_max`):
// there a text spends most of its time. Never changes after it is made, so threads may share it; a
// new list is a new object.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vitrine::learn {

class AhoCorasick {
 public:
  struct Match {
    std::uint32_t word;  // its place in the list
    std::size_t begin, end;
    friend bool operator==(const Match&, const Match&) = default;
  };

  // Empty words match nowhere.
  explicit AhoCorasick(std::span<const std::string> words, std::size_t tables_max = 1);

  // By their ends, of equal ends the longer first; while visit(match) says true.
  template <class Visit>
  void each(std::string_view text, Visit&& visit) const {
    std::uint32_t node = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      node = step(node, static_cast<unsigned char>(text[i]));
      for (std::uint32_t at = first_word_[node]; at != 0; at = next_word_[at]) {
        if (!visit(Match{word_[at], i + 1 - depth_[at], i + 1})) return;
      }
    }
  }
  // `most` of them.
  std::vector<Match> find_all(std::string_view text, std::size_t most = 1024) const;
  // Only those that no letter or digit touches: "ass" is not in "class". Scripts that do not part
  // their words would lose all matches, so only ASCII letters and digits count.
  std::vector<Match> find_words(std::string_view text, std::size_t most = 1024) const;

 private:
  struct Trie;
  void number(const Trie& trie);
  void link();
  std::uint32_t child(std::uint32_t node, unsigned char byte) const {
    for (std::uint32_t next = children_[node]; next < children_[node + 1]; ++next)
      if (byte_[next] == byte) return next;
    return 0;
  }
  std::uint32_t step(std::uint32_t node, unsigned char byte) const {
    while (node >= tabled_) {
      if (const std::uint32_t next = child(node, byte); next != 0) return next;
      node = fail_[node];
    }
    return tables_[node * 256 + byte];
  }

  // By node, the nearest to the beginning first, so that a node's children stand together.
  std::vector<unsigned char> byte_;        // that leads to it
  std::vector<std::uint32_t> children_;    // the first; they end where the next node's begin
  std::vector<std::uint32_t> fail_;        // the longest end of this that begins a word
  std::vector<std::uint32_t> word_;        // that ends here; the first of equal ones
  std::vector<std::uint32_t> first_word_;  // itself when a word ends here, else next_word_
  std::vector<std::uint32_t> next_word_;   // the nearest along fail_ that ends a word; 0: none
  std::vector<std::uint32_t> depth_;
  std::uint32_t tabled_ = 0;  // nodes that have a table
  std::vector<std::uint32_t> tables_;
};

}  // namespace vitrine::learn
