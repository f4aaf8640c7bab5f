#include "learn/text/aho_corasick.h"

#include <algorithm>

namespace vitrine::learn {
namespace {

bool touches(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace

AhoCorasick::AhoCorasick(std::span<const std::string> words) : nodes_(1) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i].empty()) continue;
    std::uint32_t node = 0;
    for (const char c : words[i]) {
      const auto byte = static_cast<unsigned char>(c);
      std::uint32_t next = child(node, byte);
      if (next == 0) {
        next = static_cast<std::uint32_t>(nodes_.size());
        const std::uint32_t depth = nodes_[node].depth + 1;
        auto& edges = nodes_[node].edges;
        const auto after = std::find_if(edges.begin(), edges.end(),
                                        [byte](const Edge& edge) { return edge.byte > byte; });
        edges.insert(after, {byte, next});
        nodes_.emplace_back().depth = depth;
      }
      node = next;
    }
    if (nodes_[node].word < 0) nodes_[node].word = static_cast<std::int64_t>(i);
  }
  link();
}

std::uint32_t AhoCorasick::child(std::uint32_t node, unsigned char byte) const {
  const auto& edges = nodes_[node].edges;
  const auto found =
      std::lower_bound(edges.begin(), edges.end(), byte,
                       [](const Edge& edge, unsigned char wanted) { return edge.byte < wanted; });
  return found != edges.end() && found->byte == byte ? found->node : 0;
}

std::uint32_t AhoCorasick::step(std::uint32_t node, unsigned char byte) const {
  for (;;) {
    if (node == 0) return first_[byte];
    if (const std::uint32_t next = child(node, byte); next != 0) return next;
    node = nodes_[node].fail;
  }
}

// Breadth first: what a node falls back to is less deep, hence linked before it.
void AhoCorasick::link() {
  for (const Edge& edge : nodes_[0].edges) first_[edge.byte] = edge.node;
  std::vector<std::uint32_t> order{0};
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::uint32_t from = order[i];
    for (const Edge& edge : nodes_[from].edges) {
      Node& node = nodes_[edge.node];
      node.fail = from == 0 ? 0 : step(nodes_[from].fail, edge.byte);
      node.next_word = nodes_[node.fail].word >= 0 ? node.fail : nodes_[node.fail].next_word;
      order.push_back(edge.node);
    }
  }
}

std::vector<AhoCorasick::Match> AhoCorasick::find_all(std::string_view text,
                                                      std::size_t most) const {
  std::vector<Match> matches;
  std::uint32_t node = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    node = step(node, static_cast<unsigned char>(text[i]));
    for (std::uint32_t at = node; at != 0; at = nodes_[at].next_word) {
      if (nodes_[at].word < 0) continue;
      if (matches.size() >= most) return matches;
      matches.push_back(
          {static_cast<std::uint32_t>(nodes_[at].word), i + 1 - nodes_[at].depth, i + 1});
    }
  }
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
