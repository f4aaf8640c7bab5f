#pragma once
// CallExecutor: carries out the calls of an App (vitrine/call.h) that runs on an Engine.
//
//   CallExecutor calls{*engine};
//   calls.on(charge, [&](const Charge& request, Reply<Receipt> reply) {
//     provider.charge(request, reply.id(), [reply](Receipt r) mutable { reply.answer(r); });
//   });
//   VT_TRY_VOID(calls.start());
//
// A function is called once its request is committed, and again under the same id when the app says
// so: after a timeout, a failure or a restart. It must return soon: it starts the work and keeps
// the Reply, which may be used from any thread, once. What the function throws is a failure. A
// Reply that is dropped says nothing; the call's timeout then decides.
//
// Nothing is kept here: which calls are open stands in the app's state. start() reports a restart,
// and the app orders all open calls anew. Reports that the engine refuses for now (overloaded, disk
// full) are tried again until it takes them.
//
// Threads: on() before start(). Functions are called on "vt-calls", one at a time; without start(),
// by poll() on the caller's thread. stop() before the engine goes; replies after it are dropped.
// Bounds: in_flight_max functions that have not replied; what waits is bounded by the call's
// pending_max.
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "base/result.h"
#include "base/time.h"
#include "vitrine/call.h"
#include "vitrine/engine.h"

namespace vitrine {

// The way back of one sending of a call, without its types. Copies share it; the first word counts.
class CallReply {
 public:
  struct Shared;
  explicit CallReply(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}
  const std::string& id() const;  // the idempotency key
  std::uint32_t attempt() const;
  void say(ReportKind kind, Bytes body) const;

 private:
  std::shared_ptr<Shared> shared_;
};

template <class Answer>
class Reply {
 public:
  explicit Reply(CallReply reply) : reply_(std::move(reply)) {}
  const std::string& id() const { return reply_.id(); }
  std::uint32_t attempt() const { return reply_.attempt(); }
  void answer(const View<Answer>& answer) const {
    Bytes body;
    Serde<Answer>::encode(answer, body);
    reply_.say(ReportKind::Answered, std::move(body));
  }
  void fail(std::string cause) const { reply_.say(ReportKind::Failed, std::move(cause)); }
  void refuse(std::string cause) const { reply_.say(ReportKind::Refused, std::move(cause)); }

 private:
  CallReply reply_;
};

struct CallExecutorOptions {
  std::size_t in_flight_max = 256;
  Duration retry{200};  // before a report that was refused is tried again
};

class CallExecutor {
 public:
  explicit CallExecutor(Engine& engine, CallExecutorOptions options = {});
  ~CallExecutor();  // stops

  template <class Request, class Answer, class F>
  void on(const Call<Request, Answer>& call, F function) {
    static_assert(std::is_invocable_v<F&, const View<Request>&, Reply<Answer>>,
                  "vitrine: on(call, function): function must be callable as void(const Request&, "
                  "Reply<Answer>) of the call's types (a std::string arrives as std::string_view)");
    if constexpr (std::is_invocable_v<F&, const View<Request>&, Reply<Answer>>) {
      add(call.name(), [function](BytesView bytes, CallReply reply) mutable {
        View<Request> request{};
        if (!Serde<Request>::decode(bytes, request)) {
          return reply.say(ReportKind::Refused, "the request is not of the type it is called with");
        }
        function(request, Reply<Answer>{std::move(reply)});
      });
    }
  }

  Result<void> start();  // Invalid when the engine's app has no such call
  void stop();
  // Driven mode: reports what is to be reported, calls what is to be called; false when idle.
  Result<bool> poll();

 private:
  struct Core;
  using Function = std::function<void(BytesView request, CallReply reply)>;
  friend struct CallReply::Shared;
  void add(const std::string& call, Function function);
  Result<void> begin();
  std::shared_ptr<Core> core_;  // replies may outlive the executor
};

}  // namespace vitrine
