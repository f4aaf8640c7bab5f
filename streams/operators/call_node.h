#pragma once
// call: the typed skin of CallTable. Records come from above, reports from their topic.
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "streams/operators/bytes_nodes.h"
#include "streams/operators/call_table.h"
#include "streams/operators/stateless_nodes.h"

namespace vitrine::nodes {

// Said in place of an id function: the id follows from the record.
struct NoId {};

template <class K, class V, class Request, class Answer, class F, class IdOf>
class CallNode final : public Sink<K, V>, public BytesSink, public AlarmOwner {
 public:
  using Out = Called<Request, Answer>;
  CallNode(CallSpec spec, F request, IdOf id, Wiring& wiring)
      : name_(spec.name),
        request_(std::move(request)),
        id_(std::move(id)),
        below_(wiring.below<K, Out>()),
        table_(std::move(spec), wiring, *this) {}
  BytesSink* bytes_sink() override { return this; }

  void push(const View<K>& key, const View<V>& value, const Moment& moment) override {
    Bytes bytes;
    Serde<Request>::encode(call<K, V>(request_, key, value), bytes);
    key_bytes_.clear();
    Serde<K>::encode(key, key_bytes_);
    if constexpr (std::is_same_v<IdOf, NoId>) {
      deliver(table_.begin(key_bytes_, nullptr, std::move(bytes), moment), moment);
    } else {
      const std::string id(std::string_view(call<K, V>(id_, key, value)));
      deliver(table_.begin(key_bytes_, &id, std::move(bytes), moment), moment);
    }
  }
  void feed(const RecordView& record, const Moment& moment) override {
    deliver(table_.report(record, moment), moment);
  }
  void fire(AlarmClock clock, const Alarm& alarm, const Moment& moment) override {
    deliver(table_.due(clock, alarm, moment), moment);
  }
  Bytes discard(AlarmClock clock, const Alarm& alarm) override {
    return table_.discard(clock, alarm);
  }
  void restored() override { table_.restored(); }

 private:
  void deliver(const std::optional<EndedCall>& ended, const Moment& moment) {
    if (!ended) return;
    const OpenCall& call = ended->call;
    View<K> key{};
    View<Request> request{};
    VT_CHECK(Serde<K>::decode(call.key, key) && Serde<Request>::decode(call.request, request));
    Out result{ended->id, ended->outcome, Serde<Request>::own(request),
               {},        call.cause,     call.attempt};
    if (ended->outcome == CallOutcome::Answered) {
      View<Answer> answer{};
      if (!Serde<Answer>::decode(ended->answer, answer)) {
        throw_undecodable("the reports of " + name_, "answer", Serde<Answer>::name);
      }
      result.answer = Serde<Answer>::own(answer);
    }
    Moment then = moment;
    then.correlation = call.correlation;
    below_.push(key, result, then);
  }

  const std::string name_;
  F request_;
  IdOf id_;
  Below<K, Out> below_;
  CallTable table_;
  Bytes key_bytes_;
};

}  // namespace vitrine::nodes
