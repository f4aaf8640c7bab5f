#pragma once
// Runs an App in a test: synchronous, with a clock of its own, without broker, threads, disk or
// sleep.
//
//   TestDriver t{app};
//   t.pipe(orders, "show-1", order, at(2s));     // all hops are done when pipe returns
//   t.advance(5min);
//   CHECK(t.read(kpis).at({"show-1", window(0s, 5min)}) == Kpi{1, 990});
//
// A record arrives at its own timestamp: the clock moves on to it, never back. pipe_ahead leaves
// the clock where it is. What user code throws is undone and dead-lettered, as by every runtime.
// Threads: one.
#include <map>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/time.h"
#include "streams/store/state_scan.h"
#include "streams/topology/dead_letter.h"
#include "vitrine/app.h"
#include "vitrine/topic.h"

namespace vitrine {

// A record as a test reads it.
template <class K, class V>
struct TestRecord {
  K key{};
  V value{};
  Time timestamp{};
  std::string correlation;
  friend bool operator==(const TestRecord&, const TestRecord&) = default;
};

// A call as whoever makes it sees it: it was committed, and is to be sent now.
template <class Request>
struct TestCall {
  std::string id;
  std::uint32_t attempt = 0;
  Request request{};
  friend bool operator==(const TestCall&, const TestCall&) = default;
};

class TestDriver : public StateReader {
 public:
  // Ends the process, saying why, when the topology has problems.
  explicit TestDriver(const App& app, Plan plan = Plan::Local);
  ~TestDriver() override;

  template <class K, class V>
  void pipe(const Topic<K, V>& topic, const std::type_identity_t<View<K>>& key,
            const std::type_identity_t<View<V>>& value, Time timestamp,
            std::string correlation = {}) {
    advance_to(std::max(now(), timestamp));
    pipe_ahead(topic, key, value, timestamp, std::move(correlation));
  }
  // At the clock's time.
  template <class K, class V>
  void pipe(const Topic<K, V>& topic, const std::type_identity_t<View<K>>& key,
            const std::type_identity_t<View<V>>& value) {
    pipe_ahead(topic, key, value, now());
  }
  template <class K, class V>
  void pipe_ahead(const Topic<K, V>& topic, const std::type_identity_t<View<K>>& key,
                  const std::type_identity_t<View<V>>& value, Time timestamp,
                  std::string correlation = {}) {
    Record record{{}, {}, timestamp, std::move(correlation)};
    Serde<K>::encode(key, record.key);
    Serde<V>::encode(value, record.value);
    pipe_bytes(topic.name(), std::move(record));
  }
  // Bytes as they come, also such that are no K or V.
  void pipe_bytes(const std::string& topic, Record record);

  Time now() const;
  void advance(Duration by) { advance_to(now() + by); }
  void advance_to(Time wall);  // fires what falls due on the way; does nothing when `wall` is past

  // Stops the task and starts a new one from the committed state, as a restart does. Whoever makes
  // calls begins anew too: what is open is sent again.
  void restart();
  // The same with the next version of the program, which reads this one's state. Conflict, and
  // nothing happens, when it cannot: what an Engine says at open().
  Result<void> restart_as(const App& app, Plan plan = Plan::Local);

  // The calls that were sent and not yet answered, in order of sending.
  template <class Request, class Answer>
  std::vector<TestCall<Request>> calls(const Call<Request, Answer>& call) const {
    std::vector<TestCall<Request>> out;
    for (CallRequest& sent : sent_calls(call.name())) {
      auto request = decoded<Request>(sent.request);
      VT_CHECK_MSG(request, "a request of " + call.name() + " is not of the call's type");
      out.push_back({std::move(sent.id), sent.attempt, std::move(*request)});
    }
    return out;
  }
  // What the other side says, to the last attempt. Also of calls that have ended.
  template <class Request, class Answer>
  void answer(const Call<Request, Answer>& call, const std::string& id,
              const std::type_identity_t<View<Answer>>& answer) {
    Bytes body;
    Serde<Answer>::encode(answer, body);
    report(call.name(), ReportKind::Answered, id, std::move(body));
  }
  template <class Request, class Answer>
  void fail(const Call<Request, Answer>& call, const std::string& id, std::string cause) {
    report(call.name(), ReportKind::Failed, id, std::move(cause));
  }
  template <class Request, class Answer>
  void refuse(const Call<Request, Answer>& call, const std::string& id, std::string cause) {
    report(call.name(), ReportKind::Refused, id, std::move(cause));
  }

  // The last value of each key, also of one that was removed since.
  template <class K, class V>
  std::map<K, V> read(const Topic<K, V>& topic) const {
    std::map<K, V> out;
    for (auto& record : read_all(topic))
      out.insert_or_assign(std::move(record.key), std::move(record.value));
    return out;
  }
  // What a table of this topic holds: the last value of each key whose last one is not empty.
  template <class K, class V>
  std::map<K, V> rows(const Topic<K, V>& topic) const {
    std::map<K, V> out = read(topic);
    std::map<Bytes, bool> gone;
    for (const Record& record : records(topic.name())) gone[record.key] = record.value.empty();
    std::erase_if(out, [&](const auto& row) { return gone.at(encoded(row.first)); });
    return out;
  }
  // Every record since the beginning, in order. Removals of rows, where an empty value is no V, are
  // left out.
  template <class K, class V>
  std::vector<TestRecord<K, V>> read_all(const Topic<K, V>& topic) const {
    std::vector<TestRecord<K, V>> out;
    for (const Record& record : records(topic.name())) {
      auto key = decoded<K>(record.key);
      auto value = decoded<V>(record.value);
      if (!value && record.value.empty()) continue;
      VT_CHECK_MSG(key && value, "a record of " + topic.name() + " is not of the topic's types");
      out.push_back({std::move(*key), std::move(*value), record.timestamp, record.correlation});
    }
    return out;
  }
  // The values alone, in order.
  template <class K, class V>
  std::vector<V> values(const Topic<K, V>& topic) const {
    std::vector<V> out;
    for (auto& record : read_all(topic)) out.push_back(std::move(record.value));
    return out;
  }
  // What was dead-lettered from a topic, or from a state's timers and windows.
  std::vector<DeadLetter> dead_letters(const std::string& topic_or_state) const;

  // A named state, whole.
  template <class K, class V>
  std::map<K, V> state(const std::string& name) const {
    std::map<K, V> out;
    for (const auto& [key, value] : state_bytes(name)) {
      auto k = decoded<K>(key);
      auto v = decoded<V>(value);
      VT_CHECK_MSG(k && v, "state " + name + " is not of these types");
      out.emplace(std::move(*k), std::move(*v));
    }
    return out;
  }
  std::vector<std::pair<Bytes, Bytes>> state_bytes(const std::string& name) const;
  // As an Engine tells it: StateView<K, V>::of(t, name).
  std::optional<Bytes> state_get(const std::string& store, BytesView key) const override;
  Result<StatePage> state_scan(const StateScan& scan) const override;
  std::vector<std::string> state_types() const override;
  const std::vector<Record>& records(const std::string& topic) const;  // encoded, in order

 private:
  std::vector<CallRequest> sent_calls(const std::string& call) const;
  void report(const std::string& call, ReportKind kind, const std::string& id, Bytes body);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vitrine
