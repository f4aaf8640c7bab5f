// Toxic chat (chat_toxicity_conda): a fifth of the matches is judged, the others teach. Toxic is
// what its readers called explicitly (E) or implicitly (I) toxic.
#include "eval/files.h"
#include "eval/scores.h"
#include "eval/table.h"
#include "eval/tasks.h"
#include "eval/text_walk.h"

namespace vitrine::eval {
namespace {

constexpr std::uint32_t kToxicFolds = 4;
constexpr int kToxicTries = 40;

// Fold kToxicFolds is the one that is judged.
Result<Examples> read_chat(const std::string& path) {
  VT_TRY(const Table table, read_csv(path));
  VT_TRY(const std::size_t match, table.column("matchId"));
  VT_TRY(const std::size_t text, table.column("utterance"));
  VT_TRY(const std::size_t intent, table.column("intentClass"));
  Examples rows;
  for (const Row& row : table.rows) {
    const bool toxic = row[intent] == "E" || row[intent] == "I";
    rows.push_back(
        {row[text], toxic ? 1 : 0,
         static_cast<std::uint32_t>(learn::stable_hash(row[match]) % (kToxicFolds + 1))});
  }
  return rows;
}

Result<Split> toxicity_split(const Options& options) {
  VT_TRY(const std::string path, data_file(options, "chat_toxicity_conda/train.csv.gz"));
  VT_TRY(Examples all, read_chat(path));
  Split split;
  if (!options.test.empty()) {
    VT_TRY(split.test, read_chat(options.test));
    split.train = std::move(all);
    return split;
  }
  for (Example& row : all)
    (row.fold == kToxicFolds ? split.test : split.train).push_back(std::move(row));
  return split;
}

}  // namespace

Result<Figures> run_toxicity(const Options& options) {
  VT_TRY(const Parameters parameters, Parameters::load(options, "toxicity"));
  VT_TRY(const Split rows, toxicity_split(options));
  std::unique_ptr<Walk> first;
  VT_TRY(
      const Bytes scores,
      walk_thrice([&] { return std::make_unique<TextWalk>(rows.train, rows.test, 2, parameters); },
                  options, &first));
  const auto said = decide(margins_of(scores), 2, parameters);
  Counts counts;
  for (std::size_t i = 0; i < said.size(); ++i) counts.add(said[i] == 1, rows.test[i].truth == 1);
  const auto& micros = static_cast<const TextWalk&>(*first).micros();
  return Figures{{"f1_toxic", counts.f1(), "-"},
                 {"precision_toxic", counts.precision(), "-"},
                 {"recall_toxic", counts.recall(), "-"},
                 {"p50_us", quantile(micros, 0.5), "us"},
                 {"p99_us", quantile(micros, 0.99), "us"},
                 {"messages", static_cast<double>(said.size()), "messages"}};
}

Result<void> choose_toxicity(const Options& options) {
  VT_TRY(const Split rows, toxicity_split(options));
  VT_TRY(const Parameters best,
         choose_text(rows.train, 2, kToxicFolds, kToxicTries, 1, f1_of_true));
  return best.save(options, "toxicity");
}

}  // namespace vitrine::eval
