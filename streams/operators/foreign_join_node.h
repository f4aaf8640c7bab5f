#pragma once
// The join of a table with another one by a key that its rows hold, their foreign key.
//
// Three nodes, in a circle over two hops, since a row and what it refers to may belong to different
// tasks:
//
//   left table -> ForeignLeft --ask, by foreign key--> ForeignRight <- right table
//                     |                                    |
//                 ForeignResult <--answer, by left key-----+
//
// Each change of a left row asks the key it refers to now, and takes it off the list of the key it
// referred to before. Each ask, and each change of a right row to all on its list, is answered with
// the right row as it is then. An answer is joined with the left row as it is when it arrives.
//
// A row may have moved on meanwhile. So an answer says for which key it speaks, and is dropped
// unless the left row refers to that key now. That is enough: of one key, asks arrive in the order
// in which the row sent them, and answers in the order in which the key sent them. So the right
// rows that a row is shown for a key never go back; and its last ask went to the key it refers to,
// is answered with the row of then, and every later change of it follows. What was asked before,
// also before the row moved away and came back, or was removed and made anew, can only arrive
// earlier. tests: foreign_join_model_test.cc.
//
// States: "<name>" the results; "<name>.keys" the key each left row is listed at; "<name>.refs" the
// lists. Cost: a change of a left row is an ask and an answer (and a word to the former key); one
// of a right row is an answer for each left row that refers to it, all in one commit.
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "streams/operators/references.h"
#include "streams/operators/stateless_nodes.h"
#include "streams/operators/table_join_node.h"

namespace vitrine::nodes {

// A left row says that it refers to a key, or no longer does.
struct ForeignAsk {
  Bytes row;  // its key, encoded
  bool gone = false;
  auto fields() { return std::tie(row, gone); }
};

// The right row of a key, for a left row.
template <class K2, class B>
struct ForeignAnswer {
  K2 from{};
  std::optional<B> row;
  auto fields() { return std::tie(from, row); }
};

// What a function of foreign keys returns: a key, or an optional one.
template <class T>
struct ForeignKeyOf {
  using type = T;
};
template <class T>
struct ForeignKeyOf<std::optional<T>> {
  using type = typename OwnedOf<T>::type;
};

struct ForeignJoinStates {
  std::string joined, left, right;
  std::string keys() const { return joined + ".keys"; }
  std::string refs() const { return joined + ".refs"; }
};

// Takes answers, and joins.
template <class K, class A, class K2, class B, class U, class F, JoinKind kKind>
class ForeignResult final : public Sink<K, ForeignAnswer<K2, B>> {
 public:
  using Answer = ForeignAnswer<K2, B>;
  ForeignResult(const ForeignJoinStates& names, F f, Wiring& wiring)
      : rows_(names.joined, std::move(f), wiring),
        left_(wiring.stores().keyed<K, A>(names.left)),
        keys_(wiring.stores().keyed<K, K2>(names.keys())) {}

  void push(const View<K>& key, const View<Answer>& answer, const Moment& moment) override {
    const K2* now = keys_.find(key);
    if (now == nullptr || encoded(*now) != encoded(answer.from)) return;  // it has moved on
    rows_.follow(key, left_.find(key), answer.row ? &*answer.row : nullptr, moment);
  }
  // The left row refers to nothing, or is gone.
  void alone(const View<K>& key, const Moment& moment) {
    rows_.follow(key, left_.find(key), nullptr, moment);
  }

 private:
  JoinedRows<K, A, B, U, F, kKind> rows_;
  Store<K, A>& left_;
  Store<K, K2>& keys_;
};

// Stands right below the left table.
template <class K, class A, class K2, class KeyOf, class Result>
class ForeignLeft final : public Sink<K, A> {
 public:
  ForeignLeft(const ForeignJoinStates& names, KeyOf key_of, Wiring& wiring)
      : keys_(wiring.stores().keyed<K, K2>(names.keys())),
        key_of_(std::move(key_of)),
        result_(static_cast<Result&>(*wiring.below_at(1))) {
    asks_.add(static_cast<Sink<K2, ForeignAsk>*>(wiring.below_at(0)), wiring.passed_to(0));
  }

  void push(const View<K>& key, const View<A>& value, const Moment& moment) override {
    const std::optional<K2> now = foreign_key(key, value);
    leave(key, now ? &*now : nullptr, moment);
    if (!now) return result_.alone(key, moment);
    if (!keys_.contains(key)) keys_.put(key, *now);
    ask_.gone = false;
    asks_.push(*now, ask_, moment);
  }
  void removed(const View<K>& key, const Moment& moment) override {
    leave(key, nullptr, moment);
    result_.alone(key, moment);
  }

 private:
  std::optional<K2> foreign_key(const View<K>& key, const View<A>& value) {
    auto&& made = call<K, A>(key_of_, key, value);
    if constexpr (std::is_convertible_v<decltype(made), View<K2>>) {
      return Serde<K2>::own(made);
    } else {
      return made ? std::optional<K2>(Serde<K2>::own(*made)) : std::nullopt;
    }
  }

  // Takes the row off the list of the key it referred to, unless it still does.
  void leave(const View<K>& key, const K2* now, const Moment& moment) {
    ask_.row.clear();
    Serde<K>::encode(key, ask_.row);
    const K2* known = keys_.find(key);
    if (known == nullptr || (now != nullptr && encoded(*known) == encoded(*now))) return;
    const K2 before = *known;
    keys_.erase(key);
    ask_.gone = true;
    asks_.push(before, ask_, moment);
  }

  Store<K, K2>& keys_;
  KeyOf key_of_;
  Result& result_;
  Below<K2, ForeignAsk> asks_;
  ForeignAsk ask_;  // scratch
};

// Stands with the right table: keeps the lists, and answers.
template <class K, class K2, class B>
class ForeignRight final : public Sink<K2, ForeignAsk> {
 public:
  using Answer = ForeignAnswer<K2, B>;
  ForeignRight(const ForeignJoinStates& names, Wiring& wiring)
      : right_(wiring.stores().keyed<K2, B>(names.right)),
        references_(names.refs(), wiring),
        answers_(wiring.below<K, Answer>()) {}

  void push(const View<K2>& key, const View<ForeignAsk>& ask, const Moment& moment) override {
    if (ask.gone) return references_.remove(bytes_of(key), ask.row);
    references_.add(bytes_of(key), ask.row);
    answer(ask.row, answer_of(key), moment);
  }
  void changed(const View<K2>& key, const Moment& moment) {
    const Answer all = answer_of(key);
    references_.for_each(bytes_of(key), [&](BytesView row) { answer(row, all, moment); });
  }
  void expect(const View<K2>& key) override { right_.expect(key); }

 private:
  Answer answer_of(const View<K2>& key) {
    const B* row = right_.find(key);
    return {Serde<K2>::own(key), row == nullptr ? std::nullopt : std::optional<B>(*row)};
  }
  void answer(BytesView row, const Answer& answer, const Moment& moment) {
    View<K> key{};
    VT_CHECK(Serde<K>::decode(row, key));
    answers_.push(key, answer, moment);
  }
  BytesView bytes_of(const View<K2>& key) {
    key_bytes_.clear();
    Serde<K2>::encode(key, key_bytes_);
    return key_bytes_;
  }

  Store<K2, B>& right_;
  References references_;
  Below<K, Answer> answers_;
  Bytes key_bytes_;
};

}  // namespace vitrine::nodes
