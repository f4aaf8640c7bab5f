// Questions of a show's chat (data/questions): each is answered from one fact, or left to the host.
// Facts are found by BM25 over their words, corrected and with words that mean the same as one; an
// answer is given when enough of the question is covered and no other fact is as near. The
// thresholds that judge one half of the questions are chosen on the other half.
#include <algorithm>
#include <cstdio>

#include "commerce/assistant/matcher.h"
#include "eval/files.h"
#include "eval/parameters.h"
#include "eval/table.h"
#include "eval/tasks.h"
#include "eval/walk.h"
#include "learn/core/snapshot.h"
#include "learn/text/features.h"

namespace vitrine::eval {
namespace {

using assistant::Matcher;

constexpr const char* kQuestions = "data/questions/";
// Of questions.tsv and facts.tsv together; README.md tells why they do not change.
constexpr std::uint64_t kFrozen = 12854227630757697577ULL;

struct Question {
  std::string truth, pinned, text;
  int half = 0;
};

Result<std::vector<Question>> read_questions(const std::string& path) {
  VT_TRY(const Table table, read_tsv(path, 4));
  std::vector<Question> questions;
  for (const Row& row : table.rows)
    questions.push_back({row[0], row[2], row[3], static_cast<int>(learn::stable_hash(row[3]) % 2)});
  return questions;
}

Result<void> check_frozen() {
  VT_TRY(Bytes text, read_file(std::string(kQuestions) + "questions.tsv"));
  VT_TRY(const Bytes facts, read_file(std::string(kQuestions) + "facts.tsv"));
  const std::uint64_t found = learn::stable_hash(text + facts);
  if (found == kFrozen) return {};
  return fail(Code::Conflict, std::string("read ") + kQuestions +
                                  ": the frozen questions or facts " + "were changed (" +
                                  std::to_string(found) + "); take them back from the repository");
}

std::vector<Matcher::Meaning> meanings_of(const std::vector<Row>& words) {
  std::vector<Matcher::Meaning> meanings;
  for (const Row& row : words) meanings.push_back({row[0], row[1]});
  return meanings;
}

class FaqWalk : public Walk {
 public:
  FaqWalk(const std::vector<Row>& facts, const std::vector<Question>& questions,
          const std::vector<Row>& words)
      : facts_(facts), questions_(questions), matcher_(meanings_of(words)) {}
  std::size_t steps() const override { return facts_.size() + questions_.size(); }
  Result<void> step(std::size_t i, Bytes& scores) override {
    if (i < facts_.size()) return matcher_.add(i, facts_[i][0], facts_[i][1] + " " + facts_[i][2]);
    const Question& question = questions_[i - facts_.size()];
    const Matcher::Finding found = matcher_.find(question.text, question.pinned);
    put_bytes(scores, found.id);
    learn::put_double(scores, found.covered);
    learn::put_double(scores, found.ahead);
    return {};
  }
  Bytes snapshot() const override { return matcher_.snapshot(); }
  Result<void> restore(BytesView snapshot) override { return matcher_.restore(snapshot); }

 private:
  const std::vector<Row>& facts_;
  const std::vector<Question>& questions_;
  Matcher matcher_;
};

struct Tally {
  double answerable = 0, unanswerable = 0, right = 0, wrong = 0, left = 0;
  double basic = 0, basic_right = 0;
  void add(const Question& question, const Matcher::Finding& found, bool given) {
    const bool is_right = given && found.id == question.truth;
    const bool basic_one = question.truth[0] == 'p' || question.truth[0] == 's';
    (question.truth == "-" ? unanswerable : answerable) += 1;
    right += is_right ? 1 : 0;
    wrong += given && !is_right ? 1 : 0;
    left += question.truth == "-" && !given ? 1 : 0;
    basic += basic_one ? 1 : 0;
    basic_right += basic_one && is_right ? 1 : 0;
  }
  double wrong_share() const { return right + wrong == 0 ? 0 : wrong / (right + wrong); }
  double left_share() const { return unanswerable == 0 ? 1 : left / unanswerable; }
};

std::vector<Matcher::Finding> findings_of(const Bytes& scores) {
  std::vector<Matcher::Finding> findings;
  for (ByteReader reader{scores}; !reader.at_end();) {
    Matcher::Finding found;
    found.id = reader.bytes();
    found.covered = learn::read_double(reader);
    found.ahead = learn::read_double(reader);
    findings.push_back(found);
  }
  return findings;
}

bool is_given(const Matcher::Finding& found, double covered, double ahead) {
  return !found.id.empty() && found.covered >= covered && found.ahead >= ahead;
}

struct Inputs {
  Table facts, words;
  std::vector<Question> questions;
};

Result<Inputs> read_inputs(const Options& options) {
  VT_TRY_VOID(check_frozen());
  Inputs inputs;
  const std::string folder = kQuestions;
  VT_TRY(inputs.facts, read_tsv(folder + "facts.tsv", 3));
  VT_TRY(inputs.words, read_tsv(folder + "words.tsv", 2));
  VT_TRY(inputs.questions,
         read_questions(options.test.empty() ? folder + "questions.tsv" : options.test));
  return inputs;
}

}  // namespace

Result<Figures> run_faq(const Options& options) {
  VT_TRY(const Parameters parameters, Parameters::load(options, "faq"));
  VT_TRY(const Inputs in, read_inputs(options));
  VT_TRY(const Bytes scores,
         walk_thrice(
             [&] { return std::make_unique<FaqWalk>(in.facts.rows, in.questions, in.words.rows); },
             options));
  const auto findings = findings_of(scores);
  Tally tally;
  for (std::size_t i = 0; i < findings.size(); ++i) {
    const std::string judge = options.test.empty() ? std::to_string(in.questions[i].half) : "all";
    const bool given =
        is_given(findings[i], parameters.get("covered_" + judge), parameters.get("ahead_" + judge));
    tally.add(in.questions[i], findings[i], given);
  }
  return Figures{{"answered_right", tally.basic_right / std::max(1.0, tally.basic), "-"},
                 {"answered_right_all", tally.right / std::max(1.0, tally.answerable), "-"},
                 {"answered_wrong", tally.wrong_share(), "-"},
                 {"unanswerable_left", tally.left_share(), "-"},
                 {"questions", static_cast<double>(findings.size()), "questions"}};
}

Result<void> choose_faq(const Options& options) {
  Options own = options;
  own.test.clear();
  VT_TRY(const Inputs in, read_inputs(own));
  FaqWalk walk{in.facts.rows, in.questions, in.words.rows};
  VT_TRY(const Bytes scores, walk_once(walk));
  const auto findings = findings_of(scores);
  Parameters best;
  // The half that is judged with them is the one they have not seen; "all" is for other files.
  for (const int judged : {0, 1, 2}) {
    double most = -1;
    const std::string name = judged == 2 ? "all" : std::to_string(judged);
    for (int covered = 0; covered <= 40; ++covered) {
      for (int ahead = 0; ahead <= 20; ++ahead) {
        Tally tally;
        for (std::size_t i = 0; i < findings.size(); ++i)
          if (in.questions[i].half != judged)
            tally.add(in.questions[i], findings[i],
                      is_given(findings[i], covered / 40.0, ahead / 40.0));
        // Stricter than what is asked for, because the other half will be a little worse.
        const bool safe = tally.wrong_share() <= 0.03 && tally.left_share() >= 0.97;
        if (!safe || tally.right <= most) continue;
        most = tally.right;
        best.set("covered_" + name, covered / 40.0);
        best.set("ahead_" + name, ahead / 40.0);
      }
    }
    std::fprintf(stderr, "for %s: %g right\n", name.c_str(), most);
  }
  return best.save(options, "faq");
}

}  // namespace vitrine::eval
