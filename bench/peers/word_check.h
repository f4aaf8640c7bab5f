#pragma once
// Holds a stream of word counts against the truth: after `records` records of the generator, what
// must the last count of each word be, and was any count repeated on the way?
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace vitrine::peers {

class WordCheck {
 public:
  explicit WordCheck(std::uint64_t records);

  void add(std::string_view word, std::uint64_t count);
  // Every word's last count is the true one.
  bool exact() const;
  // One line of JSON, the names and meanings as in java/observer/.../Verify.java.
  std::string report() const;

 private:
  std::unordered_map<std::string, std::uint32_t> ranks_;
  std::vector<std::uint64_t> wanted_, last_;
  std::uint64_t words_ = 0, updates_ = 0, repeated_ = 0, alien_ = 0;
};

}  // namespace vitrine::peers
