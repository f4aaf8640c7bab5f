// Who of a list of phone leads will subscribe: calls from May 2008 on, in their order, through a
// crisis in which the share of buyers rises fivefold. `duration` is known only after the call and
// tells its outcome, so it is not looked at.
//
// Each call is scored before its outcome is learnt (test, then train). auc_online goes on learning
// during the test, auc_frozen stops where the test begins: the difference is what adapting is
// worth. drift_alarms tells how often Page-Hinkley's test saw the log loss rise, online and frozen,
// in the test alone; drift_first is the call of the test at which it first did, of the online one.
// A score is told as a chance by what became of calls with such a score before (Calibration):
// brier is the mean squared error of the chance, ece how far it is from the share that bought, over
// ten even bins; `raw` is the score itself.
// The test is the last third of the rows given, or all rows of --test FILE, with all given rows
// before them.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <map>
#include <memory>

#include "eval/files.h"
#include "eval/parameters.h"
#include "eval/scores.h"
#include "eval/table.h"
#include "eval/tasks.h"
#include "eval/walk.h"
#include "learn/core/exact_math.h"
#include "learn/core/snapshot.h"
#include "learn/online/calibration.h"
#include "learn/online/drift.h"
#include "learn/online/ftrl.h"
#include "learn/text/features.h"

namespace vitrine::eval {
namespace {

using learn::Features;
using learn::Ftrl;
using learn::FtrlOptions;

constexpr int kBits = 16;
constexpr const char* kCalls = "leads_bank_marketing/calls_first_two_thirds.csv.gz";

struct Call {
  Features features;
  bool bought;
};

// Numbers become classes: a linear model then need not be linear in them.
int age_class(long age) { return static_cast<int>(age / 5); }
int balance_class(long balance) {
  return balance <= 0 ? -1 : static_cast<int>(std::floor(std::log2(static_cast<double>(balance))));
}
int days_class(long days) { return days < 0 ? -1 : static_cast<int>(days / 30); }

class CallReader {
 public:
  static Result<std::vector<Call>> read(const std::string& path) {
    VT_TRY(Table table, read_csv(path));
    CallReader reader{std::move(table)};
    for (const char* name : {"job", "marital", "education", "defaulter", "housing", "loan",
                             "contact", "month", "poutcome", "day", "age", "balance", "campaign",
                             "pdays", "previous", "y"}) {
      VT_TRY(const std::size_t at, reader.table_.column(name));
      reader.columns_[name] = at;
    }
    std::vector<Call> calls;
    for (const Row& row : reader.table_.rows) {
      VT_TRY(Call call, reader.call_of(row));
      calls.push_back(std::move(call));
    }
    return calls;
  }

 private:
  explicit CallReader(Table table) : table_(std::move(table)) {}

  const std::string& text(const Row& row, const char* name) const {
    return row[columns_.find(name)->second];
  }
  Result<long> number(const Row& row, const char* name) const {
    const std::string& field = text(row, name);
    long value = 0;
    const char* end = field.data() + field.size();
    if (field.empty() || std::from_chars(field.data(), end, value).ptr != end)
      return fail(Code::Invalid, std::string("read the column ") + name + " of " + table_.path +
                                     ": '" + field + "' is not a number; mend the row");
    return value;
  }

  Result<Call> call_of(const Row& row) const {
    Call call{{}, text(row, "y") == "yes"};
    std::uint32_t kind = 0;
    const auto add = [&](const std::string& value) {
      call.features.push_back(learn::feature_of(kind++, learn::stable_hash(value), kBits));
    };
    for (const char* name : {"job", "marital", "education", "defaulter", "housing", "loan",
                             "contact", "month", "poutcome", "day"})
      add(text(row, name));
    VT_TRY(const long age, number(row, "age"));
    VT_TRY(const long balance, number(row, "balance"));
    VT_TRY(const long campaign, number(row, "campaign"));
    VT_TRY(const long days, number(row, "pdays"));
    VT_TRY(const long previous, number(row, "previous"));
    add(std::to_string(age_class(age)));
    add(std::to_string(balance_class(balance)));
    add(std::to_string(std::min(campaign, 8L)));
    add(std::to_string(days_class(days)));
    add(std::to_string(std::min(previous, 5L)));
    // What the bank called whom about changed by the month: these act together.
    const std::string& month = text(row, "month");
    add(month + text(row, "day"));
    add(month + text(row, "contact"));
    add(month + text(row, "poutcome"));
    add(text(row, "job") + text(row, "housing"));
    add("always");
    learn::finish_features(call.features);
    return call;
  }

  Table table_;
  std::map<std::string, std::size_t> columns_;
};

FtrlOptions ftrl_options(const Parameters& parameters) {
  FtrlOptions options;
  options.bits = kBits;
  options.alpha = parameters.get("alpha");
  options.beta = parameters.get("beta");
  options.l1 = parameters.get("l1");
  options.l2 = parameters.get("l2");
  return options;
}

// A step is a call: scored, and learnt unless learning has stopped.
class LeadsWalk final : public Walk {
 public:
  LeadsWalk(const FtrlOptions& options, const std::vector<Call>& calls, std::size_t tested_from,
            bool online)
      : ftrl_(options), calls_(calls), tested_from_(tested_from), online_(online) {}

  std::size_t steps() const override { return calls_.size(); }
  Bytes snapshot() const override {
    Bytes out;
    put_bytes(out, ftrl_.snapshot());
    put_bytes(out, drift_.snapshot());
    put_bytes(out, calibration_.snapshot());
    return out;
  }
  Result<void> restore(BytesView snapshot) override {
    ByteReader reader{snapshot};
    VT_TRY(ftrl_, Ftrl::restore(reader.bytes()));
    VT_TRY(drift_, learn::PageHinkley::restore(reader.bytes()));
    VT_TRY(calibration_, learn::Calibration::restore(reader.bytes()));
    return {};
  }

  Result<void> step(std::size_t i, Bytes& scores) override {
    const Call& call = calls_[i];
    const bool learning = online_ || i < tested_from_;
    const double said = learning ? ftrl_.learn(call.features, 1, call.bought)
                                 : ftrl_.predict(call.features, 1);
    learn::put_double(scores, said);
    learn::put_double(scores, calibration_.probability(said));
    if (learning) calibration_.learn(said, call.bought);
    const bool alarm = drift_.add(-learn::exact_log(call.bought ? said : 1 - said));
    put_u8(scores, alarm ? 1 : 0);
    if (alarm && i >= tested_from_) alarms_.push_back(i - tested_from_);
    return {};
  }

  const std::vector<std::size_t>& alarms() const { return alarms_; }

 private:
  Ftrl ftrl_;
  learn::PageHinkley drift_;
  learn::Calibration calibration_;
  std::vector<std::size_t> alarms_;
  const std::vector<Call>& calls_;
  std::size_t tested_from_;
  bool online_;
};

// What was said of the calls that are tested.
struct Said {
  std::vector<double> scores, chances;
  std::vector<bool> bought;
};
Said said_from(BytesView bytes, const std::vector<Call>& calls, std::size_t from) {
  ByteReader reader{bytes};
  Said said;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const double score = learn::read_double(reader);
    const double chance = learn::read_double(reader);
    reader.u8();  // the alarm
    if (i < from) continue;
    said.scores.push_back(score);
    said.chances.push_back(chance);
    said.bought.push_back(calls[i].bought);
  }
  return said;
}

double auc_of(const Said& said) {
  std::unique_ptr<bool[]> bought{new bool[said.bought.size()]};
  std::copy(said.bought.begin(), said.bought.end(), bought.get());
  return auc(said.scores, {bought.get(), said.bought.size()});
}

struct Reliability {
  double brier = 0, ece = 0;
};
Reliability reliability_of(const std::vector<double>& chances, const std::vector<bool>& bought) {
  constexpr std::size_t kBins = 10;
  std::array<double, kBins> told{}, came{};
  Reliability out;
  for (std::size_t i = 0; i < chances.size(); ++i) {
    const double truth = bought[i] ? 1 : 0;
    out.brier += (chances[i] - truth) * (chances[i] - truth);
    const std::size_t bin = std::min(kBins - 1, static_cast<std::size_t>(chances[i] * kBins));
    told[bin] += chances[i];
    came[bin] += truth;
  }
  for (std::size_t bin = 0; bin < kBins; ++bin) out.ece += std::abs(told[bin] - came[bin]);
  out.brier /= static_cast<double>(chances.size());
  out.ece /= static_cast<double>(chances.size());
  return out;
}

struct LeadsPart {
  std::vector<Call> calls;
  std::size_t tested_from;
};
Result<LeadsPart> leads_part(const Options& options) {
  VT_TRY(const std::string path, data_file(options, kCalls));
  VT_TRY(std::vector<Call> calls, CallReader::read(path));
  const std::size_t two_thirds = calls.size() * 2 / 3;
  if (options.test.empty()) return LeadsPart{std::move(calls), two_thirds};
  VT_TRY(const std::vector<Call> test, CallReader::read(options.test));
  const std::size_t from = calls.size();
  calls.insert(calls.end(), test.begin(), test.end());
  return LeadsPart{std::move(calls), from};
}

}  // namespace

Result<Figures> run_leads(const Options& options) {
  VT_TRY(const Parameters parameters, Parameters::load(options, "leads"));
  VT_TRY(const LeadsPart part, leads_part(options));
  Figures figures;
  for (const bool online : {true, false}) {
    std::unique_ptr<Walk> first;
    VT_TRY(const Bytes scores,
           walk_thrice(
               [&]() -> std::unique_ptr<Walk> {
                 return std::make_unique<LeadsWalk>(ftrl_options(parameters), part.calls,
                                                    part.tested_from, online);
               },
               options, &first));
    const Said said = said_from(scores, part.calls, part.tested_from);
    figures.push_back({online ? "auc_online" : "auc_frozen", auc_of(said), "-"});
    if (online) {
      const Reliability raw = reliability_of(said.scores, said.bought);
      const Reliability calibrated = reliability_of(said.chances, said.bought);
      figures.push_back({"ece_raw", raw.ece, "-"});
      figures.push_back({"ece", calibrated.ece, "-"});
      figures.push_back({"brier_raw", raw.brier, "-"});
      figures.push_back({"brier", calibrated.brier, "-"});
    }
    const auto& alarms = static_cast<const LeadsWalk&>(*first).alarms();
    figures.push_back({online ? "drift_alarms_online" : "drift_alarms_frozen",
                       static_cast<double>(alarms.size()), "alarms"});
    if (online && !alarms.empty())
      figures.push_back({"drift_first", static_cast<double>(alarms.front()), "calls"});
  }
  return figures;
}

// By the online AUC on the second half of the training part; what is tested is not read.
Result<void> choose_leads(const Options& options) {
  Options own = options;
  own.test.clear();
  VT_TRY(LeadsPart part, leads_part(own));
  part.calls.resize(part.tested_from);
  const std::size_t from = part.calls.size() / 2;
  double best = -1;
  Parameters chosen;
  for (const double alpha : {0.02, 0.05, 0.1, 0.2, 0.5, 1.0})
    for (const double l1 : {0.0, 0.1, 0.5})
      for (const double l2 : {0.0, 1.0, 10.0}) {
        Parameters parameters;
        parameters.set("alpha", alpha);
        parameters.set("beta", 1);
        parameters.set("l1", l1);
        parameters.set("l2", l2);
        LeadsWalk walk{ftrl_options(parameters), part.calls, from, true};
        VT_TRY(const Bytes scores, walk_once(walk));
        const double good = auc_of(said_from(scores, part.calls, from));
        std::fprintf(stderr, "  alpha %g l1 %g l2 %g: %.4f\n", alpha, l1, l2, good);
        if (good <= best) continue;
        best = good;
        chosen = parameters;
      }
  return chosen.save(options, "leads");
}

}  // namespace vitrine::eval
