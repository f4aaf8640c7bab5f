#pragma once
// What will this visitor look at next? Asked of the latest sessions that resemble theirs.
//
// Method: VMIS-kNN (Kersbergen, Sprangers, Schelter: "Serenade", SIGMOD 2022), the indexed form of
// V-SKNN (Ludewig, Jannach: "Evaluation of session-based recommendation algorithms", 2018). From
// their form we differ in four places, each chosen on folds of training days (eval/sessions.cc):
//   similarity   a shared item counts 1 / (1 + step * rank), rank 0 being the newest item of the
//                visitor's session, times log((sessions + 1) / sessions with it);
//   neighbours   weigh similarity * e^(-match_decay * rank of the newest shared item);
//   their items  weigh e^(-(distance - 1) / reach) by the distance from that shared item, as in
//                STAN (Garg et al., SIGIR 2019), times 1 + idf_weight * log(idf): what a sequential
//                rule sees is in it, and so mixing with sequential rules gains nothing more;
//   staying      the current item is a candidate always and gets `stay` of all scores together:
//                a quarter of all clicks repeats the click before.
//
// Deterministic: sums run over the neighbours in the order in which they are found, newest item
// and newest session first; equal similarity prefers the newer session, equal score the smaller id.
//
// Cost: learning a session is linear in its items, amortised with the session that leaves for it. A
// recommendation visits at most latest_items * per_item entries and the items of `neighbours`
// sessions, allocates nothing, and takes tens of microseconds.
// Memory: fixed by SessionBounds; about 24 bytes an entry, 48 a session, 88 an item.
#include "base/bytes.h"
#include "base/result.h"
#include "learn/sessions/session_store.h"

namespace vitrine::learn {

struct SessionKnnOptions {
  SessionBounds bounds;
  std::uint32_t per_item = 200;    // at most this many latest sessions are looked at per item (m)
  std::uint32_t neighbours = 500;  // of them the most similar ones speak (k)
  std::uint32_t latest_items = 9;  // of the visitor's distinct items
  double step = 0.2;
  double match_decay = 0.5;
  double reach = 3;
  double idf_weight = 0.5;
  double stay = 0.5;
};

// What may be recommended, and what we wish for besides relevance.
class ItemWishes {
 public:
  virtual ~ItemWishes() = default;
  // Scores are multiplied by it. 0 leaves the item out (sold out, capped); more than 1 pushes it
  // (stock to clear). Not negative, and the same for the same item during one call.
  virtual double of(ItemId item) const = 0;
};

struct Recommended {
  ItemId item;
  double score;
  ItemId because;          // of the visitor's items the one that spoke loudest for it
  std::uint32_t sessions;  // in so many of the similar sessions it was; 0: only the visitor's own
};

class SessionKnn {
 public:
  static constexpr std::size_t kCountMax = 100;

  explicit SessionKnn(SessionKnnOptions options);

  // A session that has ended: items in the order of the clicks, repetitions and all. Of long ones
  // the latest items count. One click alone carries nothing to learn and is passed over.
  void learn(std::span<const ItemId> clicks);

  // At most `count` items, best first, for a visitor who clicked these, newest last. The result
  // lives until the next call. Only the current item itself for a visitor of unknown items.
  std::span<const Recommended> recommend(std::span<const ItemId> clicks, std::size_t count,
                                         const ItemWishes* wishes = nullptr);

  const SessionStore& store() const { return store_; }

  Bytes snapshot() const;
  // Of a learner with the same bounds; what this one knew is forgotten.
  Result<void> restore(BytesView snapshot);

 private:
  struct Candidate {  // of one session slot; valid when `round` is this round's
    std::uint64_t round = 0;
    double similarity = 0;
    SessionStore::Position match = 0;  // the entry of the newest shared item
    std::uint32_t rank = 0;            // of that item in the visitor's session
  };
  struct Score {  // of one item number
    std::uint64_t round = 0;
    double sum = 0;
    double loudest = 0;
    std::uint32_t rank = 0, sessions = 0;
  };
  void latest_distinct(std::span<const ItemId> clicks, std::size_t count);
  void find_candidates();
  void keep_most_similar();
  void score_items();
  void offer(const Recommended& item, std::size_t count);

  SessionKnnOptions options_;
  SessionStore store_;
  std::uint64_t round_ = 0;
  std::vector<double> logs_;      // log(i)
  std::vector<double> distances_;  // e^(-(d - 1) / reach)
  std::vector<double> matches_;    // e^(-match_decay * rank)
  std::vector<Candidate> candidates_;            // by session slot
  std::vector<Score> scores_;                    // by item number
  std::vector<ItemId> distinct_;                 // newest first
  std::vector<SessionStore::Position> found_;    // sessions, in the order found
  std::vector<SessionStore::Position> ordered_;  // the same, for the selection
  std::vector<std::uint32_t> scored_;            // item numbers, in the order found
  std::vector<Recommended> best_;
};

}  // namespace vitrine::learn
