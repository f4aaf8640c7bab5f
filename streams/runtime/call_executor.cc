#include "vitrine/call_executor.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/log.h"

namespace vitrine {
namespace {
using Steady = std::chrono::steady_clock;
}

struct CallExecutor::Core : std::enable_shared_from_this<CallExecutor::Core> {
  struct OneCall {
    std::string requests, reports;  // topics
    Function function;
    std::optional<Position> restarted;  // requests behind it are ours
  };
  struct Outgoing {
    std::size_t call = 0;
    Record record;
    bool restart = false;
    Steady::time_point not_before{};
  };
  struct Waiting {
    std::size_t call = 0;
    CallRequest request;
    Bytes key, correlation;
  };

  Core(Engine& of, CallExecutorOptions with) : engine(of), options(with) {}

  Engine& engine;
  const CallExecutorOptions options;
  std::vector<OneCall> calls;  // fixed by start(), but for `restarted`
  std::vector<std::string> topics;
  Position begun;                // where the log ended when we began
  std::optional<Position> next;  // the worker's
  std::deque<Waiting> waiting;   // the worker's
  // Attempts begun, of several shards only: one of them may order again what it had just ordered,
  // because it hears of our start later than another. The worker's; the oldest are forgotten.
  std::map<std::string, std::uint32_t> begun_attempts;
  std::deque<std::string> begun_order;
  std::thread thread;
  std::uint64_t token = 0;

  std::mutex mutex;  // guards the rest, and `restarted`
  std::condition_variable woken;
  bool wake = false;
  bool started = false;
  bool stopping = false;
  std::deque<Outgoing> outgoing;
  std::map<std::string, std::uint32_t> in_flight;  // attempt by id

  void wake_up() {
    const std::lock_guard lock(mutex);
    wake = true;
    woken.notify_one();
  }
  void send(Outgoing one) {
    const std::lock_guard lock(mutex);
    if (stopping) return;
    outgoing.push_back(std::move(one));
    wake = true;
    woken.notify_one();
  }
  void landed(const std::string& id, std::uint32_t attempt) {
    const std::lock_guard lock(mutex);
    const auto found = in_flight.find(id);
    if (found == in_flight.end() || found->second != attempt) return;
    in_flight.erase(found);
    wake = true;
    woken.notify_one();
  }

  Result<void> append(Outgoing one);
  void appended(Outgoing one, const Result<Position>& result);
  Result<bool> append_outgoing();
  Result<bool> fetch();
  bool launch();
  bool begun_before(const CallRequest& request);
  void run();
  Steady::time_point next_try();
};

// One sending. Dropped without a word it gives its place free.
struct CallReply::Shared {
  std::shared_ptr<CallExecutor::Core> core;
  std::size_t call = 0;
  std::string id;
  std::uint32_t attempt = 0;
  Bytes key, correlation;
  std::atomic<bool> said{false};

  ~Shared() {
    if (!said) core->landed(id, attempt);
  }
};

const std::string& CallReply::id() const { return shared_->id; }
std::uint32_t CallReply::attempt() const { return shared_->attempt; }

void CallReply::say(ReportKind kind, Bytes body) const {
  Shared& one = *shared_;
  if (one.said.exchange(true)) return;
  const CallReport report{kind, one.id, one.attempt, std::move(body)};
  one.core->send({one.call, {one.key, encoded(report), {}, one.correlation}, false, {}});
  one.core->landed(one.id, one.attempt);
}

// Refused for now: tried again. Anything else ends with the engine; its next start sends all open
// calls again.
void CallExecutor::Core::appended(Outgoing one, const Result<Position>& result) {
  if (result) {
    if (!one.restart) return;
    const std::lock_guard lock(mutex);
    // Several shards hear of it at moments of their own, and number their orders in blocks: all
    // since we began are ours; begun_before() knows those that are repeated.
    calls[one.call].restarted = engine.shards() > 1 ? begun : *result;
    wake = true;
    woken.notify_one();
  } else if (result.error().code == Code::Overloaded || result.error().code == Code::StorageFull) {
    one.not_before = Steady::now() + options.retry;
    send(std::move(one));
  }
}

Result<void> CallExecutor::Core::append(Outgoing one) {
  Append append{calls[one.call].reports, one.record, false};
  auto done = [self = shared_from_this(), one](const Result<Position>& result) {
    self->appended(one, result);
  };
  const auto accepted = engine.append(std::move(append), std::move(done));
  if (accepted) return {};
  if (accepted.error().code == Code::Invalid) return accepted;
  appended(std::move(one), tl::unexpected<Error>(accepted.error()));
  return {};
}

Result<bool> CallExecutor::Core::append_outgoing() {
  std::deque<Outgoing> ready;
  {
    const std::lock_guard lock(mutex);
    const auto now = Steady::now();
    for (std::size_t left = outgoing.size(); left > 0; --left) {
      Outgoing one = std::move(outgoing.front());
      outgoing.pop_front();
      (one.not_before <= now ? ready : outgoing).push_back(std::move(one));
    }
  }
  for (Outgoing& one : ready) VT_TRY_VOID(append(std::move(one)));
  return !ready.empty();
}

// Requests committed behind the restart's record: what was open then is among them.
Result<bool> CallExecutor::Core::fetch() {
  if (waiting.size() >= options.in_flight_max) return false;
  if (!next) {
    const std::lock_guard lock(mutex);
    Position first = Position{~std::uint64_t{0}};
    for (const OneCall& call : calls) {
      if (!call.restarted) return false;
      first = std::min(first, *call.restarted);
    }
    next = first;
  }
  if (engine.committed_end() <= *next) return false;
  VT_TRY(const auto batch, engine.fetch(topics, *next, 1'000, 1U << 20U));
  for (const Positioned& one : batch.records) {
    const auto call = static_cast<std::size_t>(std::find(topics.begin(), topics.end(), one.topic) -
                                               topics.begin());
    if (one.position <= *calls[call].restarted) continue;
    auto request = decoded<CallRequest>(one.record.value);
    if (!request) {  // not ours: somebody else wrote into the topic
      log(LogLevel::Error, "no_call_request",
          {{"topic", one.topic}, {"position", one.position.value()}});
      continue;
    }
    waiting.push_back({call, std::move(*request), one.record.key, one.record.correlation});
  }
  const bool moved = batch.next > *next;
  next = batch.next;
  return moved;
}

bool CallExecutor::Core::begun_before(const CallRequest& request) {
  constexpr std::size_t kRemembered = 50'000;
  if (engine.shards() == 1) return false;
  const auto [known, fresh] = begun_attempts.try_emplace(request.id, request.attempt);
  if (!fresh && known->second >= request.attempt) return true;
  known->second = request.attempt;
  if (fresh) begun_order.push_back(request.id);
  if (begun_order.size() > kRemembered) {
    begun_attempts.erase(begun_order.front());
    begun_order.pop_front();
  }
  return false;
}

bool CallExecutor::Core::launch() {
  bool any = false;
  while (!waiting.empty()) {
    Waiting& one = waiting.front();
    {
      const std::lock_guard lock(mutex);
      const auto known = in_flight.find(one.request.id);
      const bool same = known != in_flight.end() && known->second >= one.request.attempt;
      if (!same && known == in_flight.end() && in_flight.size() >= options.in_flight_max) break;
      if (!same) in_flight[one.request.id] = one.request.attempt;
      if (same) one.request.id.clear();
    }
    const Waiting taken = std::move(one);
    waiting.pop_front();
    any = true;
    if (taken.request.id.empty()) continue;  // on its way already
    if (begun_before(taken.request)) {
      const std::lock_guard lock(mutex);
      in_flight.erase(taken.request.id);
      continue;
    }
    auto shared = std::make_shared<CallReply::Shared>();
    shared->core = shared_from_this();
    shared->call = taken.call;
    shared->id = taken.request.id;
    shared->attempt = taken.request.attempt;
    shared->key = taken.key;
    shared->correlation = taken.correlation;
    const CallReply reply(std::move(shared));
    try {
      calls[taken.call].function(taken.request.request, reply);
    } catch (const std::exception& error) {
      reply.say(ReportKind::Failed, error.what());
    } catch (...) {
      reply.say(ReportKind::Failed, "an exception that is no std::exception");
    }
  }
  return any;
}

Steady::time_point CallExecutor::Core::next_try() {
  auto next_one = Steady::now() + std::chrono::hours(1);
  for (const Outgoing& one : outgoing) next_one = std::min(next_one, one.not_before);
  return next_one;
}

void CallExecutor::Core::run() {
  while (true) {
    bool progress = false;
    bool failed = false;
    for (const auto& result : {append_outgoing(), fetch()}) {
      failed = failed || !result;
      progress = progress || (result && *result);
      if (!result) log(LogLevel::Error, "calls_failed", {{"error", result.error().message}});
    }
    progress |= launch();
    std::unique_lock lock(mutex);
    if (stopping) return;
    if (progress && !failed) continue;
    const auto until = failed ? Steady::now() + std::chrono::seconds(1) : next_try();
    woken.wait_until(lock, until, [&] { return stopping || (wake && !failed); });
    wake = false;
  }
}

CallExecutor::CallExecutor(Engine& engine, CallExecutorOptions options)
    : core_(std::make_shared<Core>(engine, options)) {}

CallExecutor::~CallExecutor() { stop(); }

void CallExecutor::add(const std::string& call, Function function) {
  VT_CHECK_MSG(!core_->started, "on(" + call + ") is for before start()");
  const std::string& app = core_->engine.name();
  core_->calls.push_back({call_requests_topic(app, call), call_reports_topic(app, call),
                          std::move(function), std::nullopt});
  core_->topics.push_back(core_->calls.back().requests);
}

// Says that we begin: everything that is open is ordered again, behind this record.
Result<void> CallExecutor::begin() {
  VT_CHECK_MSG(!core_->started, "calls are started once");
  core_->started = true;
  core_->begun = Position{std::max<std::uint64_t>(core_->engine.committed_end().value(), 1) - 1};
  const Bytes restarted = encoded(CallReport{});
  for (std::size_t call = 0; call < core_->calls.size(); ++call) {
    VT_TRY_VOID(core_->append({call, {{}, restarted, {}, {}}, true, {}}));
  }
  return {};
}

Result<void> CallExecutor::start() {
  VT_TRY_VOID(begin());
  core_->token = core_->engine.on_commit([core = core_.get()] { core->wake_up(); });
  core_->thread = std::thread([core = core_.get()] {
    pthread_setname_np(pthread_self(), "vt-calls");
    core->run();
  });
  return {};
}

Result<bool> CallExecutor::poll() {
  VT_CHECK_MSG(!core_->thread.joinable(), "poll() is for an executor that was not started");
  bool progress = !core_->started;
  if (!core_->started) VT_TRY_VOID(begin());
  VT_TRY(const bool appended, core_->append_outgoing());
  progress |= appended;
  VT_TRY(const bool fetched, core_->fetch());
  progress |= fetched;
  progress |= core_->launch();
  return progress;
}

void CallExecutor::stop() {
  if (core_->thread.joinable()) core_->engine.remove_on_commit(core_->token);
  {
    const std::lock_guard lock(core_->mutex);
    core_->stopping = true;
    core_->woken.notify_one();
  }
  if (core_->thread.joinable()) core_->thread.join();
}

}  // namespace vitrine
