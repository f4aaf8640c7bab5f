// `vitrine recommend ope`: what other ways to choose the next best action would have earned, by the
// actions of a log and their propensities. docs/operations/models.md.
//
// An action's reward is an order of the viewer within kActionMs after it, joined here from
// viewer.offers and shop.events by the times of their records, as the recommender does live.
// Reads beside a running server. Memory: one row an action or an order, kRowsMax each.
#include <algorithm>
#include <map>

#include "app/command_line.h"
#include "app/commands.h"
#include "app/house.h"
#include "app/log_records.h"
#include "commerce/model/topics.h"
#include "commerce/recommend/policy_value.h"

namespace vitrine {
namespace {

using recommend::kActions;
using recommend::LoggedAction;

constexpr std::size_t kRowsMax = 1'000'000;

struct OpeOptions {
  std::string log = "./var/log", from;
};

// The times of orders by viewer, each list rising.
struct Orders {
  std::map<std::string, std::vector<std::int64_t>> by_viewer;
  std::size_t count = 0;
  std::int64_t last_ms = 0;  // of any record of the shop

  bool within(const std::string& viewer, std::int64_t after_ms) const {
    const auto hers = by_viewer.find(viewer);
    if (hers == by_viewer.end()) return false;
    const auto next = std::ranges::upper_bound(hers->second, after_ms);
    return next != hers->second.end() && *next < after_ms + recommend::kActionMs;
  }
};

Result<Orders> read_orders(Disk& disk, const std::string& log) {
  Orders orders;
  VT_TRY_VOID(each_record(disk, shop_folder(log), topics::shop_events.name(), Position{1},
                          [&](const Positioned& record) {
    const std::int64_t at_ms = millis_of(record.record.timestamp);
    orders.last_ms = std::max(orders.last_ms, at_ms);
    const auto event = decoded<ShopEvent>(record.record.value);
    if (!event || !event->has_order_confirmed()) return true;
    orders.by_viewer[event->order_confirmed().order().viewer()].push_back(at_ms);
    return ++orders.count < kRowsMax;
  }));
  for (auto& [viewer, times] : orders.by_viewer) std::ranges::sort(times);
  return orders;
}

struct ActionLog {
  std::vector<LoggedAction> before, judged;
  std::size_t unknown = 0, without = 0;  // outcome not known yet; not drawn from anything known
};

std::optional<LoggedAction> logged_action(const ViewerOffers& offers) {
  const NextAction& told = offers.action();
  const DrawnFrom& drawn = offers.drawn_from();
  LoggedAction logged;
  logged.propensity = told.propensity();
  while (recommend::name_of(logged.action) != told.action()) {
    const auto next = static_cast<std::size_t>(logged.action) + 1;
    if (next == kActions) return std::nullopt;
    logged.action = static_cast<recommend::Action>(next);
  }
  if (drawn.context_size() != static_cast<int>(recommend::kContextSize) ||
      drawn.possible_size() != static_cast<int>(kActions) || !(logged.propensity > 0))
    return std::nullopt;
  logged.context.assign(drawn.context().begin(), drawn.context().end());
  std::ranges::copy(drawn.possible(), logged.possible.begin());
  return logged;
}

Result<ActionLog> read_actions(Disk& disk, const OpeOptions& options) {
  std::optional<AsOf> from;
  if (!options.from.empty()) {
    VT_TRY(from, moment(options.from, "--from"));
  }
  VT_TRY(const Orders orders, read_orders(disk, options.log));
  ActionLog log;
  VT_TRY_VOID(each_record(disk, insight_folder(options.log), topics::viewer_offers.name(),
                          Position{1}, [&](const Positioned& record) {
    const auto offers = decoded<ViewerOffers>(record.record.value);
    if (!offers || !offers->has_action()) return true;
    auto logged = logged_action(*offers);
    if (!logged) {
      ++log.without;
    } else if (offers->at_ms() + recommend::kActionMs > orders.last_ms) {
      ++log.unknown;
    } else {
      logged->ordered = orders.within(offers->viewer(), offers->at_ms());
      (from && is_before(record, *from) ? log.before : log.judged).push_back(std::move(*logged));
    }
    return log.before.size() + log.judged.size() < kRowsMax;
  }));
  return log;
}

void print_estimate(const learn::ValueEstimate& estimate) {
  std::printf("  %7.4f +- %.4f", estimate.value, estimate.standard_error());
}

Result<void> ope(const OpeOptions& options) {
  Disk& disk = real_env().disk;
  if (!disk.exists(options.log))
    return fail(Code::NotFound, "read " + options.log + ": there is no log");
  VT_TRY(const ActionLog log, read_actions(disk, options));
  const auto ordered = std::ranges::count(log.judged, true, &LoggedAction::ordered);
  std::printf("%zu actions judged, %lld of them with an order within ten minutes; %zu only teach; "
              "of %zu the outcome is not known yet, %zu do not say what they were drawn from\n",
              log.judged.size(), static_cast<long long>(ordered), log.before.size(), log.unknown,
              log.without);
  if (log.judged.size() < 2)
    return fail(Code::NotFound, "value the policies: fewer than two actions to judge; wait, or say "
                                "an earlier --from");
  std::printf("%-8s  %-17s  %-17s  %-17s  %s\n", "policy", "IPS", "SNIPS", "doubly robust",
              "effective actions");
  for (const auto& value : recommend::value_policies(log.before, log.judged)) {
    std::printf("%-8.*s", static_cast<int>(value.policy.size()), value.policy.data());
    for (const auto* estimate : {&value.ips, &value.snips, &value.doubly_robust})
      print_estimate(*estimate);
    std::printf("  %.1f\n", value.effective_count);
  }
  return {};
}

}  // namespace

int run_recommend(int argc, char** argv) {
  CLI::App cli{"What other ways to choose the next best action would have earned."};
  cli.require_subcommand(1);
  OpeOptions options;
  auto* valued = cli.add_subcommand(
      "ope", "off-policy estimates, each with its standard error: orders an action, by policy");
  valued->add_option("--log", options.log, "the log's folder")->capture_default_str();
  valued->add_option("--from", options.from,
                     "a position or time: actions before only teach greedy's weights, those after "
                     "judge them");
  int code = 0;
  if (!parsed(cli, argc, argv, code)) return code;
  return ended("recommend", ope(options));
}

}  // namespace vitrine
