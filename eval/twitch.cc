// Sentiment of live chat (chat_twitch_sentiment): negative, neutral, positive. The first two thirds
// by time teach, the last third is judged. The lexicon alone is judged beside the model, which has
// the lexicon's judgement among its features.
#include <algorithm>
#include <cmath>

#include "eval/files.h"
#include "eval/lexicon.h"
#include "eval/scores.h"
#include "eval/table.h"
#include "eval/tasks.h"
#include "eval/text_walk.h"

namespace vitrine::eval {
namespace {

constexpr std::uint32_t kTwitchFolds = 5;
constexpr int kTwitchTries = 100;

// The first five for each of the lexicon's parts.
enum TwitchKind : std::uint32_t { kMean = 100, kSure, kExtremes, kCounts, kLast, kWritten = 200 };

double macro_f1_of(const std::vector<int>& said, const std::vector<int>& so) {
  return macro_f1(said, so, 3);
}

std::uint64_t in_steps(double value, double steps) {
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(std::lround(value * steps)) + 1000);
}

learn::Features features_of(const std::string& text, const Lexicon& lexicon) {
  learn::Features own;
  const auto add = [&own](std::uint32_t kind, std::uint64_t value) {
    own.push_back(learn::feature_of(kind, value, kTextBits));
  };
  std::uint32_t kind = 0;
  for (const Lexicon::Part part :
       {Lexicon::Part::Any, Lexicon::Part::Emotes, Lexicon::Part::Words}) {
    const auto found = lexicon.judge(text, part);
    const bool known = found.positive + found.negative > 0;
    add(kind + kMean, known ? in_steps(found.mean, 5) : 0);
    add(kind + kSure, known ? in_steps(found.mean, 2) : 0);
    add(kind + kExtremes, in_steps(found.low, 3) * 4096 + in_steps(found.high, 3));
    add(kind + kCounts,
        static_cast<std::uint64_t>(std::min(found.positive, 3) * 4 + std::min(found.negative, 3)));
    add(kind + kLast, in_steps(found.last, 3));
    kind += 10;
  }
  // Emotes mean what they mean only as written: "Kappa" is one, "kappa" a word.
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t end = std::min(text.find(' ', i), text.size());
    add(kWritten, learn::stable_hash(std::string_view{text}.substr(i, end - i)));
    i = end + 1;
  }
  return own;
}

Result<Examples> read_labelled(const std::string& path, const Lexicon& lexicon) {
  VT_TRY(Table table, read_csv(path));
  VT_TRY(const std::size_t sentiment, table.column("sentiment"));
  VT_TRY(const std::size_t date, table.column("date"));
  VT_TRY(const std::size_t message, table.column("message"));
  std::stable_sort(table.rows.begin(), table.rows.end(),
                   [date](const Row& a, const Row& b) { return a[date] < b[date]; });
  Examples rows;
  for (const Row& row : table.rows)
    rows.push_back({row[message], std::atoi(row[sentiment].c_str()) + 1,
                    static_cast<std::uint32_t>(rows.size() / 20 % kTwitchFolds),
                    features_of(row[message], lexicon)});
  return rows;
}

Result<Split> twitch_split(const Options& options, const Lexicon& lexicon) {
  VT_TRY(const std::string path,
         data_file(options, "chat_twitch_sentiment/labeled_first_two_thirds.csv"));
  VT_TRY(Examples all, read_labelled(path, lexicon));
  Split split;
  if (!options.test.empty()) {
    VT_TRY(split.test, read_labelled(options.test, lexicon));
    split.train = std::move(all);
    return split;
  }
  const auto end = all.begin() + static_cast<std::ptrdiff_t>(all.size() * 2 / 3);
  split.train.assign(all.begin(), end);
  split.test.assign(end, all.end());
  return split;
}

std::vector<int> truths(const Examples& rows) {
  std::vector<int> so;
  for (const Example& row : rows) so.push_back(row.truth);
  return so;
}

std::vector<int> by_lexicon(const Examples& rows, const Lexicon& lexicon, double low, double high) {
  std::vector<int> said;
  for (const Example& row : rows) {
    const double mean = lexicon.judge(row.text, Lexicon::Part::Any).mean;
    said.push_back(mean < low ? 0 : mean > high ? 2 : 1);
  }
  return said;
}

}  // namespace

Result<Figures> run_twitch(const Options& options) {
  VT_TRY(const Parameters parameters, Parameters::load(options, "twitch"));
  VT_TRY(const Lexicon lexicon, Lexicon::load(options));
  VT_TRY(const Split rows, twitch_split(options, lexicon));
  VT_TRY(
      const Bytes scores,
      walk_thrice([&] { return std::make_unique<TextWalk>(rows.train, rows.test, 3, parameters); },
                  options));
  const auto so = truths(rows.test);
  const double model = macro_f1(decide(margins_of(scores), 3, parameters), so, 3);
  const double words = macro_f1(
      by_lexicon(rows.test, lexicon, parameters.get("lexicon_low"), parameters.get("lexicon_high")),
      so, 3);
  return Figures{{"macro_f1", model, "-"},
                 {"lexicon_macro_f1", words, "-"},
                 {"messages", static_cast<double>(so.size()), "messages"}};
}

Result<void> choose_twitch(const Options& options) {
  VT_TRY(const Lexicon lexicon, Lexicon::load(options));
  VT_TRY(const Split rows, twitch_split(options, lexicon));
  VT_TRY(Parameters best, choose_text(rows.train, 3, kTwitchFolds, kTwitchTries, 3, macro_f1_of));
  // The lexicon gets the thresholds that suit it best on the same rows.
  double best_found = -1;
  for (int low = -10; low <= 0; ++low) {
    for (int high = 0; high <= 10; ++high) {
      const double found =
          macro_f1(by_lexicon(rows.train, lexicon, low / 20.0, high / 20.0), truths(rows.train), 3);
      if (found <= best_found) continue;
      best_found = found;
      best.set("lexicon_low", low / 20.0);
      best.set("lexicon_high", high / 20.0);
    }
  }
  return best.save(options, "twitch");
}

}  // namespace vitrine::eval
