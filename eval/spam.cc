// SMS spam (spam_sms): the first two thirds of the messages teach, the last third is judged.
#include "eval/files.h"
#include "eval/scores.h"
#include "eval/table.h"
#include "eval/tasks.h"
#include "eval/text_walk.h"

namespace vitrine::eval {
namespace {

constexpr std::uint32_t kSpamFolds = 5;
constexpr int kSpamTries = 100;

Result<Examples> read_messages(const std::string& path) {
  VT_TRY(const Table table, read_tsv(path, 2));
  Examples rows;
  for (const Row& row : table.rows)
    rows.push_back({row[1], row[0] == "spam" ? 1 : 0,
                    static_cast<std::uint32_t>(rows.size() / 20 % kSpamFolds)});
  return rows;
}

Result<Split> spam_split(const Options& options) {
  VT_TRY(const std::string path,
         data_file(options, "spam_sms/SMSSpamCollection_first_two_thirds.tsv"));
  VT_TRY(Examples all, read_messages(path));
  Split split;
  if (!options.test.empty()) {
    VT_TRY(split.test, read_messages(options.test));
    split.train = std::move(all);
    return split;
  }
  const auto end = all.begin() + static_cast<std::ptrdiff_t>(all.size() * 2 / 3);
  split.train.assign(all.begin(), end);
  split.test.assign(end, all.end());
  return split;
}

}  // namespace

Result<Figures> run_spam(const Options& options) {
  VT_TRY(const Parameters parameters, Parameters::load(options, "spam"));
  VT_TRY(const Split rows, spam_split(options));
  VT_TRY(
      const Bytes scores,
      walk_thrice([&] { return std::make_unique<TextWalk>(rows.train, rows.test, 2, parameters); },
                  options));
  const auto said = decide(margins_of(scores), 2, parameters);
  Counts counts;
  std::int64_t right = 0;
  for (std::size_t i = 0; i < said.size(); ++i) {
    counts.add(said[i] == 1, rows.test[i].truth == 1);
    right += said[i] == rows.test[i].truth ? 1 : 0;
  }
  return Figures{{"f1_spam", counts.f1(), "-"},
                 {"precision_spam", counts.precision(), "-"},
                 {"recall_spam", counts.recall(), "-"},
                 {"accuracy", static_cast<double>(right) / static_cast<double>(said.size()), "-"},
                 {"messages", static_cast<double>(said.size()), "messages"}};
}

Result<void> choose_spam(const Options& options) {
  VT_TRY(const Split rows, spam_split(options));
  VT_TRY(const Parameters best, choose_text(rows.train, 2, kSpamFolds, kSpamTries, 1, f1_of_true));
  return best.save(options, "spam");
}

}  // namespace vitrine::eval
