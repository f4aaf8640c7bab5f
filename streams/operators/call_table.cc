#include "streams/operators/call_table.h"

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

#include "base/metrics.h"
#include "streams/topology/dead_letter.h"

namespace vitrine::nodes {
namespace {

// Any bytes as part of an id: what is neither letter, digit nor .-_ becomes ~ and two hex digits.
std::string legible(BytesView bytes) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '.' || c == '-' || c == '_';
    if (plain) {
      out += c;
    } else {
      out += {'~', kHex[byte >> 4U], kHex[byte & 15U]};
    }
  }
  return out;
}

void count_ignored(const std::string& call) {
  counter("vitrine_streams_call_reports_ignored_total",
          "reports of calls that had ended, or of attempts given up", "call", call)
      .add();
}

}  // namespace

CallTable::CallTable(CallSpec spec, Wiring& wiring, AlarmOwner& owner)
    : spec_(std::move(spec)),
      topics_(wiring.topics()),
      place_(wiring.stores().place()),
      open_(wiring.stores().keyed<std::string, OpenCall>(spec_.name)),
      timers_(timers_of(spec_.name), wiring, owner),
      requests_written_(wiring.written(spec_.requests)),
      letters_written_(wiring.written(spec_.dead_letters)) {}

std::string CallTable::id_of(const std::string* own_id, const Moment& moment) {
  std::string id = spec_.app + "/" + spec_.name + "/";
  if (own_id != nullptr) return id + *own_id;
  if (moment.alarm != nullptr) {
    id += *moment.alarms + "/" + std::to_string(millis_of(moment.alarm->due)) + "/" +
          legible(moment.alarm->key);
    if (!moment.alarm->tag.empty()) id += "/" + legible(moment.alarm->tag);
  } else {
    id += topics_[moment.topic].name + "/" + std::to_string(moment.position.value());
  }
  asked_ = id == origin_ ? asked_ + 1 : 1;
  origin_ = id;
  return asked_ == 1 ? id : id + "/" + std::to_string(asked_);
}

std::optional<EndedCall> CallTable::begin(BytesView key, const std::string* own_id, Bytes request,
                                          const Moment& moment) {
  const std::string id = id_of(own_id, moment);
  if (open_.contains(id)) return std::nullopt;
  OpenCall call{Bytes(key), std::move(request), Bytes(moment.correlation), 0, false, {}};
  if (timers_.size() >= spec_.options.pending_max) {
    call.cause = std::to_string(spec_.options.pending_max) + " calls of " + spec_.name +
                 " are open; try later, or raise pending_max";
    return EndedCall{id, CallOutcome::Overloaded, std::move(call), {}};
  }
  send(id, std::move(call), moment);
  return std::nullopt;
}

void CallTable::send(const std::string& id, OpenCall call, const Moment& moment) {
  ++call.attempt;
  call.sent = true;
  order(id, call, moment);
  open_.put(id, std::move(call));
}

void CallTable::order(const std::string& id, const OpenCall& call, const Moment& moment) {
  timers_.set(AlarmClock::Wall, moment.wall + spec_.options.timeout, id, {});
  const Bytes value = encoded(CallRequest{id, call.attempt, call.request});
  ++*requests_written_;
  moment.out->emit(spec_.requests, {call.key, value, moment.timestamp, call.correlation});
}

// In order of ids. Attempts are not counted: a process that dies is no fault of the other side's.
void CallTable::order_all(const Moment& moment) {
  std::vector<std::pair<std::string, OpenCall>> sent;
  open_.for_each([&](std::string_view id, const OpenCall& call) {
    if (call.sent) sent.emplace_back(id, call);
  });
  for (const auto& [id, call] : sent) order(id, call, moment);
}

std::optional<EndedCall> CallTable::report(const RecordView& record, const Moment& moment) {
  CallReport report;
  if (!Serde<CallReport>::decode(record.value, report)) {
    throw std::runtime_error("the value of a record in " + topics_[moment.topic].name +
                             " is no report of a call");
  }
  if (report.kind == ReportKind::Restarted) {
    order_all(moment);
    return std::nullopt;
  }
  if (!place_.owns(moment.partition)) return std::nullopt;  // all shards hear of restarts only
  const OpenCall* call = open_.find(report.id);
  const bool answered = report.kind == ReportKind::Answered;
  // An answer ends the call whichever attempt it belongs to; a failure counts for its own only.
  if (call == nullptr || (!answered && (!call->sent || call->attempt != report.attempt))) {
    count_ignored(spec_.name);
    return std::nullopt;
  }
  if (answered) return end(report.id, CallOutcome::Answered, *call, std::move(report.body));
  return fail(report.id, *call, std::move(report.body), report.kind == ReportKind::Refused, moment);
}

std::optional<EndedCall> CallTable::due(AlarmClock clock, const Alarm& alarm,
                                        const Moment& moment) {
  const std::string id = alarm.key;
  timers_.fired(clock, alarm);
  const OpenCall* call = open_.find(id);
  if (call == nullptr) return std::nullopt;
  if (!call->sent) return send(id, *call, moment), std::nullopt;
  return fail(id, *call,
              "no answer within " + std::to_string(spec_.options.timeout.count()) + " ms", false,
              moment);
}

std::optional<EndedCall> CallTable::fail(const std::string& id, OpenCall call, std::string cause,
                                         bool final, const Moment& moment) {
  call.cause = std::move(cause);
  if (final || call.attempt >= spec_.options.attempts_max) {
    dead_letter(id, call, moment);
    return end(id, CallOutcome::Failed, std::move(call), {});
  }
  call.sent = false;
  timers_.set(AlarmClock::Wall, moment.wall + backoff_after(call.attempt), id, {});
  open_.put(id, std::move(call));
  return std::nullopt;
}

EndedCall CallTable::end(const std::string& id, CallOutcome outcome, OpenCall call, Bytes answer) {
  timers_.cancel(id, {});
  EndedCall ended{id, outcome, std::move(call), std::move(answer)};
  open_.erase(ended.id);
  return ended;
}

void CallTable::dead_letter(const std::string& id, const OpenCall& call, const Moment& moment) {
  const DeadLetter letter{spec_.name,
                          0,
                          moment.position.value(),
                          "call " + id + ", attempt " + std::to_string(call.attempt) + " of " +
                              std::to_string(spec_.options.attempts_max) + ": " + call.cause,
                          call.key,
                          call.request};
  const Bytes value = encoded(letter);
  ++*letters_written_;
  moment.out->emit(spec_.dead_letters, {call.key, value, moment.timestamp, call.correlation});
}

Duration CallTable::backoff_after(std::uint32_t attempt) const {
  Duration wait = std::min(spec_.options.backoff, spec_.options.backoff_max);
  for (; attempt > 1 && wait < spec_.options.backoff_max; --attempt) {
    wait = wait > spec_.options.backoff_max / 2 ? spec_.options.backoff_max : wait * 2;
  }
  return wait;
}

Bytes CallTable::discard(AlarmClock clock, const Alarm& alarm) {
  const std::string id = alarm.key;
  timers_.fired(clock, alarm);
  const OpenCall* call = open_.find(id);
  Bytes request = call == nullptr ? Bytes{} : call->request;
  open_.erase(id);
  return request;
}

void CallTable::restored() {
  origin_.clear();
  timers_.restored();
}

}  // namespace vitrine::nodes
