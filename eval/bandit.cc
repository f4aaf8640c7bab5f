// Do the off-policy estimators tell the truth? Open Bandit logged two policies in the same shop and
// days: uniform at random, and Bernoulli Thompson sampling, each with its propensities. What each
// would earn is estimated from the other's log, and compared with what it did earn.
//
//   Thompson from the random log   the target is how often Thompson showed an item at a position:
//                                  its propensities changed by the hour, this is their mean
//   random from the Thompson log   the target is 1 / items, the propensities are the logged ones
//
// ope_covers is 1 when all three intervals of the first cover what Thompson did earn;
// reverse_covers counts how many of the second do. What is compared with is itself only a log of 46
// or 69 clicks. So few clicks make wide intervals: this tests the estimators, and ranks nothing.
// DR's model is the click rate of an item at a position, shrunk to that of all, told before the
// click is learnt.
#include <algorithm>
#include <charconv>
#include <memory>

#include "eval/files.h"
#include "eval/table.h"
#include "eval/tasks.h"
#include "eval/walk.h"
#include "learn/bandits/off_policy.h"
#include "learn/core/snapshot.h"

namespace vitrine::eval {
namespace {

using learn::OffPolicy;
using learn::ValueEstimate;

constexpr std::size_t kItems = 34, kPositions = 3, kCells = kItems * kPositions;
constexpr double kPriorShows = 100;  // the weight of all items' rate in that of one

struct Shown {
  std::size_t position, item;
  double click, propensity;
  std::size_t cell() const { return position * kItems + item; }
};

Result<std::vector<Shown>> read_shown(const Options& options, const std::string& name) {
  VT_TRY(const std::string path, data_file(options, "bandit_openbandit_men/" + name));
  VT_TRY(const Table table, read_csv(path));
  std::size_t columns[4];
  std::size_t found = 0;
  for (const char* column : {"position", "item_id", "click", "propensity_score"}) {
    VT_TRY(columns[found++], table.column(column));
  }
  std::vector<Shown> all;
  for (const Row& row : table.rows) {
    double values[4];
    for (std::size_t i = 0; i < 4; ++i) {
      const std::string& text = row[columns[i]];
      const char* end = text.data() + text.size();
      if (std::from_chars(text.data(), end, values[i]).ptr != end)
        return fail(Code::Invalid, "read " + path + ": '" + text + "' is not a number");
    }
    const bool good = values[0] >= 1 && values[0] <= kPositions && values[1] >= 0 &&
                      values[1] < kItems && values[3] > 0;
    if (!good)
      return fail(Code::Invalid, "read " + path + ": an item, position or propensity is out of "
                                                  "range; give the log of the campaign Men");
    all.push_back({static_cast<std::size_t>(values[0]) - 1, static_cast<std::size_t>(values[1]),
                   values[2], values[3]});
  }
  return all;
}

double click_rate(const std::vector<Shown>& log) {
  double clicks = 0;
  for (const Shown& each : log) clicks += each.click;
  return clicks / static_cast<double>(log.size());
}

// The target policy: the probability of each item at each position.
using Policy = std::vector<double>;
Policy frequencies(const std::vector<Shown>& log) {
  Policy policy(kCells, 0);
  double shows[kPositions] = {};
  for (const Shown& each : log) {
    ++policy[each.cell()];
    ++shows[each.position];
  }
  for (std::size_t cell = 0; cell < kCells; ++cell)
    policy[cell] /= std::max(shows[cell / kItems], 1.0);
  return policy;
}

// A step is an impression of the log.
class OffPolicyWalk final : public Walk {
 public:
  OffPolicyWalk(const std::vector<Shown>& log, const Policy& policy)
      : log_(log), policy_(policy), shows_(kCells + 1, 0), clicks_(kCells + 1, 0) {}

  std::size_t steps() const override { return log_.size(); }

  Result<void> step(std::size_t i, Bytes& scores) override {
    const Shown& shown = log_[i];
    double expected = 0;
    for (std::size_t item = 0; item < kItems; ++item) {
      const std::size_t cell = shown.position * kItems + item;
      expected += policy_[cell] * rate(cell);
    }
    const std::size_t cell = shown.cell();
    estimate_.add({shown.click, shown.propensity, policy_[cell], rate(cell), expected});
    for (const std::size_t at : {cell, kCells}) {
      ++shows_[at];
      clicks_[at] += shown.click;
    }
    for (const auto& each : {estimate_.ips(), estimate_.snips(), estimate_.doubly_robust()}) {
      learn::put_double(scores, each.value);
      learn::put_double(scores, each.half_width);
    }
    return {};
  }

  Bytes snapshot() const override {
    Bytes out;
    put_bytes(out, estimate_.snapshot());
    learn::put_sparse(out, shows_);
    learn::put_sparse(out, clicks_);
    return out;
  }
  Result<void> restore(BytesView snapshot) override {
    ByteReader reader{snapshot};
    VT_TRY(estimate_, OffPolicy::restore(reader.bytes()));
    if (!learn::read_sparse(reader, shows_) || !learn::read_sparse(reader, clicks_))
      return fail(Code::Corrupt, "restore the evaluation: its snapshot is cut short");
    return {};
  }
  const OffPolicy& estimate() const { return estimate_; }

 private:
  double rate(std::size_t cell) const {
    const double all = (clicks_[kCells] + 1) / (shows_[kCells] + kPriorShows);
    return (clicks_[cell] + kPriorShows * all) / (shows_[cell] + kPriorShows);
  }

  const std::vector<Shown>& log_;
  const Policy& policy_;
  OffPolicy estimate_;
  std::vector<double> shows_, clicks_;  // by cell, and of all in the last place
};

// Adds the estimates of one direction, and returns how many of the three cover the truth.
Result<int> estimate_other(const Options& options, const std::string& name,
                            const std::vector<Shown>& log, const Policy& policy, double truth,
                            Figures& figures) {
  std::unique_ptr<Walk> first;
  VT_TRY_VOID(walk_thrice(
      [&]() -> std::unique_ptr<Walk> { return std::make_unique<OffPolicyWalk>(log, policy); },
      options, &first));
  const OffPolicy& estimate = static_cast<const OffPolicyWalk&>(*first).estimate();
  figures.push_back({name + "_ctr", truth, "-"});
  int covering = 0;
  const std::pair<const char*, ValueEstimate> estimates[] = {
      {"ips", estimate.ips()}, {"snips", estimate.snips()}, {"dr", estimate.doubly_robust()}};
  for (const auto& [method, value] : estimates) {
    figures.push_back({name + "_" + method, value.value, "-"});
    figures.push_back({name + "_" + method + "_half_width", value.half_width, "-"});
    covering += value.covers(truth) ? 1 : 0;
  }
  return covering;
}

}  // namespace

Result<Figures> run_bandit(const Options& options) {
  if (!options.test.empty())
    return fail(Code::Invalid, "evaluate the bandit's estimators on " + options.test +
                                   ": they need both policies' logs; leave --test out");
  VT_TRY(const auto random, read_shown(options, "random.csv.gz"));
  VT_TRY(const auto thompson, read_shown(options, "bts.csv.gz"));
  const Policy uniform(kCells, 1.0 / kItems);
  Figures figures;
  VT_TRY(const int covering, estimate_other(options, "thompson", random, frequencies(thompson),
                                        click_rate(thompson), figures));
  VT_TRY(const int reverse, estimate_other(options, "random", thompson, uniform,
                                          click_rate(random), figures));
  figures.insert(figures.begin(), {"ope_covers", covering == 3 ? 1.0 : 0.0, "-"});
  figures.push_back({"reverse_covers", static_cast<double>(reverse), "of 3"});
  return figures;
}

}  // namespace vitrine::eval
