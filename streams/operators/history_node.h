#pragma once
// A topic as a table of which former versions are known: what was valid at some time.
//
// A version is valid from its own time up to that of the next one. The newest version of each key
// stands in the state "<name>"; those before it, and a removal that is the newest, in
// "<name>.past", until stream time has passed the end of their validity by `keep`. So whatever is
// asked of the last `keep` of stream time is answered exactly, and what is older as long as the
// version is known; it is never answered wrongly.
//
// A version that comes late takes its place between the others. When it was already over at the
// beginning of the last `keep`, nobody may ask for it: it is counted as late and dropped. A first
// version may be as old as it likes.
//
// Threads: the task's only. Cost of a change: a row, and a row, an alarm and an index entry for the
// version it ends. Memory: index and alarm of each version in "<name>.past", about 300 bytes.
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>

#include "streams/operators/bytes_nodes.h"
#include "streams/operators/window_core.h"
#include "streams/store/typed_store.h"
#include "streams/topology/alarms.h"
#include "streams/topology/graph.h"
#include "streams/topology/row_index.h"
#include "streams/topology/scoped_row.h"

namespace vitrine::nodes {

template <class V>
struct NewestVersion {
  Time since{};
  V value{};
  auto fields() { return std::tie(since, value); }
};

inline std::string past_of(const std::string& history) { return history + ".past"; }
// A row of "<name>.past": rows of a key follow each other in order of time.
ScopedRow version_row(BytesView key, Time since);
Time since_of(const ScopedRow& row);
[[noreturn]] void throw_forgotten(const std::string& history, Time asked, Duration keep);

template <class K, class V>
class Versions final : public AlarmOwner {
 public:
  using Newest = NewestVersion<V>;
  using Past = std::optional<V>;  // nothing: removed

  Versions(const std::string& name, Duration keep, Wiring& wiring)
      : name_(name),
        keep_(keep),
        time_(wiring.time()),
        newest_(wiring.stores().keyed<K, Newest>(name)),
        past_(wiring.stores().keyed<ScopedRow, Past>(past_of(name))),
        expiring_(name_, AlarmClock::Event, *this) {
    wiring.watch(expiring_);
    wiring.watch(index_);
  }

  // Null: there was none. Throws when that is not known any more. Valid until the record is done.
  const V* at(const View<K>& key, Time asked) {
    const Newest* newest = newest_.find(key);
    if (newest != nullptr && newest->since <= asked) return &newest->value;
    if (const auto known = last_before(bytes_of(key), asked + Duration{1})) {
      const Past* version = past_.find(*known);
      VT_CHECK(version != nullptr);
      return *version ? &**version : nullptr;
    }
    if (over(asked)) throw_forgotten(name_, asked, keep_);
    return nullptr;
  }

  // From this time on; nothing: removed.
  void put(const View<K>& key, Time since, Past value) {
    const BytesView bytes = bytes_of(key);
    const Newest* newest = newest_.find(key);
    const auto next = next_after(bytes, since, newest);
    if (next && over(*next)) return count_late(name_);
    const auto former = last_before(bytes, since + Duration{1});
    if (next) {
      if (former) end(*former, *next, since);
      return keep(version_row(bytes, since), std::move(value), *next);
    }
    // The newest one. What was the newest is past now, a removal has an end.
    if (newest != nullptr && newest->since < since) {
      keep(version_row(bytes, newest->since), newest->value, since);
    } else if (former) {
      end(*former, since_of(*former), since);
    }
    if (value) return newest_.put(key, {since, std::move(*value)});
    newest_.erase(key);
    keep(version_row(bytes, since), std::nullopt, since);
  }

  void expect(const View<K>& key) { newest_.expect(key); }

  void fire(AlarmClock, const Alarm& alarm, const Moment&) override { forget(alarm); }
  Bytes discard(AlarmClock, const Alarm& alarm) override { return forget(alarm), Bytes{}; }
  void restored() override {
    std::optional<ScopedRow> last;  // its end is not known yet
    const auto end_last = [&](const ScopedRow* next) {
      if (!last) return;
      Time end = since_of(*last);
      if (next != nullptr && next->scope == last->scope) {
        end = since_of(*next);
      } else {
        View<K> key{};
        VT_CHECK(Serde<K>::decode(last->scope, key));
        if (const Newest* newest = newest_.find(key)) end = newest->since;
      }
      expiring_.add(alarm_of(*last, end));
    };
    past_.for_each([&](const ScopedRow& row, const Past&) {
      index_.add(encoded(row));
      end_last(&row);
      last = row;
    });
    end_last(nullptr);
  }

 private:
  // A version that ended then has nothing to say about the last `keep`.
  bool over(Time ended) const {
    const auto now = time_.now();
    return now && ended + keep_ <= *now;
  }

  Alarm alarm_of(const ScopedRow& row, Time end) const {
    return {end + keep_, row.scope, row.rest};
  }
  void keep(ScopedRow row, Past value, Time end) {
    past_.put(row, std::move(value));
    index_.add(encoded(row));
    expiring_.add(alarm_of(row, end));
  }
  void end(const ScopedRow& row, Time before, Time now) {
    expiring_.remove(alarm_of(row, before));
    expiring_.add(alarm_of(row, now));
  }
  void forget(const Alarm& alarm) {
    const ScopedRow row{alarm.key, alarm.tag};
    past_.erase(row);
    index_.remove(encoded(row));
    expiring_.remove(alarm);
  }

  // Among the rows of the past.
  std::optional<ScopedRow> last_before(BytesView key, Time end) const {
    return of_key(index_.before(encoded(version_row(key, end))), key);
  }
  std::optional<Time> next_after(BytesView key, Time since, const Newest* newest) const {
    const auto from = encoded(version_row(key, since + Duration{1}));
    if (const auto row = of_key(index_.at_or_after(from), key)) return since_of(*row);
    if (newest != nullptr && newest->since > since) return newest->since;
    return std::nullopt;
  }
  static std::optional<ScopedRow> of_key(const Bytes* row, BytesView key) {
    ScopedRow place;
    if (row == nullptr) return std::nullopt;
    VT_CHECK(Serde<ScopedRow>::decode(*row, place));
    if (place.scope != key) return std::nullopt;
    return place;
  }
  BytesView bytes_of(const View<K>& key) {
    key_bytes_.clear();
    Serde<K>::encode(key, key_bytes_);
    return key_bytes_;
  }

  const std::string name_;
  const Duration keep_;
  StreamTime& time_;
  Store<K, Newest>& newest_;
  Store<ScopedRow, Past>& past_;
  Alarms expiring_;
  RowIndex index_;
  Bytes key_bytes_;
};

// Reads the topic. An empty value removes its key, from the record's time on.
template <class K, class V>
class HistorySource final : public Node, public BytesSink {
 public:
  HistorySource(std::string topic, std::shared_ptr<Versions<K, V>> versions)
      : topic_(std::move(topic)), versions_(std::move(versions)) {}
  BytesSink* bytes_sink() override { return this; }
  void feed(const RecordView& record, const Moment& moment) override {
    View<K> key{};
    View<V> value{};
    if (record.value.empty()) {
      if (!Serde<K>::decode(record.key, key)) throw_undecodable(topic_, "key", Serde<K>::name);
      return versions_->put(key, moment.timestamp, std::nullopt);
    }
    decode_into<K, V>(topic_, record, key, value);
    versions_->put(key, moment.timestamp, Serde<V>::own(value));
  }
  bool expects() const override { return true; }
  void expect(const RecordView& record) override {
    View<K> key{};
    if (Serde<K>::decode(record.key, key)) versions_->expect(key);
  }

 private:
  std::string topic_;
  std::shared_ptr<Versions<K, V>> versions_;
};

}  // namespace vitrine::nodes
