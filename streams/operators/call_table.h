#pragma once
// CallTable: the open calls of one call operator: when each is sent, again, or given up. Knows no
// types.
//
// An open call is either sent (its timer is the timeout) or waiting (its timer is the backoff): one
// timer each, always. Nothing is sent from here: a record in the requests topic is the order to
// send, and whoever carries it out reads committed records only.
#include <optional>
#include <string>
#include <tuple>

#include "streams/operators/timer_table.h"
#include "streams/store/typed_store.h"
#include "streams/topology/graph.h"
#include "vitrine/call.h"

namespace vitrine::nodes {

struct OpenCall {
  static constexpr std::string_view serde_name = "open-call:1";
  Bytes key, request;
  Bytes correlation;
  std::uint32_t attempt = 0;
  bool sent = false;
  std::string cause;  // of the last failure
  auto fields() { return std::tie(key, request, correlation, attempt, sent, cause); }
};

struct EndedCall {
  std::string id;
  CallOutcome outcome = CallOutcome::Answered;
  OpenCall call;
  Bytes answer;  // encoded, when it was answered
};

struct CallSpec {
  std::string app, name;
  CallOptions options;
  std::size_t requests = 0, dead_letters = 0;  // topics
};

class CallTable {
 public:
  static std::string timers_of(const std::string& call) { return call + ".timers"; }
  CallTable(CallSpec spec, Wiring& wiring, AlarmOwner& owner);

  // Each returns the call that has ended by it, if one has.
  // `own_id` may be null: the id then follows from the moment. One that is open already is left.
  std::optional<EndedCall> begin(BytesView key, const std::string* own_id, Bytes request,
                                 const Moment& moment);
  std::optional<EndedCall> report(const RecordView& record, const Moment& moment);
  std::optional<EndedCall> due(AlarmClock clock, const Alarm& alarm, const Moment& moment);

  Bytes discard(AlarmClock clock, const Alarm& alarm);  // returns the request
  void restored();

 private:
  std::string id_of(const std::string* own_id, const Moment& moment);
  void send(const std::string& id, OpenCall call, const Moment& moment);
  void order(const std::string& id, const OpenCall& call, const Moment& moment);
  void order_all(const Moment& moment);
  std::optional<EndedCall> fail(const std::string& id, OpenCall call, std::string cause, bool final,
                                const Moment& moment);
  EndedCall end(const std::string& id, CallOutcome outcome, OpenCall call, Bytes answer);
  void dead_letter(const std::string& id, const OpenCall& call, const Moment& moment);
  Duration backoff_after(std::uint32_t attempt) const;

  const CallSpec spec_;
  const std::vector<TopicInfo>& topics_;
  const ShardPlace& place_;
  Store<std::string, OpenCall>& open_;
  TimerTable timers_;
  std::uint64_t* const requests_written_;
  std::uint64_t* const letters_written_;
  std::string origin_;  // of the last id, for records that ask more than once
  std::uint32_t asked_ = 0;
};

}  // namespace vitrine::nodes
