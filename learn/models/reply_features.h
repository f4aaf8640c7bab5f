#pragma once
// To which earlier line does a line of chat reply, if to any? The candidates of each line and what
// speaks for them: how far back, how long ago, who is named, who spoke last to whom, shared words.
// A Ranker chooses.
//
// Source of the task and of most ideas: Kummerfeld et al., "A large-scale corpus for conversation
// disentanglement", ACL 2019. Cost: about 60 us a line with 100 candidates. Memory: the last 1,000
// lines. All is a function of those lines; a snapshot is the lines themselves.
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "learn/online/ranker.h"

namespace vitrine::learn {

struct ChatLine {
  std::int64_t minute = 0;
  std::string author;
  std::string text;
  bool notice = false;  // of the room, not of a person: replies to nothing
};

struct ReplyOptions {
  std::size_t candidates_max = 100;  // lines before it that a line may reply to
  std::size_t lines_max = 1000;      // remembered, for who is who
};

class ReplyFeatures {
 public:
  static constexpr std::uint32_t kInputs = 16384, kDense = 1024;

  explicit ReplyFeatures(const ReplyOptions& options = {}) : options_(options) {}

  // Takes the next line. Afterwards candidates()[k] is the line `back()[k]` lines before; the first
  // is the line itself: it begins a conversation.
  void add(const ChatLine& line);
  const std::vector<Ranker::Candidate>& candidates() const { return candidates_; }
  const std::vector<std::size_t>& back() const { return back_; }

 private:
  struct Line {
    std::int64_t minute;
    std::uint64_t author;  // hashed
    bool notice;
    std::vector<std::uint64_t> words;  // hashed, without short and common ones; sorted
    std::vector<std::uint64_t> named;  // authors it names; the first one first when it begins so
    bool named_first = false;
    bool calls_unknown = false;  // begins as if it named somebody
    int question = 0;
    int length = 0;
    std::uint64_t first_word = 0;
    std::vector<std::uint64_t> all_words;
  };
  // What holds for the newest line whichever the candidate.
  struct Now {
    std::size_t last_own = 0;  // lines back to its author's last one; 0: none
    std::uint64_t last_addressed = 0;
    std::size_t authors_near = 0;
    std::size_t lines_near = 0;
    bool called_since = false;
  };

  Line parse(const ChatLine& line) const;
  Now look_around() const;
  void add_self(const Line& line, const Now& now);
  void add_candidate(const Line& line, const Now& now, std::size_t back, std::size_t distance);
  void add_line_features(Ranker::Candidate& out, const Line& line, const Now& now, bool self) const;
  void add_pair_features(Ranker::Candidate& out, const Line& line, const Now& now, std::size_t back,
                         std::size_t distance) const;
  const Line& at(std::size_t back) const { return lines_[lines_.size() - 1 - back]; }
  bool known_author(std::uint64_t author) const;

  ReplyOptions options_;
  std::deque<Line> lines_;  // newest last
  std::vector<Ranker::Candidate> candidates_;
  std::vector<std::size_t> back_;
};

}  // namespace vitrine::learn
