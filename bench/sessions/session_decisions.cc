// session_decisions: SessionKnn asked for the next click, our half of ./dev bench serenade and of
// ./dev bench als. TRAIN and TEST have lines SessionId, ItemId, Time with tabs between them. What
// is not said is what eval/parameters has chosen.
//
//   decide TRAIN TEST ROUNDS [--per-item N] [--neighbours N] [--latest-items N]
//          The sessions of TRAIN are learnt, then each click of TEST is answered with 20 items;
//          nothing is learnt meanwhile, since serenade cannot. The first round warms up and tells
//          the quality, the others are timed. Quality is told of all positions, and of those alone
//          where the visitor goes on to another item, with the current item left out of the list:
//          serenade never recommends it.
//   online TRAIN TEST FROM TO
//          All in the order of time; a session is learnt half an hour after its last click, as in
//          the shop. Told of the clicks from FROM and before TO, in seconds since 1970.
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <map>
#include <optional>

#include "bench/bench_kit.h"
#include "eval/session_clicks.h"
#include "learn/sessions/session_knn.h"

namespace {

using vitrine::eval::ClickSession;
using vitrine::eval::Sessions;
using vitrine::learn::ItemId;
using vitrine::learn::Recommended;
using vitrine::learn::SessionKnn;
using vitrine::learn::SessionKnnOptions;
using Items = std::vector<ItemId>;

constexpr std::size_t kListed = 20;
constexpr std::int64_t kGapMs = 30 * 60'000;

Items items_of(const ClickSession& session) {
  Items items;
  for (const auto& click : session.clicks) items.push_back(click.item);
  return items;
}

struct HitShare {
  double positions = 0, hits = 0, ranks = 0;  // ranks: the sum of 1 / rank

  void add(std::span<const Recommended> list, ItemId next,
           std::optional<ItemId> without = std::nullopt) {
    ++positions;
    std::size_t rank = 0;
    for (const Recommended& each : list) {
      if (each.item == without) continue;
      if (++rank > kListed) return;
      if (each.item != next) continue;
      ++hits;
      ranks += 1 / static_cast<double>(rank);
      return;
    }
  }
  void print(const char* of) const {
    std::printf("figure hr20%s %.6f -\nfigure mrr20%s %.6f -\n", of, hits / positions, of,
                ranks / positions);
  }
};

void tell_quality(SessionKnn& knn, const std::vector<Items>& test) {
  HitShare all, moves;
  for (const Items& session : test)
    for (std::size_t at = 1; at < session.size(); ++at) {
      all.add(knn.recommend({session.data(), at}, kListed), session[at]);
      if (session[at] == session[at - 1]) continue;
      moves.add(knn.recommend({session.data(), at}, kListed + 1), session[at], session[at - 1]);
    }
  std::printf("figure positions %.0f -\n", all.positions);
  all.print("");
  moves.print("_moves");
}

void time_decisions(SessionKnn& knn, const std::vector<Items>& test, int rounds) {
  std::vector<std::int64_t> took_ns;
  std::uint64_t listed = 0;
  const double before = vitrine::bench::own_seconds();
  for (int round = 0; round < rounds; ++round)
    for (const Items& session : test)
      for (std::size_t at = 1; at <= session.size(); ++at) {
        const std::int64_t began = vitrine::bench::now_ns();
        listed += knn.recommend({session.data(), at}, kListed).size();
        took_ns.push_back(vitrine::bench::now_ns() - began);
      }
  const double cpu = vitrine::bench::own_seconds() - before;
  const double all = static_cast<double>(took_ns.size());
  std::printf("figure decisions %.0f -\n", all);
  std::printf("figure listed_mean %.2f items\n", static_cast<double>(listed) / all);
  for (const int q : {50, 90, 99})
    std::printf("figure p%d_us %.2f us\n", q,
                vitrine::bench::quantile_ms(took_ns, q / 100.0) * 1000);
  std::printf("figure per_s_core %.0f decisions/s\n", all / cpu);
}

void decide(const SessionKnnOptions& options, const Sessions& train, const Sessions& test,
            int rounds) {
  SessionKnn knn{options};
  for (const ClickSession& session : train) knn.learn(items_of(session));
  std::vector<Items> asked;
  for (const ClickSession& session : test) asked.push_back(items_of(session));
  tell_quality(knn, asked);
  time_decisions(knn, asked, rounds);
}

// Before a click is answered, the sessions are learnt that are over, those of the training days
// among them.
struct Span {
  std::int64_t from_ms = 0, to_ms = 0;
};
void online(const SessionKnnOptions& options, Sessions all, const Sessions& test,
            Span span) {
  all.insert(all.end(), test.begin(), test.end());
  std::ranges::stable_sort(all, {}, &ClickSession::end_ms);
  SessionKnn knn{options};
  HitShare share;
  std::vector<std::int64_t> took_ns;
  std::vector<double> ages_s;
  auto next = all.begin();
  for (const auto [number, position] : vitrine::eval::turns_in_order(test, false)) {
    const ClickSession& session = test[number];
    const std::int64_t now_ms = session.clicks[position].at_ms;
    for (; next != all.end() && next->end_ms() + kGapMs <= now_ms; ++next)
      knn.learn(items_of(*next));
    if (now_ms >= span.to_ms) break;
    const Items clicks = items_of(session);
    const std::int64_t began = vitrine::bench::now_ns();
    const auto list = knn.recommend({clicks.data(), position + 1}, kListed);
    took_ns.push_back(vitrine::bench::now_ns() - began);
    if (position + 1 == clicks.size() || now_ms < span.from_ms) continue;
    share.add(list, clicks[position + 1]);
    if (next != all.begin())
      ages_s.push_back(static_cast<double>(now_ms - std::prev(next)->end_ms()) / 1000);
  }
  std::ranges::sort(ages_s);
  std::printf("figure positions %.0f -\n", share.positions);
  share.print("");
  std::printf("figure freshness_s %.0f s\n", ages_s.empty() ? 0 : ages_s[ages_s.size() / 2]);
  std::printf("figure cpu_s %.3f s\n", vitrine::bench::own_seconds());
  std::printf("figure decision_p50_us %.2f us\n",
              vitrine::bench::quantile_ms(took_ns, 0.5) * 1000);
}

int run(const std::string& mode, int argc, char** argv) {
  const auto parameters = vitrine::eval::Parameters::load({}, "sessions");
  const auto train = vitrine::eval::read_sessions(argv[2]);
  const auto test = vitrine::eval::read_sessions(argv[3]);
  for (const auto* error : {parameters ? nullptr : &parameters.error(),
                            train ? nullptr : &train.error(), test ? nullptr : &test.error()}) {
    if (error == nullptr) continue;
    std::fprintf(stderr, "session_decisions: %s\n", error->message.c_str());
    return 1;
  }
  auto options = vitrine::eval::knn_options(*parameters);
  if (mode == "online") {
    online(options, *train, *test, {std::atoll(argv[4]) * 1000, std::atoll(argv[5]) * 1000});
    return 0;
  }
  const std::map<std::string, std::uint32_t*> names = {{"--per-item", &options.per_item},
                                                       {"--neighbours", &options.neighbours},
                                                       {"--latest-items", &options.latest_items}};
  for (int i = 5; i + 1 < argc; i += 2) {
    const auto name = names.find(argv[i]);
    if (name == names.end() || std::atoi(argv[i + 1]) < 1) return 2;
    *name->second = static_cast<std::uint32_t>(std::atoi(argv[i + 1]));
  }
  decide(options, *train, *test, std::atoi(argv[4]));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc >= 5 && std::atoi(argv[4]) > 0 ? argv[1] : "";
  const bool said = mode == "decide" ? argc % 2 == 1 : mode == "online" && argc == 6;
  const int code = said ? run(mode, argc, argv) : 2;
  if (code == 2)
    std::fputs("usage: session_decisions decide TRAIN TEST ROUNDS [--per-item N] [--neighbours N] "
               "[--latest-items N]\n       session_decisions online TRAIN TEST FROM TO\n",
               stderr);
  return code;
}
