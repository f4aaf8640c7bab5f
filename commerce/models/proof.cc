#include "commerce/models/proof.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "commerce/models/fingerprint.h"

namespace vitrine::models {
namespace {

using Scores = std::vector<std::optional<double>>;

struct Told {
  Scores scores;
  std::vector<std::int64_t> took_ns;
};

Result<Told> run(const ModelRecord& record, const Kind& kind, const std::vector<Line>& lines,
                 const Clock& clock) {
  VT_TRY(const auto scorer, kind.make(record));
  Told told;
  told.scores.reserve(lines.size());
  told.took_ns.reserve(lines.size());
  for (const Line& line : lines) {
    const std::int64_t began = clock.monotonic_nanos();
    told.scores.push_back(scorer->score(line.text));
    told.took_ns.push_back(clock.monotonic_nanos() - began);
  }
  return told;
}

int class_of(const std::optional<double>& score, double clear) {
  if (!score || std::abs(*score) < clear) return 0;
  return *score < 0 ? -1 : 1;
}

std::string hash_of(const Scores& scores) {
  Fingerprint print;
  for (const auto& score : scores) {
    print.add(score ? "score" : "silent");
    print.add(score.value_or(0));
  }
  return print.hex();
}

std::string hash_of(const std::vector<Line>& lines) {
  Fingerprint print;
  for (const Line& line : lines) {
    print.add(std::to_string(line.position));
    print.add(line.text);
    if (line.label) print.add(static_cast<double>(*line.label));
  }
  return print.hex();
}

// The mean of the classes' F1, of those that occur.
double macro_f1(const Scores& scores, const std::vector<Line>& lines, double clear) {
  double sum = 0;
  int classes = 0;
  for (const int one : {-1, 0, 1}) {
    std::int64_t both = 0, said = 0, so = 0;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const bool says = class_of(scores[i], clear) == one, is = *lines[i].label == one;
      both += says && is ? 1 : 0;
      said += says ? 1 : 0;
      so += is ? 1 : 0;
    }
    if (so == 0) continue;
    ++classes;
    sum += 2.0 * static_cast<double>(both) / static_cast<double>(said + so);
  }
  return classes == 0 ? 0 : sum / classes;
}

std::int64_t quantile(std::vector<std::int64_t> numbers, double q) {
  if (numbers.empty()) return 0;
  std::ranges::sort(numbers);
  return numbers[static_cast<std::size_t>(q * static_cast<double>(numbers.size() - 1))];
}

std::string three_digits(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3f", value);
  return text.data();
}

}  // namespace

Result<ModelProof> prove(const ModelRecord& candidate, const ModelRecord& active, const Kind& kind,
                         const Trial& trial, const Clock& clock) {
  const double clear = kind.rules.clear;
  VT_TRY(const Told beside, run(active, kind, trial.lines, clock));
  VT_TRY(const Told first, run(candidate, kind, trial.lines, clock));
  VT_TRY(const Told second, run(candidate, kind, trial.lines, clock));
  ModelProof proof;
  proof.set_name(candidate.name());
  proof.set_version(candidate.version());
  proof.set_model(fingerprint_of(candidate));
  proof.set_beside(fingerprint_of(active));
  proof.set_from(trial.from);
  proof.set_to(trial.to);
  proof.set_lines(static_cast<std::int64_t>(trial.lines.size()));
  proof.set_input_sha256(hash_of(trial.lines));
  proof.set_scores_sha256(hash_of(first.scores));
  proof.set_same_twice(proof.scores_sha256() == hash_of(second.scores));
  std::size_t same = 0;
  for (std::size_t i = 0; i < trial.lines.size(); ++i)
    if (class_of(first.scores[i], clear) == class_of(beside.scores[i], clear)) ++same;
  proof.set_agreement(trial.lines.empty() ? 0
                                          : static_cast<double>(same) /
                                                static_cast<double>(trial.lines.size()));
  proof.set_p50_ns(quantile(first.took_ns, 0.5));
  proof.set_p99_ns(quantile(first.took_ns, 0.99));
  proof.set_beside_p99_ns(quantile(beside.took_ns, 0.99));
  if (trial.labelled.empty()) return proof;
  VT_TRY(const Told its, run(candidate, kind, trial.labelled, clock));
  VT_TRY(const Told other, run(active, kind, trial.labelled, clock));
  proof.set_labelled(static_cast<std::int64_t>(trial.labelled.size()));
  proof.set_labels_sha256(hash_of(trial.labelled));
  proof.set_quality(macro_f1(its.scores, trial.labelled, clear));
  proof.set_beside_quality(macro_f1(other.scores, trial.labelled, clear));
  return proof;
}

std::optional<std::string> flaw_of(const ModelProof& proof, const ModelRecord& candidate,
                                   const ModelRecord& active, const Rules& rules) {
  if (proof.name() != candidate.name() || proof.version() != candidate.version() ||
      proof.model() != fingerprint_of(candidate))
    return "the proof is of another model";
  if (proof.beside() != fingerprint_of(active))
    return "the proof was made beside another model than the one in use now; run the shadow again";
  if (proof.lines() < rules.lines_min)
    return "the proof is of " + std::to_string(proof.lines()) + " lines, at least " +
           std::to_string(rules.lines_min) + " are needed; name a longer span of the log";
  if (!proof.same_twice()) return "run twice over the same lines it gave different scores";
  if (proof.p99_ns() > rules.p99_ns_max)
    return "it is too slow: p99 of a line is " + std::to_string(proof.p99_ns() / 1'000) +
           " us, at most " + std::to_string(rules.p99_ns_max / 1'000) + " us are allowed";
  if (proof.labelled() < rules.lines_min && !(proof.agreement() >= rules.agreement_min))
    return "it agrees with the model in use on " + three_digits(proof.agreement()) +
           " of the lines, at least " + three_digits(rules.agreement_min) + " are needed";
  if (proof.labelled() > 0 && !(proof.quality() >= proof.beside_quality() - rules.worse_max))
    return "it is worse: macro F1 " + three_digits(proof.quality()) + ", the model in use has " +
           three_digits(proof.beside_quality());
  return std::nullopt;
}

std::optional<std::string> difference_of(const ModelProof& proof, const ModelProof& again) {
  if (proof.input_sha256() != again.input_sha256())
    return "the log does not hold the lines that the proof is of";
  if (proof.labels_sha256() != again.labels_sha256())
    return "the labels are not those of the proof";
  if (!again.same_twice() || proof.scores_sha256() != again.scores_sha256())
    return "the replay gives other scores than the proof states";
  const auto figures = [](const ModelProof& one) {
    return std::tuple(one.lines(), one.agreement(), one.labelled(), one.quality(),
                      one.beside_quality());
  };
  if (figures(proof) != figures(again))
    return "the replay gives other figures than the proof states";
  return std::nullopt;
}

}  // namespace vitrine::models
