#pragma once
// Call<Request, Answer>: something outside that is asked after commit and answers once: a payment
// provider, a model, a web hook. A value that carries its types, like a Topic.
//
//   inline const Call<Charge, Receipt> charge{"charge", {.timeout = 30s}};
//
//   app.stream(orders).call(charge, [](const Order& o) { return Charge{o.card, o.cents}; })
//      .to(charges);                                        // Topic<K, Called<Charge, Receipt>>
//
//   CallExecutor calls{*engine};                            // vitrine/call_executor.h
//   calls.on(charge, [&](const Charge& request, Reply<Receipt> reply) { … });
//   calls.start();
//
// What is promised:
// - A request leaves the process only after its commit. What is open after a kill -9 is sent again
//   under the same id.
// - The id is the idempotency key to give to the other side. It follows from the input alone:
//   "<app>/<call>/<topic>/<position>" (and "/2" for a second call of the same record), or
//   "<app>/<call>/<id>" with an id of yours: .call(charge, request, id). From a timer or window:
//   its state, due time, key and tag. It is the same when the app is computed anew from its log.
// - Each call has one result, a record of the stream, under the key and correlation of the record
//   that asked. Answers that come twice, or after the call has ended, are ignored and counted.
// - No answer within the timeout, or a failure, leads to another attempt after the backoff, which
//   doubles each time. After the last attempt, or when the other side refuses, the result is Failed
//   and the request goes to "<call>.dlq". All times are timers of the wall clock the log recorded.
// - A record whose request function throws is dead-lettered and asks nothing. When the result
//   throws downstream, the report is dead-lettered and the call goes on: it will be sent again.
//
// State: "<call>" one row a call that is open, "<call>.timers". Topics: "<app>.<call>.requests" and
// "<app>.<call>.reports".
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "base/time.h"
#include "vitrine/serde.h"

namespace vitrine {

struct CallOptions {
  Duration timeout{30'000};        // from sending to answer
  std::uint32_t attempts_max = 5;  // all of them
  Duration backoff{200};           // before the second attempt; then twice as long each time
  Duration backoff_max{30'000};
  std::size_t pending_max = 10'000;  // calls open at once; more have the result Overloaded at once
};

template <class Request, class Answer>
class Call {
 public:
  static_assert(Serdeable<Request>,
                "vitrine: Call<Request, Answer>: the request's type needs a Serde: add `auto "
                "fields()`");
  static_assert(Serdeable<Answer>,
                "vitrine: Call<Request, Answer>: the answer's type needs a Serde: add `auto "
                "fields()`");
  explicit Call(std::string name, CallOptions options = {})
      : name_(std::move(name)), options_(options) {}
  const std::string& name() const { return name_; }
  const CallOptions& options() const { return options_; }

 private:
  std::string name_;
  CallOptions options_;
};

enum class CallOutcome {
  Answered,
  Failed,     // not answered, or refused; `cause` says why
  Overloaded  // pending_max calls were open: it was never sent
};

// The result of a call.
template <class Request, class Answer>
struct Called {
  std::string id;
  CallOutcome outcome = CallOutcome::Answered;
  Request request{};
  std::optional<Answer> answer;
  std::string cause;           // of the last failure; empty when there was none
  std::uint32_t attempts = 0;  // how often it was sent, repetitions after a restart not counted
  auto fields() { return std::tie(id, outcome, request, answer, cause, attempts); }
  friend bool operator==(const Called&, const Called&) = default;
};

// What the topics of a call hold. A request says: send this now.
struct CallRequest {
  static constexpr std::string_view serde_name = "call-request:1";
  std::string id;
  std::uint32_t attempt = 0;
  Bytes request;
  auto fields() { return std::tie(id, attempt, request); }
};

enum class ReportKind {
  Restarted,  // whoever makes the calls has begun anew: all that is open is sent again
  Answered,   // body: the encoded answer
  Failed,     // body: the cause; worth another attempt
  Refused     // body: the cause; not worth one
};

struct CallReport {
  static constexpr std::string_view serde_name = "call-report:1";
  ReportKind kind = ReportKind::Restarted;
  std::string id;
  std::uint32_t attempt = 0;  // a failure of an attempt that was given up already is ignored
  Bytes body;
  auto fields() { return std::tie(kind, id, attempt, body); }
};

inline std::string call_requests_topic(const std::string& app, const std::string& call) {
  return app + "." + call + ".requests";
}
inline std::string call_reports_topic(const std::string& app, const std::string& call) {
  return app + "." + call + ".reports";
}

}  // namespace vitrine
