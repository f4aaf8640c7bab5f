// The next click of a web shop's visitors, in the order in which the clicks came: clicks of
// training days are history, then each click of the test is answered before the next one is known.
//
//   frozen   what the history taught; nothing is learnt during the test
//   online   a session is learnt when it has had no click for half an hour, as it would be live
//
// hr20 is the share of clicks that were among the 20 items recommended before, mrr20 the mean of
// 1 / rank, 0 when not among them. Without --test these two are the frozen model's on the 387
// positions for which session-rec publishes the lists of other methods. With --test they are the
// online model's on all positions of the file, and the clicks of the test day that are given are
// history as far as they were over before the file's first click.
#include <algorithm>
#include <cstdio>

#include "base/env.h"
#include "eval/files.h"
#include "eval/parameters.h"
#include "eval/scores.h"
#include "eval/session_clicks.h"
#include "eval/tasks.h"
#include "eval/walk.h"
#include "learn/core/snapshot.h"
#include "learn/sessions/session_knn.h"

namespace vitrine::eval {
namespace {

using learn::ItemId;
using learn::SessionKnn;
using learn::SessionKnnOptions;

constexpr std::size_t kListed = 20;
constexpr const char* kTrainClicks = "sessions_yoochoose/train_clicks.tsv.gz";
constexpr const char* kTestClicks = "sessions_yoochoose/test_dev_clicks.tsv";
constexpr const char* kReferenceLists = "sessions_yoochoose/reference_recommendations_vsknn.csv.gz";

struct ClickRank {
  std::uint64_t session;
  std::size_t rank;  // from 1; 0: the next click was not in the list
};

// One step is one click of the test, or one session that is over meanwhile.
class SessionWalk final : public Walk {
 public:
  SessionWalk(const SessionKnnOptions& options, const Sessions& history, const Sessions& test,
              bool online)
      : knn_(options), test_(test), turns_(turns_in_order(test, online)) {
    for (const ClickSession& each : history) knn_.learn(items_of(each, each.clicks.size()));
  }

  std::size_t steps() const override { return turns_.size(); }
  Bytes snapshot() const override { return knn_.snapshot(); }
  Result<void> restore(BytesView snapshot) override { return knn_.restore(snapshot); }

  Result<void> step(std::size_t i, Bytes& scores) override {
    const auto [number, position] = turns_[i];
    const ClickSession& session = test_[number];
    const std::size_t clicks = session.clicks.size();
    if (position == clicks) {
      knn_.learn(items_of(session, clicks));
      return {};
    }
    const auto& shown = items_of(session, position + 1);
    const std::int64_t began = clock_.monotonic_nanos();
    const auto list = knn_.recommend(shown, kListed);
    took_us_.push_back(static_cast<double>(clock_.monotonic_nanos() - began) / 1000);
    for (const auto& each : list) {
      put_u64(scores, each.item);
      learn::put_double(scores, each.score);
    }
    if (position + 1 == clicks) return {};
    ClickRank rank{session.id, 0};
    for (std::size_t at = 0; at < list.size(); ++at)
      if (list[at].item == session.clicks[position + 1].item) rank.rank = at + 1;
    ranks_.push_back(rank);
    return {};
  }

  const std::vector<ClickRank>& ranks() const { return ranks_; }
  const std::vector<double>& took_us() const { return took_us_; }

 private:
  const std::vector<ItemId>& items_of(const ClickSession& session, std::size_t count) {
    shown_.clear();
    for (std::size_t at = 0; at < count; ++at) shown_.push_back(session.clicks[at].item);
    return shown_;
  }

  SessionKnn knn_;
  const Sessions& test_;
  std::vector<Turn> turns_;
  std::vector<ItemId> shown_;
  std::vector<ClickRank> ranks_;
  std::vector<double> took_us_;
  Clock& clock_ = real_env().clock;
};

struct HitQuality {
  double hr = 0, mrr = 0;
  double positions = 0;
};
HitQuality hit_quality(const std::vector<ClickRank>& ranks,
                       const std::set<std::uint64_t>* only = nullptr) {
  HitQuality quality;
  for (const ClickRank& each : ranks) {
    if (only != nullptr && !only->contains(each.session)) continue;
    ++quality.positions;
    if (each.rank == 0) continue;
    ++quality.hr;
    quality.mrr += 1 / static_cast<double>(each.rank);
  }
  if (quality.positions > 0) {
    quality.hr /= quality.positions;
    quality.mrr /= quality.positions;
  }
  return quality;
}

}  // namespace

Result<Figures> run_sessions(const Options& options) {
  VT_TRY(const Parameters parameters, Parameters::load(options, "sessions"));
  const SessionKnnOptions chosen = knn_options(parameters);
  VT_TRY(const std::string train, data_file(options, kTrainClicks));
  VT_TRY(Sessions history, read_sessions(train));
  VT_TRY(const std::string given, data_file(options, kTestClicks));
  VT_TRY(Sessions test, read_sessions(given));
  VT_TRY(const std::string lists, data_file(options, kReferenceLists));
  VT_TRY(const auto reference, reference_sessions(lists));
  if (!options.test.empty()) {
    const Sessions day = std::move(test);
    VT_TRY(test, read_sessions(options.test));
    std::int64_t first_ms = test.front().begin_ms();
    for (const ClickSession& each : test) first_ms = std::min(first_ms, each.begin_ms());
    for (const ClickSession& each : over_before(day, first_ms)) history.push_back(each);
  }
  Figures figures;
  HitQuality frozen, online, asked;
  for (const bool live : {false, true}) {
    std::unique_ptr<Walk> first;
    VT_TRY(const Bytes scores, walk_thrice(
                                   [&]() -> std::unique_ptr<Walk> {
                                     return std::make_unique<SessionWalk>(chosen, history, test,
                                                                          live);
                                   },
                                   options, &first));
    const auto& walk = static_cast<const SessionWalk&>(*first);
    (live ? online : frozen) = hit_quality(walk.ranks());
    if (live != options.test.empty())
      asked = hit_quality(walk.ranks(), options.test.empty() ? &reference : nullptr);
    if (!live) continue;
    figures = {{"decision_p50_us", quantile(walk.took_us(), 0.5), "us"},
               {"decision_p99_us", quantile(walk.took_us(), 0.99), "us"}};
  }
  const Figures qualities = {
      {"hr20", asked.hr, "-"},          {"mrr20", asked.mrr, "-"},
      {"positions", asked.positions, "-"},
      {"hr20_online", online.hr, "-"}, {"mrr20_online", online.mrr, "-"},
      {"hr20_frozen", frozen.hr, "-"}, {"mrr20_frozen", frozen.mrr, "-"}};
  figures.insert(figures.begin(), qualities.begin(), qualities.end());
  return figures;
}

namespace {

// A fold tests on one training day what the days before taught.
struct DayFold {
  Sessions history, test;
};

// HR@20 + 1.5 MRR@20, the mean of the folds: a point of MRR is dearer than one of HR.
Result<double> fold_goodness(const Parameters& parameters, const std::vector<DayFold>& folds) {
  double sum = 0;
  for (const DayFold& fold : folds) {
    SessionWalk walk{knn_options(parameters), fold.history, fold.test, false};
    VT_TRY_VOID(walk_once(walk));
    const HitQuality quality = hit_quality(walk.ranks());
    sum += quality.hr + 1.5 * quality.mrr;
  }
  return sum / static_cast<double>(folds.size());
}

}  // namespace

// One parameter after the other takes its best value, until none changes any more.
Result<void> choose_sessions(const Options& options) {
  VT_TRY(const std::string train, data_file(options, kTrainClicks));
  VT_TRY(const Sessions all, read_sessions(train));
  constexpr std::int64_t kDayMs = 24 * 3600 * 1000LL, kFirstMs = 1396310400 * 1000LL;  // 1 April
  std::vector<DayFold> folds;
  for (const int day : {3, 4, 5}) {  // the last one with the first minutes of the day after
    const std::int64_t from = kFirstMs + day * kDayMs;
    folds.push_back({begun_between(all, 0, from),
                     begun_between(all, from, from + (day == 5 ? 2 : 1) * kDayMs)});
  }
  const std::vector<std::pair<std::string, std::vector<double>>> grid = {
      {"per_item", {500, 200, 1000}},
      {"neighbours", {500, 100, 200, 1000}},
      {"latest_items", {9, 5, 7}},
      {"step", {0.1, 0, 0.05, 0.2, 0.4}},
      {"match_decay", {0.6, 0.1, 0.3, 0.5, 0.8}},
      {"reach", {4, 1, 2, 3, 6, 8}},
      {"idf_weight", {0.5, 0, 0.25, 0.75, 1}},
      {"stay", {0.3, 0, 0.1, 0.2, 0.5}}};
  Parameters parameters;
  for (const auto& [name, values] : grid) parameters.set(name, values.front());
  VT_TRY(double best, fold_goodness(parameters, folds));
  for (bool changed = true; changed;) {
    changed = false;
    for (const auto& [name, values] : grid) {
      double kept = parameters.get(name);
      for (const double value : values) {
        if (value == kept) continue;
        parameters.set(name, value);
        VT_TRY(const double good, fold_goodness(parameters, folds));
        std::fprintf(stderr, "  %s = %g: %.5f, best %.5f\n", name.c_str(), value, good, best);
        if (good <= best) continue;
        best = good;
        kept = value;
        changed = true;
      }
      parameters.set(name, kept);
    }
  }
  return parameters.save(options, "sessions");
}

}  // namespace vitrine::eval
