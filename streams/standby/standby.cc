// The standby's side, and what a person says to either.
#include "vitrine/standby.h"

#include "base/log.h"
#include "streams/log/file_copy.h"
#include "streams/standby/asking.h"
#include "streams/standby/follower.h"

namespace vitrine {

using namespace standby_wire;

namespace {

class Followers final : public Standby {
 public:
  explicit Followers(std::vector<std::unique_ptr<LogFollower>> followers)
      : followers_(std::move(followers)) {
    for (const auto& follower : followers_) follower->start();
  }
  void stop() override {
    for (const auto& follower : followers_) follower->stop();
  }
  std::vector<Log> logs() const override {
    std::vector<Log> out;
    for (const auto& follower : followers_) out.push_back(follower->told());
    return out;
  }

 private:
  const std::vector<std::unique_ptr<LogFollower>> followers_;
};

}  // namespace

Result<std::unique_ptr<Standby>> Standby::open(Env& env, std::vector<StandbyLog> logs,
                                               StandbyOptions options) {
  VT_TRY(const LinkKey key, LinkKey::read(options.key_file));
  std::vector<std::unique_ptr<LogFollower>> followers;
  for (StandbyLog& log : logs) {
    VT_TRY(auto follower, LogFollower::open(env, std::move(log), options, key));
    followers.push_back(std::move(follower));
  }
  return std::make_unique<Followers>(std::move(followers));
}

// The mark of a new incarnation comes first: a crash between the two leaves a standby's folder, and
// the same promotion is made again.
Result<Promotion> promote(Env& env, const std::string& folder, bool new_incarnation) {
  Disk& disk = env.disk;
  VT_TRY(auto term, read_term(disk, folder));
  if (!term || !disk.exists(folder + "/journal")) {
    return fail(Code::NotFound,
                "promote " + folder + ": it is no standby's folder, or its copy is not whole");
  }
  if (disk.exists(folder + "/restore.unfinished"))
    return fail(Code::Conflict, "promote " + folder + ": its copy is not whole");
  if (term->role == Term::Role::Fenced)
    return fail(Code::Conflict, "promote " + folder + ": it was fenced, another copy took over");
  JournalOptions options;
  options.follows = true;  // what a kill tore at its end was never acknowledged: settled here
  const bool was_primary = term->role == Term::Role::Primary;
  VT_TRY(const auto journal, was_primary
                                 ? Journal::open_read_only(disk, folder + "/journal")
                                 : Journal::open(env, folder + "/journal", options));
  Promotion out{term->term,     journal->committed_epoch(), term->heard,
                term->complete, false,                      term->primary};
  if (was_primary) return out;
  out.new_incarnation = new_incarnation || !term->complete;
  if (out.new_incarnation) {
    VT_TRY_VOID(write_whole(disk, folder + "/journal", "restored", "a new incarnation begins\n"));
  }
  out.term = ++term->term;
  term->role = Term::Role::Primary;
  term->begins.push_back({out.term, out.last});
  VT_TRY_VOID(write_term(disk, folder, *term));
  log(LogLevel::Info, "promoted",
      {{"folder", folder}, {"term", out.term}, {"group", out.last.value()}});
  return out;
}

Result<void> fence(Env& env, const std::string& folder, const std::string& app,
                   const StandbyOptions& at) {
  VT_TRY(const auto term, read_term(env.disk, folder));
  if (!term || term->role != Term::Role::Primary)
    return fail(Code::Conflict, "fence with " + folder + ": it was not promoted");
  VT_TRY(const LinkKey key, LinkKey::read(at.key_file));
  VT_TRY(const Refused answer, ask_to_stop(*term, app, at.host, at.port, key, at.patience));
  if (answer.code == Code::Conflict && answer.term == term->term) return {};
  return fail(answer.code, "fence " + at.host + ": " + answer.why);
}

Result<std::string> say_acks(bool required, const StandbyOptions& at) {
  VT_TRY(const LinkKey key, LinkKey::read(at.key_file));
  VT_TRY(const Frame answer, ask(at.host, at.port, key, at.patience, Kind::Acks,
                                 encode(Acks{required, {}})));
  const auto acks = answer.kind == Kind::Acks ? decode_acks(answer.body) : std::nullopt;
  if (!acks) return fail(Code::Invalid, "ask " + at.host + ": it answers something else");
  return acks->answer;
}

}  // namespace vitrine
