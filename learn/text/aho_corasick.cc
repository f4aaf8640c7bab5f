#include "learn/text/aho_corasick.h"

#include <algorithm>
#include <map>

namespace vitrine::learn {
namespace {

constexpr std::uint32_t kNoWord = ~std::uint32_t{0};

bool touches(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace

// The words as a tree, in the order in which they came.
struct AhoCorasick::Trie {
  struct Node {
    std::map<unsigned char, std::uint32_t> children;
    std::uint32_t word = kNoWord, depth = 0;
  };
  std::vector<Node> nodes{1};

  void add(const std::string& text, std::uint32_t word) {
    std::uint32_t node = 0;
    for (const char c : text) {
      const auto fresh = static_cast<std::uint32_t>(nodes.size());
      const auto [child, added] =
          nodes[node].children.try_emplace(static_cast<unsigned char>(c), fresh);
      const std::uint32_t next = child->second, depth = nodes[node].depth + 1;
      if (added) nodes.emplace_back().depth = depth;
      node = next;
    }
    if (nodes[node].word == kNoWord) nodes[node].word = word;
  }
};

AhoCorasick::AhoCorasick(std::span<const std::string> words, std::size_t tables_max) {
  Trie trie;
  for (std::size_t i = 0; i < words.size(); ++i)
    if (!words[i].empty()) trie.add(words[i], static_cast<std::uint32_t>(i));
  number(trie);
  tabled_ = static_cast<std::uint32_t>(
      std::clamp<std::size_t>(tables_max, 1, trie.nodes.size()));
  tables_.resize(std::size_t{tabled_} * 256);
  link();
}

// Breadth first.
void AhoCorasick::number(const Trie& trie) {
  std::vector<std::uint32_t> order{0};
  byte_.push_back(0);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Trie::Node& node = trie.nodes[order[i]];
    children_.push_back(static_cast<std::uint32_t>(order.size()));
    word_.push_back(node.word);
    depth_.push_back(node.depth);
    for (const auto& [byte, child] : node.children) {
      order.push_back(child);
      byte_.push_back(byte);
    }
  }
  children_.push_back(static_cast<std::uint32_t>(order.size()));
}

// What a node falls back to is less deep, hence linked before it; and its table is made before, as
// the tables are those of the first nodes.
void AhoCorasick::link() {
  const std::size_t nodes = word_.size();
  fail_.resize(nodes);
  next_word_.resize(nodes);
  first_word_.resize(nodes);
  for (std::uint32_t node = 0; node < nodes; ++node) {
    const std::uint32_t fail = fail_[node];
    next_word_[node] = first_word_[fail];
    first_word_[node] = word_[node] != kNoWord ? node : next_word_[node];
    if (node < tabled_) {
      std::uint32_t* const table = &tables_[std::size_t{node} * 256];
      if (node > 0) std::copy_n(&tables_[std::size_t{fail} * 256], 256, table);
      for (std::uint32_t next = children_[node]; next < children_[node + 1]; ++next)
        table[byte_[next]] = next;
    }
    for (std::uint32_t next = children_[node]; next < children_[node + 1]; ++next)
      fail_[next] = node == 0 ? 0 : step(fail, byte_[next]);
  }
}

std::vector<AhoCorasick::Match> AhoCorasick::find_all(std::string_view text,
                                                      std::size_t most) const {
  std::vector<Match> matches;
  each(text, [&](const Match& match) {
    if (matches.size() >= most) return false;
    matches.push_back(match);
    return true;
  });
  return matches;
}

std::vector<AhoCorasick::Match> AhoCorasick::find_words(std::string_view text,
                                                        std::size_t most) const {
  // A text of n bytes has few whole words among its matches; all are looked at.
  std::vector<Match> matches = find_all(text, ~std::size_t{0});
  std::erase_if(matches, [text](const Match& match) {
    return (match.begin > 0 && touches(text[match.begin]) && touches(text[match.begin - 1])) ||
           (match.end < text.size() && touches(text[match.end - 1]) && touches(text[match.end]));
  });
  if (matches.size() > most) matches.resize(most);
  return matches;
}

}  // namespace vitrine::learn
