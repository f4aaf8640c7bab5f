#include "streams/standby/session.h"

#include <algorithm>

#include "base/log.h"
#include "streams/log/group_check.h"
#include "streams/standby/seed.h"

namespace vitrine {

using namespace standby_wire;

namespace {

constexpr std::int64_t kNanosPerMs = 1'000'000;
constexpr Duration kBeat{1'000};
constexpr ByteCount kBytesAhead = 4U << 20U;  // sent before acks are looked at

}  // namespace

Result<void> Session::run() {
  VT_TRY(const auto first, channel_.receive(house_.patience, &wake_));
  if (!first) return fail(Code::Unavailable, "greet: nothing came");
  if (first->kind == Kind::Acks) {
    const auto acks = decode_acks(first->body);
    if (!acks) return fail(Code::Invalid, "greet: malformed");
    return set_acks(*acks);
  }
  const auto hello = first->kind == Kind::Hello ? decode_hello(first->body) : std::nullopt;
  if (!hello) return fail(Code::Invalid, "greet: malformed");
  return greet(*hello);
}

Result<void> Session::refuse(Code code, bool again, const std::string& why) {
  const std::uint64_t term = port_ ? port_->term().term : 0;
  VT_TRY_VOID(channel_.send(Kind::Refused, encode(Refused{code, again, term, why})));
  [[maybe_unused]] const auto last = channel_.receive(Duration{1'000});  // let them read it
  return fail(code, why);
}

Result<void> Session::set_acks(const Acks& acks) {
  std::string answer = acks.required ? "acks are required from now on" : "acks are not waited for";
  for (const auto& port : house_.ports) {
    const auto log = port->told();
    answer += "; " + log.app + ": " +
              (log.connected ? "its standby follows"
                             : "no standby is connected, so none can be told");
    if (!log.connected && !acks.required && log.acks_required) {
      answer += " (promoting one later loses what is acknowledged from now on: then use "
                "--new-incarnation)";
    }
    port->require_acks(acks.required);
  }
  VT_TRY_VOID(channel_.send(Kind::Acks, encode(Acks{acks.required, answer})));
  [[maybe_unused]] const auto last = channel_.receive(Duration{1'000});
  return {};
}

Result<void> Session::greet(const Hello& hello) {
  if (hello.version != kVersion) {
    return refuse(Code::Unsupported, false,
                  "the standby speaks version " + std::to_string(hello.version) +
                      " of the link, the primary " + std::to_string(kVersion) +
                      "; run the same Vitrine on both sides");
  }
  for (number_ = 0; number_ < house_.ports.size(); ++number_) {
    if (house_.ports[number_]->app() == hello.app) port_ = house_.ports[number_];
    if (port_) break;
  }
  if (!port_)
    return refuse(Code::NotFound, false, "the primary has no log of \"" + hello.app + "\"");
  const Term term = port_->term();
  if (hello.log != 0 && hello.log != term.log) {
    return refuse(Code::NotFound, false,
                  "the standby's folder is of another log of " + hello.app +
                      "; choose an empty folder");
  }
  if (hello.term > term.term) {
    const std::string why = hello.app + " was taken over in term " + std::to_string(hello.term) +
                            "; this primary is of term " + std::to_string(term.term);
    for (const auto& port : house_.ports) port->fence(std::max(hello.term, port->term().term));
    house_.fenced(why);
    return refuse(Code::Conflict, false, why + " and has stopped");
  }
  if (term.role == Term::Role::Fenced)
    return refuse(Code::Conflict, false, "this primary was fenced");
  if (hello.purpose == Purpose::Fence) {
    return refuse(Code::Invalid, false,
                  "this primary is of term " + std::to_string(term.term) +
                      ", not of an earlier one");
  }
  return follow(hello, term);
}

Result<void> Session::can_follow(const Hello& hello, const Term& term) const {
  const std::string seed_anew =
      "; move its folder away (or give --reseed), and it begins with a copy";
  const Epoch last = port_->last_durable();
  const std::string place = "the standby of " + hello.app + " ends at group " +
                            std::to_string(hello.last.value());
  if (hello.incarnation != port_->journal().incarnation()) {
    return fail(Code::Conflict, "the standby of " + hello.app +
                                    " has another incarnation of the log" + seed_anew);
  }
  const Epoch common = std::min(last, term.common_with(hello.term));
  if (hello.last > common) {
    return fail(Code::Conflict, place + ", and has only the groups up to " +
                                    std::to_string(common.value()) +
                                    " in common with this primary: the others were never "
                                    "acknowledged under required acks, and are not of this log" +
                                    seed_anew);
  }
  const Epoch retired = port_->journal().retired();
  if (hello.last < retired) {
    return fail(Code::OutOfRange, place + ", and the primary holds groups after " +
                                      std::to_string(retired.value()) + " only" + seed_anew);
  }
  if (hello.last == retired || hello.last == Epoch{}) return {};
  VT_TRY(const auto same, port_->next(Epoch{hello.last.value() - 1}));
  if (!same) return fail(Code::Unavailable, place + ": not found");
  VT_TRY(const auto checked, journal_format::check_group(*same));
  if (checked.header.next_position == hello.end && checked.header.time == hello.time) return {};
  return fail(Code::Conflict, place + ", which is another one here" + seed_anew);
}

Result<void> Session::follow(const Hello& hello, const Term& term) {
  auto claim = port_->claim(hello.self, channel_, wake_);
  if (!claim) return refuse(claim.error().code, true, claim.error().message);
  struct Release {
    LogPort& port;
    std::uint64_t claim;
    ~Release() {
      port.release(claim);
      port.engine().journal().keep_groups(Epoch{std::numeric_limits<std::uint64_t>::max()});
    }
  } const release{*port_, *claim};
  const bool seeds = hello.log == 0;
  port_->engine().journal().keep_groups(seeds ? Epoch{} : hello.last);
  if (!seeds) {
    if (const auto can = can_follow(hello, term); !can)
      return refuse(can.error().code, can.error().code == Code::Unavailable, can.error().message);
  }
  log(LogLevel::Info, "standby_connected",
      {{"app", hello.app}, {"group", hello.last.value()}, {"copy", seeds ? 1 : 0}});
  VT_TRY_VOID(channel_.send(Kind::Welcome,
                            encode(Welcome{kVersion, seeds, term.log, term.term, term.begins,
                                           port_->engine().state_types()})));
  sent_ = hello.last;
  heard_nanos_ = house_.env.clock.monotonic_nanos();
  if (seeds) VT_TRY_VOID(seed());
  return stream();
}

// A reader's copy may not be ahead of what it reads: it ends when theirs have come that far.
Result<void> Session::seed() {
  VT_TRY(sent_, send_copy(house_.env.disk, port_->engine(), channel_,
                          [this] { return !house_.stopping(); }));
  while (!may_send(sent_)) {
    if (house_.stopping()) return fail(Code::Unavailable, "seed: we are stopping");
    VT_TRY_VOID(send_beat());
    VT_TRY(const auto frame, channel_.receive(kBeat, &wake_));
    wake_.clear();
    if (frame) return fail(Code::Invalid, "seed: an answer before the end");
  }
  return channel_.send(Kind::Seeded, {});
}

// A reader of other logs has consumed only what those had committed. So with all that they have
// now, it may have all that it has now.
bool Session::may_send(Epoch epoch) {
  if (epoch > horizon_) {
    horizon_ = std::max(epoch, port_->journal().committed_epoch());
    needs_.clear();
    for (std::size_t i = 0; i < number_; ++i)
      needs_.push_back(house_.ports[i]->journal().committed_epoch());
  }
  for (std::size_t i = 0; i < needs_.size(); ++i) {
    if (house_.ports[i]->acknowledged() < needs_[i]) return false;
  }
  return true;
}

Result<bool> Session::send_groups() {
  ByteCount bytes = 0;
  while (bytes < kBytesAhead) {
    VT_TRY(const auto group, port_->next(sent_));
    if (!group || !may_send(group->epoch)) return false;
    VT_TRY_VOID(channel_.send(Kind::Group, encode(*group)));
    sent_ = group->epoch;
    bytes += group->bytes->size();
  }
  return true;
}

Result<void> Session::send_beat() {
  Beat beat = port_->beat();
  beat.number = ++beats_;
  beat_required_ = beat.acks_required;
  if (beat_required_) required_beat_ = beats_;
  beat_nanos_ = house_.env.clock.monotonic_nanos();
  return channel_.send(Kind::Beat, encode(beat));
}

Result<void> Session::hear(Duration wait) {
  VT_TRY(auto frame, channel_.receive(wait, &wake_));
  wake_.clear();
  const std::int64_t now = house_.env.clock.monotonic_nanos();
  if (!frame) {
    if (now - heard_nanos_ < house_.patience.count() * kNanosPerMs) return {};
    return fail(Code::Unavailable, "the standby is silent");
  }
  while (frame) {
    const auto ack = frame->kind == Kind::Ack ? decode_ack(frame->body) : std::nullopt;
    if (!ack || ack->last > sent_ ||
        !port_->acknowledged(ack->last, ack->state,
                             ack->complete || ack->beat < required_beat_))
      return fail(Code::Invalid, "the standby says what cannot be");
    port_->engine().journal().keep_groups(ack->last);
    // It has come up: it is told at once, so that it can note that nothing is missing.
    if (beat_required_ && !ack->complete && ack->last >= port_->last_durable()) beat_nanos_ = 0;
    VT_TRY(frame, channel_.receive(Duration{0}));
  }
  heard_nanos_ = now;
  house_.wake_all();
  return {};
}

Result<void> Session::stream() {
  VT_TRY_VOID(send_beat());
  heard_nanos_ = house_.env.clock.monotonic_nanos();
  while (!house_.stopping()) {
    VT_TRY(const bool more, send_groups());
    const std::int64_t since =
        (house_.env.clock.monotonic_nanos() - beat_nanos_) / kNanosPerMs;
    if (since >= kBeat.count() || port_->acks_required() != beat_required_) {
      VT_TRY_VOID(send_beat());
    }
    const Duration wait{more ? 0 : std::max<std::int64_t>(1, kBeat.count() - since)};
    VT_TRY_VOID(hear(wait));
  }
  return {};
}

}  // namespace vitrine
