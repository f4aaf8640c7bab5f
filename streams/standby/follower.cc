#include "streams/standby/follower.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/log.h"
#include "streams/runtime/backup.h"
#include "streams/standby/seed.h"
#include "streams/store/state_types.h"

namespace vitrine {

using namespace standby_wire;

namespace {

constexpr Duration kBreath{1'000};
constexpr ByteCount kBytesTogether = 8U << 20U;  // groups with one sync
constexpr std::size_t kGroupsTogether = 1'024;

bool same(const Term& a, const Term& b) {
  const auto same_begin = [](const Term::Begin& x, const Term::Begin& y) {
    return x.term == y.term && x.after == y.after;
  };
  return a.log == b.log && a.self == b.self && a.term == b.term && a.role == b.role &&
         a.complete == b.complete && a.primary == b.primary &&
         std::equal(a.begins.begin(), a.begins.end(), b.begins.begin(), b.begins.end(), same_begin);
}

}  // namespace

Result<std::unique_ptr<LogFollower>> LogFollower::open(Env& env, StandbyLog log,
                                                       const StandbyOptions& options,
                                                       const LinkKey& key) {
  VT_CHECK(log.topology != nullptr);
  std::unique_ptr<LogFollower> out(new LogFollower(env, std::move(log), options, key));
  VT_TRY_VOID(out->open_what_is_there());
  return out;
}

LogFollower::LogFollower(Env& env, StandbyLog log, const StandbyOptions& options,
                         const LinkKey& key)
    : env_(env), log_(std::move(log)), options_(options), key_(key) {
  told_.app = log_.topology->name();
}

Result<void> LogFollower::open_what_is_there() {
  const std::string& folder = log_.options.folder;
  self_ = std::max<std::uint64_t>(1, env_.random.next());
  VT_TRY_VOID(env_.disk.make_folder(folder));
  if (copy_unfinished(env_.disk, folder)) return {};  // begins anew
  VT_TRY(auto term, read_term(env_.disk, folder));
  if (!env_.disk.exists(folder + "/journal")) return {};
  if (!term) {
    return fail(Code::Conflict, "follow in " + folder +
                                    ": it holds a log that never had a standby; choose an empty "
                                    "folder");
  }
  term_ = std::move(*term);
  self_ = term_.self;
  VT_TRY(copy_, FollowedLog::open(env_, log_.topology, log_.options));
  return {};
}

void LogFollower::start() {
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "vt-standby");
    run();
  });
}

void LogFollower::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.set();
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  if (!copy_) return;
  copy_->stop();
  // What was heard is only for the sentence at a promotion.
  const std::lock_guard lock(mutex_);
  if (term_.role == Term::Role::Standby)
    [[maybe_unused]] const auto ignored = write_term(env_.disk, log_.options.folder, term_);
}

bool LogFollower::stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

Standby::Log LogFollower::told() const {
  const std::lock_guard lock(mutex_);
  Standby::Log out = told_;
  out.term = term_.term;
  out.complete = term_.complete;
  out.heard = term_.heard;
  if (copy_) {
    out.committed = copy_->journal().committed_epoch();
    out.heard = std::max(out.heard, out.committed);
    out.state = copy_->state();
  }
  return out;
}

tl::unexpected<Error> LogFollower::for_good(Code code, const std::string& why) {
  ended_ = true;
  return fail(code, why);
}

void LogFollower::run() {
  std::string last;
  while (!stopping()) {
    const auto ended = one_connection();
    std::unique_lock lock(mutex_);
    const bool was_connected = std::exchange(told_.connected, false);
    told_.trouble = ended ? "" : ended.error().message;
    told_.ended = ended_;
    if (!stopping_ && (was_connected || ended_ || told_.trouble != last)) {
      log(ended_ ? LogLevel::Error : LogLevel::Warn, "standby_not_connected",
          {{"app", told_.app}, {"why", told_.trouble}});
    }
    last = told_.trouble;
    if (ended_) return;
    changed_.wait_for(lock, options_.retry, [&] { return stopping_; });
  }
}

Result<void> LogFollower::one_connection() {
  VT_TRY(const auto channel,
         Channel::connect(options_.host, options_.port, key_, options_.patience));
  Hello hello;
  hello.app = log_.topology->name();
  hello.self = self_;
  if (copy_) {
    hello.log = term_.log;
    hello.term = term_.term;
    hello.incarnation = copy_->journal().incarnation();
    hello.last = copy_->journal().committed_epoch();
    hello.end = copy_->journal().committed_end();
    hello.time = copy_->journal().last_time();
  }
  VT_TRY_VOID(channel->send(Kind::Hello, encode(hello)));
  VT_TRY(const auto answer, channel->receive(3 * options_.patience, &wake_));
  if (!answer) return fail(Code::Unavailable, "the primary does not greet");
  if (answer->kind == Kind::Refused) {
    const auto no = decode_refused(answer->body);
    if (!no) return fail(Code::Invalid, "the primary's greeting is malformed");
    return refused(*no);
  }
  const auto welcome =
      answer->kind == Kind::Welcome ? decode_welcome(answer->body) : std::nullopt;
  if (!welcome) return fail(Code::Invalid, "the primary's greeting is malformed");
  VT_TRY_VOID(begin(*welcome, *channel));
  return follow(*channel);
}

Result<void> LogFollower::refused(const Refused& no) {
  const bool of_no_use = no.code == Code::OutOfRange || no.code == Code::Conflict;
  if (!no.again && of_no_use && options_.reseed && copy_) {
    log(LogLevel::Warn, "standby_begins_anew", {{"app", told_.app}, {"why", no.why}});
    copy_->stop();
    const std::lock_guard lock(mutex_);
    copy_.reset();
    term_ = Term{};
    VT_TRY_VOID(remove_log(env_.disk, log_.options.folder));
    return fail(Code::Unavailable, no.why);
  }
  if (no.again) return fail(no.code, no.why);
  return for_good(no.code, no.why);
}

// A program that lacks a state, or knows it with other types, would lose it at a promotion.
Result<void> LogFollower::check_states(const Welcome& welcome) {
  for (const std::string& theirs : welcome.states) {
    const auto ours = log_.topology->stores();
    const auto found = std::find_if(ours.begin(), ours.end(), [&](const std::string& line) {
      return state_name_of(line) == state_name_of(theirs);
    });
    if (found == ours.end()) {
      return for_good(Code::Conflict, "the primary's program has the state " +
                                          state_name_of(theirs) +
                                          " and ours has not; run the same program, or a newer "
                                          "one");
    }
    if (const auto fits = check_state_line({theirs}, *found, log_.topology->upgrades()); !fits)
      return for_good(fits.error().code, fits.error().message);
  }
  return {};
}

Result<void> LogFollower::begin(const Welcome& welcome, Channel& channel) {
  if (welcome.version != kVersion)
    return for_good(Code::Unsupported, "the primary speaks another version of the link");
  if (term_.log != 0 && welcome.log != term_.log)
    return for_good(Code::Conflict, "the primary's log is another one; choose an empty folder");
  if (welcome.term < term_.term) {
    return for_good(Code::Conflict, "the primary there is of term " +
                                        std::to_string(welcome.term) +
                                        ", and this log has been in term " +
                                        std::to_string(term_.term) + ": it was replaced");
  }
  if (welcome.seed == (copy_ != nullptr))
    return fail(Code::Invalid, "the primary's greeting does not fit");
  VT_TRY_VOID(check_states(welcome));
  const std::string& folder = log_.options.folder;
  if (welcome.seed) {
    log(LogLevel::Info, "standby_copies", {{"app", told_.app}});
    VT_TRY_VOID(receive_copy(env_.disk, folder, channel, options_.patience,
                             [this] { return !stopping(); }));
  }
  Term next = term_;
  next.log = welcome.log;
  next.self = self_;
  next.term = welcome.term;
  next.begins = welcome.begins;
  next.role = Term::Role::Standby;
  next.primary = options_.host + ":" + std::to_string(options_.port);
  VT_TRY_VOID(note(std::move(next)));
  if (!welcome.seed) return {};
  VT_TRY_VOID(env_.disk.remove(folder + '/' + kRestoreUnfinished));
  VT_TRY_VOID(env_.disk.sync_folder(folder));
  VT_TRY(auto copy, FollowedLog::open(env_, log_.topology, log_.options));
  const std::lock_guard lock(mutex_);
  copy_ = std::move(copy);
  return {};
}

Result<void> LogFollower::note(Term next) {
  const std::lock_guard lock(mutex_);
  if (!same(next, term_)) VT_TRY_VOID(write_term(env_.disk, log_.options.folder, next));
  term_ = std::move(next);
  return {};
}

Result<void> LogFollower::send_ack(Channel& channel) {
  return channel.send(Kind::Ack, encode(Ack{beat_, copy_->journal().committed_epoch(),
                                            std::min(copy_->state(),
                                                     copy_->journal().committed_epoch()),
                                            term_.complete}));
}

// Whoever has the last group there, and hears that nothing passes without it, misses nothing. At
// the first beat it may: something may have passed while we were away.
Result<void> LogFollower::heard(const Beat& beat) {
  copy_->hold(std::max(beat.held, Position{1}));
  Term next = term_;
  next.heard = std::max(next.heard, beat.last);
  const bool has_all = copy_->journal().committed_epoch() >= beat.last;
  if (!beat.acks_required || (first_beat_ && !has_all)) next.complete = false;
  if (beat.acks_required && has_all) next.complete = true;
  first_beat_ = false;
  VT_TRY_VOID(note(std::move(next)));
  beat_ = beat.number;
  return {};
}

Result<void> LogFollower::follow(Channel& channel) {
  {
    const std::lock_guard lock(mutex_);
    told_.connected = true;
    told_.trouble.clear();
  }
  log(LogLevel::Info, "standby_follows",
      {{"app", told_.app},
       {"group", copy_->journal().committed_epoch().value()},
       {"term", term_.term}});
  first_beat_ = true;
  beat_ = 0;
  VT_TRY_VOID(send_ack(channel));
  std::int64_t heard_nanos = env_.clock.monotonic_nanos();
  std::optional<Frame> ahead;  // came behind groups
  while (!stopping()) {
    if (const auto failed = copy_->failed()) return for_good(failed->code, failed->message);
    std::optional<Frame> frame = std::exchange(ahead, std::nullopt);
    if (!frame) {
      VT_TRY(frame, channel.receive(kBreath, &wake_));
    }
    const std::int64_t now = env_.clock.monotonic_nanos();
    if (!frame) {
      if (now - heard_nanos > options_.patience.count() * 1'000'000)
        return fail(Code::Unavailable, "the primary is silent");
      VT_TRY_VOID(send_ack(channel));
      continue;
    }
    heard_nanos = now;
    if (frame->kind == Kind::Beat) {
      const auto beat = decode_beat(frame->body);
      if (!beat) return fail(Code::Invalid, "the primary says what cannot be");
      VT_TRY_VOID(heard(*beat));
      VT_TRY_VOID(send_ack(channel));
      continue;
    }
    std::vector<ShippedGroup> groups;
    ByteCount bytes = 0;
    while (frame && frame->kind == Kind::Group) {
      auto group = decode_group(frame->body);
      if (!group) return fail(Code::Invalid, "the primary says what cannot be");
      bytes += group->bytes->size();
      groups.push_back(std::move(*group));
      frame.reset();
      if (bytes >= kBytesTogether || groups.size() >= kGroupsTogether) break;
      VT_TRY(frame, channel.receive(Duration{0}));
    }
    if (groups.empty()) return fail(Code::Invalid, "the primary says what cannot be");
    ahead = std::move(frame);
    VT_TRY_VOID(take(std::move(groups), channel));
  }
  return {};
}

// A full disk is waited for; the primary hears that we live, and where we stand.
Result<void> LogFollower::take(std::vector<ShippedGroup> groups, Channel& channel) {
  while (!groups.empty()) {
    const auto taken = copy_->take(groups);
    VT_TRY_VOID(send_ack(channel));
    if (taken) return {};
    if (taken.error().code != Code::StorageFull) return taken;
    const Epoch last = copy_->journal().committed_epoch();
    std::erase_if(groups, [&](const ShippedGroup& group) { return group.epoch <= last; });
    std::unique_lock lock(mutex_);
    told_.trouble = taken.error().message;
    changed_.wait_for(lock, kBreath, [&] { return stopping_; });
    if (stopping_) return fail(Code::Unavailable, "stopping");
    told_.trouble.clear();
  }
  return {};
}

}  // namespace vitrine
