// EmbeddedEngine: how long records are kept, which of them somebody still needs, and copies of it
// all.
#include <algorithm>

#include "streams/log/file_copy.h"
#include "streams/runtime/backup.h"
#include "streams/runtime/embedded_engine.h"

namespace vitrine {

void Engine::hold(const std::string&, Position) {}
void Engine::let_go(const std::string&) {}
Result<BackupReport> Engine::backup(const std::string& folder) {
  return fail(Code::Unsupported, "back up to " + folder + ": this engine cannot");
}
Result<BackupReport> Engine::savepoint(const std::string& name) {
  return fail(Code::Unsupported, "savepoint " + name + ": this engine cannot");
}

Result<void> EmbeddedEngine::say_what_is_kept() {
  Journal& journal = broker_->journal();
  for (TopicNumber topic = 0; topic < topics_.size(); ++topic)
    journal.keep(topics_.info(topic).name, topics_.info(topic).keep);
  for (const auto& [topic, keep] : options_.keep) {
    if (topics_.find(topic) == TopicTable::kNone) {
      return fail(Code::Invalid, "open " + options_.folder + ": EngineOptions::keep names " +
                                     topic + ", which is no topic of " + name());
    }
    if (keep.retention != Duration{0} && keep.retention < std::chrono::minutes{1}) {
      return fail(Code::Invalid, "open " + options_.folder + ": the retention of " + topic +
                                     " is " + std::to_string(keep.retention.count()) +
                                     " ms; it is at least a minute, or 0 for ever");
    }
    journal.keep(topic, keep);
  }
  return {};
}

// The least of what the shards need, each as of the last commit it knows.
void EmbeddedEngine::hold_what_is_needed(EngineShard& one) {
  const std::lock_guard lock(needing_);
  Needs& its = needs_[one.number];
  its.own = one.shard->needs_from(!in_flight(one));
  its.upstreams.clear();
  for (const ShardUpstream& upstream : one.upstreams) its.upstreams.push_back(upstream.handed_over);
  for (std::size_t i = 0; i < upstreams_.size(); ++i) {
    Position first{~std::uint64_t{0}};
    for (const Needs& needs : needs_) {
      if (i < needs.upstreams.size()) first = std::min(first, needs.upstreams[i]);
    }
    upstreams_[i].engine->hold(name(), first);
  }
  Position needed;
  for (const Needs& needs : needs_) {
    if (needs.own == Position{}) continue;
    if (needed == Position{} || needs.own < needed) needed = needs.own;
  }
  if (needed == held_) return;
  held_ = needed;
  if (needed == Position{}) {
    broker_->journal().let_go(name());
  } else {
    broker_->journal().hold(name(), needed);
  }
}

// The state first: what it holds beyond its last checkpoint was committed before, so it is in the
// journal's copy, too.
Result<BackupReport> EmbeddedEngine::backup(const std::string& folder) {
  const std::lock_guard lock(backing_up_);
  Disk& disk = env_.disk;
  VT_TRY_VOID(begin_backup(disk, folder));
  const std::string identities = options_.folder + "/identities";
  if (disk.exists(identities)) VT_TRY_VOID(copy_file(disk, identities, folder + "/identities"));
  VT_TRY(const auto copy, broker_->journal().copy_to(folder + "/journal", [&] {
    return backend_->copy_to(folder + "/state");
  }));
  const BackupReport report{name(),           copy.epoch,       copy.end, clock_.now(),
                            copy.bytes_copied, copy.bytes_linked};
  VT_TRY_VOID(finish_backup(disk, folder, report));
  return report;
}

Result<BackupReport> EmbeddedEngine::savepoint(const std::string& savepoint) {
  if (savepoint.empty() || savepoint.find('/') != std::string::npos || savepoint.starts_with("."))
    return fail(Code::Invalid, "savepoint \"" + savepoint + "\": a name is no path");
  VT_TRY_VOID(env_.disk.make_folder(options_.folder + "/savepoints"));
  return backup(options_.folder + "/savepoints/" + savepoint);
}

}  // namespace vitrine
