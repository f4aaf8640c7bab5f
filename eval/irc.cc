// Reply links in IRC (chat_irc_disentangle): for each line, which earlier line it answers, or that
// it begins a conversation. Learns the given training files and judges the dev files, or a folder
// or archive of the same kind. Scored as the data set's authors do: F1 of all links, those of a
// line to itself too, one link said for each line.
#include <algorithm>
#include <cstdio>
#include <map>
#include <set>

#include "eval/files.h"
#include "eval/parameters.h"
#include "eval/scores.h"
#include "eval/tasks.h"
#include "eval/walk.h"
#include "learn/core/random.h"
#include "learn/models/reply_features.h"

namespace vitrine::eval {
namespace {

constexpr std::size_t kIrcFolds = 3;
constexpr std::uint64_t kIrcModel = 0x697263ULL;

// A line that people judged.
struct Judged {
  std::vector<learn::Ranker::Candidate> candidates;  // the first is itself
  std::vector<std::size_t> truths;                   // places among them; may be none
  std::size_t links = 0;                             // as people saw them, also out of reach
};
using Room = std::vector<Judged>;  // of one file

// "[12:03] <nick> text", "[12:03] * nick does", or "=== notice". Minutes count on over midnight.
learn::ChatLine parse_line(std::string_view line, std::int64_t& day, std::int64_t last) {
  learn::ChatLine parsed;
  parsed.minute = last;
  const auto digit = [&](std::size_t i) { return line[i] >= '0' && line[i] <= '9'; };
  if (line.size() < 8 || line[0] != '[' || !digit(1) || !digit(2) || !digit(4) || !digit(5)) {
    parsed.notice = true;
    return parsed;
  }
  const std::int64_t clock = ((line[1] - '0') * 10 + line[2] - '0') * std::int64_t{60} +
                             (line[4] - '0') * 10 + line[5] - '0';
  if (day + clock + 60 < last) day += 1440;
  parsed.minute = std::max(last, day + clock);
  line.remove_prefix(line.find(' ') == std::string_view::npos ? line.size() : line.find(' ') + 1);
  const bool acts = line.substr(0, 2) == "* ";
  if (acts) line.remove_prefix(2);
  const std::size_t end = std::min(line.find(' '), line.size());
  std::string_view author = line.substr(0, end);
  if (!acts && author.size() > 2 && author.front() == '<') author = author.substr(1, end - 2);
  parsed.author = author;
  parsed.text = line.substr(std::min(end + 1, line.size()));
  return parsed;
}

std::map<std::size_t, std::set<std::size_t>> parse_links(const Bytes& text) {
  std::map<std::size_t, std::set<std::size_t>> links;
  for (const std::string_view line : lines_of(text)) {
    std::size_t first = 0, second = 0;
    if (std::sscanf(std::string(line).c_str(), "%zu %zu", &first, &second) != 2) continue;
    links[std::max(first, second)].insert(std::min(first, second));
  }
  return links;
}

Room read_room(const Bytes& text, const Bytes& annotation) {
  const auto links = parse_links(annotation);
  learn::ReplyFeatures features;
  Room room;
  std::int64_t day = 0, last = 0;
  std::size_t number = 0;
  for (const std::string_view line : lines_of(text)) {
    const learn::ChatLine parsed = parse_line(line, day, last);
    last = parsed.minute;
    features.add(parsed);
    if (const auto found = links.find(number); found != links.end()) {
      Judged judged{features.candidates(), {}, found->second.size()};
      for (std::size_t k = 0; k < features.back().size(); ++k)
        if (found->second.contains(number - features.back()[k])) judged.truths.push_back(k);
      room.push_back(std::move(judged));
    }
    ++number;
  }
  return room;
}

Result<std::vector<Room>> read_rooms(const std::string& path) {
  VT_TRY(const auto files, read_files(path));
  std::map<std::string, const Bytes*> texts, annotations;
  for (const Member& file : files) {
    const std::string base = file.name.substr(file.name.rfind('/') + 1);
    if (base.ends_with(".ascii.txt")) texts[base.substr(0, base.size() - 10)] = &file.content;
    if (base.ends_with(".annotation.txt"))
      annotations[base.substr(0, base.size() - 15)] = &file.content;
  }
  std::vector<Room> rooms;
  for (const auto& [name, text] : texts)
    if (annotations.contains(name)) rooms.push_back(read_room(*text, *annotations[name]));
  if (rooms.empty())
    return fail(Code::Invalid, "read " + path +
                                   ": no pair NAME.ascii.txt and NAME.annotation.txt in it; give a "
                                   "folder or archive like the training files");
  return rooms;
}

class IrcWalk : public Walk {
 public:
  IrcWalk(std::vector<const Judged*> train, std::vector<const Judged*> test, const Parameters& p)
      : train_(std::move(train)),
        test_(std::move(test)),
        passes_(static_cast<std::size_t>(p.whole("passes"))),
        ranker_({.inputs = learn::ReplyFeatures::kInputs,
                 .dense = learn::ReplyFeatures::kDense,
                 .hidden = static_cast<std::uint32_t>(p.whole("hidden")),
                 .rate = p.get("rate"),
                 .decay = p.get("decay"),
                 .model = kIrcModel}) {}
  std::size_t steps() const override { return passes_ * train_.size() + test_.size(); }
  Result<void> step(std::size_t i, Bytes& scores) override {
    if (i < passes_ * train_.size()) {
      // A line at random, the same one at the same step.
      const Judged& line = *train_[learn::Draws{kIrcModel, i}.below(train_.size())];
      if (!line.truths.empty() && line.candidates.size() > 1)
        ranker_.learn(line.candidates, line.truths);
      return {};
    }
    put_varint(scores, ranker_.best(test_[i - passes_ * train_.size()]->candidates));
    return {};
  }
  Bytes snapshot() const override { return ranker_.snapshot(); }
  Result<void> restore(BytesView snapshot) override { return ranker_.restore(snapshot); }

 private:
  std::vector<const Judged*> train_, test_;
  std::size_t passes_;
  learn::Ranker ranker_;
};

Counts links_of(const std::vector<const Judged*>& test, const Bytes& scores) {
  Counts counts;
  ByteReader reader{scores};
  for (const Judged* line : test) {
    const std::size_t said = reader.varint();
    const bool right =
        std::find(line->truths.begin(), line->truths.end(), said) != line->truths.end();
    counts.right += right ? 1 : 0;
    counts.wrong += right ? 0 : 1;
    counts.missed += static_cast<std::int64_t>(line->links) - (right ? 1 : 0);
  }
  return counts;
}

void append(std::vector<const Judged*>& lines, const Room& room) {
  for (const Judged& line : room) lines.push_back(&line);
}

Parameters drawn_irc(std::uint64_t number) {
  learn::Draws draws{kIrcModel + 1, number};
  const auto one_of = [&draws](std::initializer_list<double> values) {
    return *(values.begin() + draws.below(values.size()));
  };
  Parameters p;
  p.set("hidden", one_of({0, 16, 32}));
  p.set("rate", one_of({0.01, 0.02, 0.05}));
  p.set("decay", one_of({0, 1e-5, 1e-4}));
  p.set("passes", one_of({2, 3, 5}));
  return p;
}

}  // namespace

Result<Figures> run_irc(const Options& options) {
  VT_TRY(const Parameters parameters, Parameters::load(options, "irc"));
  VT_TRY(const std::string train_path,
         data_file(options, "chat_irc_disentangle/train_quarter.tar.gz"));
  std::string test_path = options.test;
  if (test_path.empty()) {
    VT_TRY(test_path, data_file(options, "chat_irc_disentangle/dev.tar.gz"));
  }
  VT_TRY(const std::vector<Room> train_rooms, read_rooms(train_path));
  VT_TRY(const std::vector<Room> test_rooms, read_rooms(test_path));
  std::vector<const Judged*> train, test;
  for (const Room& room : train_rooms) append(train, room);
  for (const Room& room : test_rooms) append(test, room);
  VT_TRY(const Bytes scores,
         walk_thrice([&] { return std::make_unique<IrcWalk>(train, test, parameters); }, options));
  const Counts counts = links_of(test, scores);
  return Figures{{"link_f1", 100 * counts.f1(), "%"},
                 {"link_precision", 100 * counts.precision(), "%"},
                 {"link_recall", 100 * counts.recall(), "%"},
                 {"lines", static_cast<double>(test.size()), "lines"}};
}

Result<void> choose_irc(const Options& options) {
  VT_TRY(const std::string path, data_file(options, "chat_irc_disentangle/train_quarter.tar.gz"));
  VT_TRY(const std::vector<Room> rooms, read_rooms(path));
  Parameters best;
  double best_f1 = -1;
  constexpr int kTries = 12;
  for (int number = 0; number < kTries; ++number) {
    const Parameters parameters = drawn_irc(static_cast<std::uint64_t>(number));
    Counts counts;
    for (std::size_t fold = 0; fold < kIrcFolds; ++fold) {
      std::vector<const Judged*> train, test;
      for (std::size_t i = 0; i < rooms.size(); ++i)
        append(i % kIrcFolds == fold ? test : train, rooms[i]);
      IrcWalk walk{train, test, parameters};
      VT_TRY(const Bytes scores, walk_once(walk));
      const Counts part = links_of(test, scores);
      counts.right += part.right;
      counts.wrong += part.wrong;
      counts.missed += part.missed;
    }
    if (counts.f1() > best_f1) best = parameters;
    best_f1 = std::max(best_f1, counts.f1());
    std::fprintf(stderr, "try %d of %d: %.4f, best %.4f\n", number + 1, kTries, counts.f1(),
                 best_f1);
  }
  return best.save(options, "irc");
}

}  // namespace vitrine::eval
