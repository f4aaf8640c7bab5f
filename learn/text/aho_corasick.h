#pragma once
// Many words at once: all places where one of them occurs in a text, in one pass over the text.
//
// Source: Aho, Corasick: "Efficient string matching", CACM 1975. Cost: about 10 ns a byte of text,
// however many words there are. Memory: 24 bytes a byte of the words, at most. Never changes after
// it is made, so threads may share it; a new list is a new object.
#include <array>
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
  explicit AhoCorasick(std::span<const std::string> words);

  // By their ends, of equal ends the longer first; `most` of them.
  std::vector<Match> find_all(std::string_view text, std::size_t most = 1024) const;
  // Only those that no letter or digit touches: "ass" is not in "class". Scripts that do not part
  // their words would lose all matches, so only ASCII letters and digits count.
  std::vector<Match> find_words(std::string_view text, std::size_t most = 1024) const;

 private:
  struct Edge {
    unsigned char byte;
    std::uint32_t node;
  };
  struct Node {
    std::vector<Edge> edges;      // by byte
    std::uint32_t fail = 0;       // the longest end of this that begins a word
    std::uint32_t next_word = 0;  // the nearest node along `fail` that ends a word; 0: none
    std::int64_t word = -1;       // that ends here; the first of equal ones
    std::uint32_t depth = 0;
  };
  std::uint32_t step(std::uint32_t node, unsigned char byte) const;
  std::uint32_t child(std::uint32_t node, unsigned char byte) const;
  void link();

  std::vector<Node> nodes_;
  std::array<std::uint32_t, 256> first_{};  // the beginning's children: most bytes end there
};

}  // namespace vitrine::learn
