#include "commerce/sentiment/valences.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/embedded_file.h"
#include "commerce/model/words.h"
#include "commerce/models/fingerprint.h"
#include "commerce/models/onnx.h"

namespace vitrine::sentiment {

VT_EMBEDDED_FILE(valence_tsv, VITRINE_VALENCE_FILE)

namespace {

using Words = std::vector<std::string>;

// VADER's factor, and how far its negations reach.
constexpr double kNegation = -0.74, kReach = 3;
constexpr std::array<std::string_view, 14> kNegations{
    "aint",  "cant", "dont", "doesnt", "isnt", "kein", "keine",
    "never", "nicht", "no",  "not",    "wasnt", "wont", "without"};

// "not that good" is not good; but in "no sound, awful" nothing turns the last word.
bool is_turned(const Words& words, std::size_t i, std::size_t reach) {
  for (std::size_t back = 1; back <= reach && back <= i; ++back) {
    const std::string& before = words[i - back];
    if (std::ranges::binary_search(kNegations, before) && (before != "no" || back == 1))
      return true;
  }
  return false;
}

class ValenceScorer : public models::Scorer {
 public:
  explicit ValenceScorer(Valences valences) : valences_(std::move(valences)) {}
  std::optional<double> score(std::string_view text) const override {
    const auto scored = valences_.score_of(model::words_of(text));
    return scored ? std::optional(scored->score) : std::nullopt;
  }

 private:
  Valences valences_;
};

ModelRecord builtin_record() {
  ModelRecord record;
  record.set_name("sentiment");
  record.set_version(models::kBuiltinVersion);
  record.set_kind("valence");
  record.set_engine("builtin");
  record.set_blob_sha256(models::sha256_of(valence_tsv()));
  models::set_parameter(record, "negation", kNegation);
  models::set_parameter(record, "reach", kReach);
  record.set_provenance("VADER's words and factors (Hutto and Gilbert, 2014), as compiled in.");
  return record;
}

Result<std::unique_ptr<models::Scorer>> make_scorer(const ModelRecord& record) {
  VT_TRY(Valences valences, Valences::read(record));
  return std::make_unique<ValenceScorer>(std::move(valences));
}

tl::unexpected<Error> no_engine() {
  const models::OnnxRuntime& found = models::onnx_runtime();
  if (found.version.empty())
    return fail(Code::Unsupported, "engine onnx is not here: " + found.problem);
  return fail(Code::Unsupported, "kind valence is not a graph: engine onnx (ONNX Runtime " +
                                     found.version + " is here) does not run it");
}

}  // namespace

Result<Valences::Table> Valences::table_of(std::string_view tsv) {
  Table table;
  std::string_view last;
  for (int number = 1; !tsv.empty(); ++number) {
    const std::string_view line = tsv.substr(0, tsv.find('\n'));
    tsv.remove_prefix(std::min(tsv.size(), line.size() + 1));
    const auto tab = line.find('\t');
    const std::string_view word = line.substr(0, tab);
    const std::string_view digits = tab == std::string_view::npos ? "" : line.substr(tab + 1);
    int thousandths = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), thousandths);
    if (word.empty() || word < last || read.ec != std::errc{} ||
        read.ptr != digits.data() + digits.size() || thousandths < -1'000 || thousandths > 1'000)
      return fail(Code::Invalid, "line " + std::to_string(number) +
                                     " of its blob is no word, in order, with a tab "
                                     "and -1000 to 1000");
    table.emplace(word, thousandths);
    last = word;
  }
  return table;
}

Result<Valences> Valences::read(const ModelRecord& record) {
  if (record.kind() != "valence")
    return fail(Code::Unsupported, "kind " + record.kind() + " is none that sentiment has");
  if (record.engine() == "onnx") return no_engine();
  for (const ModelParameter& one : record.parameters())
    if (one.name() != "negation" && one.name() != "reach")
      return fail(Code::Invalid, "kind valence has no parameter " + one.name());
  Valences out;
  out.off_ = record.engine() == "off";
  out.negation_ = models::parameter(record, "negation", kNegation);
  const double reach = models::parameter(record, "reach", kReach);
  if (!(out.negation_ >= -1 && out.negation_ <= 1) || !(reach >= 0 && reach <= 8))
    return fail(Code::Invalid, "negation is -1 to 1, reach 0 to 8");
  out.reach_ = static_cast<std::size_t>(reach);
  if (record.blob().empty()) {
    static const auto compiled_in = std::make_shared<const Table>(table_of(valence_tsv()).value());
    static const std::string digest = models::sha256_of(valence_tsv());
    if (!out.off_ && record.blob_sha256() != digest)
      return fail(Code::Corrupt, "its blob is missing, and blob_sha256 is not that of the words "
                                 "compiled in, " + digest);
    out.table_ = compiled_in;
    return out;
  }
  out.blob_ = std::make_shared<const std::string>(record.blob());
  VT_TRY(Table table, table_of(*out.blob_));
  out.table_ = std::make_shared<const Table>(std::move(table));
  return out;
}

const Valences& Valences::builtin() {
  static const Valences valences = read(model_kind().builtin).value();
  return valences;
}

std::optional<Scored> Valences::score_of(const Words& words) const {
  if (off_) return std::nullopt;
  Scored out;
  double sum = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto found = table_->find(words[i]);
    if (found == table_->end()) continue;
    sum += found->second / 1'000.0 * (is_turned(words, i, reach_) ? negation_ : 1);
    out.terms.push_back(words[i]);
  }
  if (out.terms.empty()) return std::nullopt;
  out.score = sum / static_cast<double>(out.terms.size());
  return out;
}

const models::Kind& model_kind() {
  static const models::Kind kind{builtin_record(), make_scorer, {.clear = kClear}};
  return kind;
}

std::optional<Scored> score_of(const Words& words) { return Valences::builtin().score_of(words); }

}  // namespace vitrine::sentiment
