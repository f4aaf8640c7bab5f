#include "learn/sessions/session_knn.h"

#include <algorithm>

#include "learn/core/exact_math.h"
#include "learn/core/snapshot.h"

namespace vitrine::learn {
namespace {

constexpr std::string_view kName = "session-knn";
constexpr std::uint32_t kLayout = 1;

bool better(const Recommended& a, const Recommended& b) {
  return a.score != b.score ? a.score > b.score : a.item < b.item;
}

}  // namespace

SessionKnn::SessionKnn(SessionKnnOptions options) : options_(options), store_(options.bounds) {
  VT_CHECK(options_.per_item >= 1 && options_.neighbours >= 1 && options_.latest_items >= 1);
  VT_CHECK(options_.step >= 0 && options_.match_decay >= 0 && options_.reach > 0 &&
           options_.idf_weight >= 0 && options_.stay >= 0);
  const SessionBounds& bounds = store_.bounds();
  logs_.resize(bounds.sessions_max + 2);
  for (std::size_t i = 1; i < logs_.size(); ++i) logs_[i] = exact_log(static_cast<double>(i));
  for (std::uint32_t d = 0; d < bounds.session_items_max; ++d)
    distances_.push_back(d < 2 ? 1 : exact_exp(-(d - 1.0) / options_.reach));
  for (std::uint32_t rank = 0; rank < options_.latest_items; ++rank)
    matches_.push_back(exact_exp(-options_.match_decay * rank));
  candidates_.resize(bounds.sessions_max);
  scores_.resize(bounds.items_max);
  distinct_.reserve(std::max(bounds.session_items_max, options_.latest_items));
  const std::size_t found_max =
      std::min<std::size_t>(bounds.sessions_max,
                            std::size_t{options_.per_item} * options_.latest_items);
  found_.reserve(found_max);
  ordered_.reserve(found_max);
  scored_.reserve(bounds.items_max);
  best_.reserve(kCountMax + 1);
}

// Fills distinct_ with at most `count` items, newest first.
void SessionKnn::latest_distinct(std::span<const ItemId> clicks, std::size_t count) {
  distinct_.clear();
  for (std::size_t i = clicks.size(); i-- > 0 && distinct_.size() < count;)
    if (std::find(distinct_.begin(), distinct_.end(), clicks[i]) == distinct_.end())
      distinct_.push_back(clicks[i]);
}

void SessionKnn::learn(std::span<const ItemId> clicks) {
  if (clicks.size() < 2) return;
  latest_distinct(clicks, store_.bounds().session_items_max);
  std::reverse(distinct_.begin(), distinct_.end());
  store_.insert(distinct_);
}

void SessionKnn::find_candidates() {
  found_.clear();
  // One more than there are: an item that all sessions have still tells something, as it must in
  // the first minutes of a show.
  const double all = logs_[store_.size() + 1];
  for (std::uint32_t rank = 0; rank < distinct_.size(); ++rank) {
    const std::uint32_t number = store_.number_of(distinct_[rank]);
    if (number == SessionStore::kUnknown) continue;
    const double weight =
        (all - logs_[store_.sessions_with(number)]) / (1 + options_.step * rank);
    SessionStore::Position at = store_.newest(number);
    for (std::uint32_t seen = 0; seen < options_.per_item && store_.alive(at); ++seen) {
      const SessionStore::Entry& entry = store_.entry(at);
      Candidate& candidate = candidates_[store_.slot_of(entry.session)];
      if (candidate.round != round_) {
        candidate = {round_, 0, at, rank};
        found_.push_back(entry.session);
      }
      candidate.similarity += weight;
      at = entry.older;
    }
  }
}

// Leaves the `neighbours` most similar in found_, in the order in which they were found.
void SessionKnn::keep_most_similar() {
  if (found_.size() <= options_.neighbours) return;
  const auto similarity = [&](SessionStore::Position session) {
    return candidates_[store_.slot_of(session)].similarity;
  };
  const auto closer = [&](SessionStore::Position a, SessionStore::Position b) {
    const double of_a = similarity(a), of_b = similarity(b);
    return of_a != of_b ? of_a > of_b : a > b;
  };
  ordered_.assign(found_.begin(), found_.end());
  const auto last = ordered_.begin() + options_.neighbours - 1;
  std::nth_element(ordered_.begin(), last, ordered_.end(), closer);
  const SessionStore::Position bound = *last;
  std::erase_if(found_, [&](SessionStore::Position each) { return closer(bound, each); });
}

void SessionKnn::score_items() {
  scored_.clear();
  for (const SessionStore::Position found : found_) {
    const Candidate& candidate = candidates_[store_.slot_of(found)];
    const double weight = candidate.similarity * matches_[candidate.rank];
    const SessionStore::Session session = store_.session(found);
    for (SessionStore::Position at = session.begin; at < session.end; ++at) {
      const std::uint32_t number = store_.entry(at).item;
      const double part =
          weight * distances_[at > candidate.match ? at - candidate.match : candidate.match - at];
      Score& score = scores_[number];
      if (score.round != round_) {
        score = {round_, 0, -1, 0, 0};
        scored_.push_back(number);
      }
      score.sum += part;
      ++score.sessions;
      if (part > score.loudest) {
        score.loudest = part;
        score.rank = candidate.rank;
      }
    }
  }
}

// Keeps best_ sorted; few offers reach its middle, so shifting is cheaper than a heap.
void SessionKnn::offer(const Recommended& item, std::size_t count) {
  if (best_.size() == count && !better(item, best_.back())) return;
  best_.insert(std::upper_bound(best_.begin(), best_.end(), item, better), item);
  if (best_.size() > count) best_.pop_back();
}

std::span<const Recommended> SessionKnn::recommend(std::span<const ItemId> clicks,
                                                   std::size_t count, const ItemWishes* wishes) {
  best_.clear();
  count = std::min(count, kCountMax);
  if (clicks.empty() || count == 0) return {};
  ++round_;
  latest_distinct(clicks, options_.latest_items);
  find_candidates();
  keep_most_similar();
  score_items();

  const ItemId current = clicks.back();
  const std::uint32_t sessions = static_cast<std::uint32_t>(store_.size());
  double all = 0;
  for (const std::uint32_t number : scored_) {
    Score& score = scores_[number];
    const double rarity = logs_[sessions + 1] - logs_[store_.sessions_with(number) + 1];
    score.sum *= 1 + options_.idf_weight * rarity;
    all += score.sum;
  }
  const auto wish = [&](ItemId item) { return wishes == nullptr ? 1.0 : wishes->of(item); };
  const double stay = all > 0 ? options_.stay * all : options_.stay;
  bool stayed = false;
  for (const std::uint32_t number : scored_) {
    const Score& score = scores_[number];
    const ItemId item = store_.id_of(number);
    const bool same = item == current;
    stayed |= same;
    const double total = (same ? score.sum + stay : score.sum) * wish(item);
    if (total > 0) offer({item, total, distinct_[score.rank], score.sessions}, count);
  }
  if (const double alone = stayed ? 0 : stay * wish(current); alone > 0)
    offer({current, alone, current, 0}, count);
  return best_;
}

Bytes SessionKnn::snapshot() const {
  Bytes out;
  put_head(out, kName, kLayout);
  put_varint(out, store_.size());
  for (SessionStore::Position each = store_.oldest(); each < store_.end(); ++each) {
    const SessionStore::Session session = store_.session(each);
    put_varint(out, session.end - session.begin);
    for (SessionStore::Position at = session.begin; at < session.end; ++at)
      put_varint(out, store_.id_of(store_.entry(at).item));
  }
  return out;
}

// The sessions that were kept, learnt again in their order, are the whole state.
Result<void> SessionKnn::restore(BytesView snapshot) {
  ByteReader reader{snapshot};
  VT_TRY_VOID(read_head(reader, kName, kLayout));
  SessionStore store{options_.bounds};
  const std::uint64_t sessions = reader.varint();
  for (std::uint64_t i = 0; i < sessions && reader.ok(); ++i) {
    const std::uint64_t items = reader.varint();
    if (!reader.ok()) break;
    if (items == 0 || items > options_.bounds.session_items_max)
      return fail(Code::Corrupt, "restore a session-knn: a session of " + std::to_string(items) +
                                     " items, at most " +
                                     std::to_string(options_.bounds.session_items_max) +
                                     " fit; restore with the bounds it was taken with");
    distinct_.clear();
    for (std::uint64_t at = 0; at < items; ++at) {
      const ItemId item = reader.varint();
      if (std::find(distinct_.begin(), distinct_.end(), item) != distinct_.end())
        return fail(Code::Corrupt, "restore a session-knn: item " + std::to_string(item) +
                                       " is twice in a session; use another snapshot");
      distinct_.push_back(item);
    }
    if (reader.ok()) store.insert(distinct_);
  }
  VT_TRY_VOID(read_end(reader, kName));
  if (store.size() != sessions)
    return fail(Code::Corrupt, "restore a session-knn: " + std::to_string(sessions) +
                                   " sessions do not fit; restore with the bounds it was taken "
                                   "with");
  store_ = std::move(store);
  return {};
}

}  // namespace vitrine::learn
