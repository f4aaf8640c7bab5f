// Runs that become other runs, and the manifest that says which count.
#include <algorithm>
#include <unordered_map>
#include <utility>

#include "streams/log/keeper.h"

namespace vitrine {

using namespace run_format;

namespace {

constexpr BytesView kManifestName = "/manifest";

// 0: under 64 KiB, then one more for each factor of eight.
int tier_of(ByteCount bytes) {
  int tier = 0;
  for (ByteCount bound = 64U << 10U; bytes >= bound && tier < 6; bound *= 8) ++tier;
  return tier;
}

}  // namespace

Result<Manifest> read_manifest(Disk& disk, const std::string& folder) {
  const std::string path = folder + std::string(kManifestName);
  if (!disk.exists(path)) return Manifest{};
  VT_TRY(const auto file, disk.open(path, OpenMode::ReadOnly));
  VT_TRY(const auto size, file->size());
  VT_TRY(const Bytes bytes, file->read_at(0, size));
  auto manifest = decode_manifest(bytes);
  if (manifest) return std::move(*manifest);
  return fail(Code::Corrupt, "open journal: " + path +
                                 " does not verify; it says which records are in runs, so nothing "
                                 "is served: restore the folder from a backup or a savepoint");
}

// Whether a name is durable after a failed sync of its folder nobody can say: the process ends.
Result<void> Keeper::sync_folder() {
  auto synced = doors_.disk.sync_folder(doors_.folder);
  if (!synced) doors_.sync_failed(synced.error());
  return synced;
}

Result<void> Keeper::commit(Manifest manifest) {
  std::sort(manifest.runs.begin(), manifest.runs.end(), [](const RunInfo& a, const RunInfo& b) {
    return std::tie(a.topic, a.first) < std::tie(b.topic, b.first);
  });
  manifest.starts = doors_.index.starts();
  const std::string path = doors_.folder + std::string(kManifestName);
  const std::string unfinished = path + ".tmp";
  VT_TRY_VOID(sync_folder());  // the runs' names, before anything says that they are there
  if (doors_.disk.exists(unfinished)) VT_TRY_VOID(doors_.disk.remove(unfinished));
  VT_TRY(const auto file, doors_.disk.open(unfinished, OpenMode::CreateNew));
  VT_TRY_VOID(file->write_at(0, encode(manifest)));
  VT_TRY_VOID(file->sync());
  VT_TRY_VOID(doors_.disk.rename(unfinished, path));
  // From here on a power cut may bring back either of the two. Both are true: nothing of the old
  // one is removed before the new one is durable.
  VT_TRY_VOID(sync_folder());
  manifest_ = std::move(manifest);
  return {};
}

std::shared_ptr<const RunSet> Keeper::run_set(const Manifest& manifest) {
  auto set = std::make_shared<RunSet>();
  std::map<std::uint64_t, std::shared_ptr<const Run>> known;
  for (const RunInfo& info : manifest.runs) {
    auto found = runs_.find(info.id);
    auto run = found != runs_.end() ? found->second
                                    : std::make_shared<const Run>(
                                          Run{info, doors_.folder + '/' + run_name(info.id)});
    known[info.id] = run;
    set->topics[info.topic].push_back(std::move(run));
  }
  for (const auto& [id, run] : runs_) {
    if (known.contains(id)) continue;
    doors_.files.forget(*run);
    graves_.push_back({run, run->path});
  }
  runs_ = std::move(known);
  return set;
}

Result<void> Keeper::rewrite(const std::string& topic, const RunList& runs, std::size_t first,
                             std::size_t count, bool compacted, const Wanted& wanted) {
  RunSet part;
  part.topics[topic].assign(runs.begin() + static_cast<std::ptrdiff_t>(first),
                            runs.begin() + static_cast<std::ptrdiff_t>(first + count));
  RunCursor cursor{doors_.files, topic, std::make_shared<RunSet>(part),
                   doors_.index.start(topic)};
  Infos fresh;
  std::optional<RunWriter> writer;
  while (true) {
    VT_TRY(const bool more, cursor.next());
    if (!more) break;
    if (!wanted(cursor.record())) continue;
    if (writer && writer->bytes() >= doors_.options.run_bytes) {
      VT_TRY_VOID(finish_run(*writer, fresh));
      writer.reset();
    }
    if (!writer) {
      VT_TRY(writer, new_run(topic));
    }
    VT_TRY_VOID(writer->add(cursor.record()));
  }
  if (writer) VT_TRY_VOID(finish_run(*writer, fresh));
  Manifest next = manifest_;
  std::erase_if(next.runs, [&](const RunInfo& run) {
    return std::any_of(part.topics[topic].begin(), part.topics[topic].end(),
                       [&](const auto& old) { return old->info.id == run.id; });
  });
  for (RunInfo& run : fresh) {
    run.compacted = compacted;
    next.runs.push_back(std::move(run));
  }
  VT_TRY_VOID(commit(std::move(next)));
  doors_.index.replace_runs(run_set(manifest_));
  return {};
}

// Eight neighbours of a size become one, so that a record is written anew once for each factor of
// eight. Runs of a topic with a retention stay as they are: each goes as a whole when its time has
// come.
Result<bool> Keeper::merge_some() {
  constexpr std::size_t kTogether = 8;
  const auto set = doors_.index.runs();
  for (const auto& [topic, runs] : set->topics) {
    const TopicKeep keep = keep_of(topic);
    if (keep.retention > Duration{0} || keep.compact) continue;
    for (int tier = 0; tier < 6; ++tier) {
      std::size_t together = 0;
      ByteCount bytes = 0;
      for (std::size_t i = 0; i < runs.size(); ++i) {
        const bool fits = tier_of(runs[i]->info.bytes) <= tier;
        together = fits ? together + 1 : 0;
        bytes = fits ? bytes + runs[i]->info.bytes : 0;
        if (together < kTogether || bytes > doors_.options.run_bytes) continue;
        VT_TRY_VOID(rewrite(topic, runs, i + 1 - together, together, false,
                            [](const RunRecord&) { return true; }));
        return true;
      }
    }
  }
  return false;
}

Result<bool> Keeper::compact_some(Time now) {
  const auto set = doors_.index.runs();
  const Position held = this->held();
  for (const auto& [topic, runs] : set->topics) {
    const TopicKeep keep = keep_of(topic);
    if (!keep.compact) continue;
    ByteCount clean_bytes = 0;
    ByteCount dirty_bytes = 0;
    std::size_t dirty = 0;
    for (std::size_t i = 0; i < runs.size(); ++i) {
      const RunInfo& run = runs[i]->info;
      if (run.compacted) dirty = i + 1;
      (run.compacted ? clean_bytes : dirty_bytes) += run.last < held ? run.bytes : 0;
    }
    if (dirty_bytes == 0 || dirty_bytes < clean_bytes / 2) continue;
    VT_TRY(const bool worked, compact(topic, keep, runs, dirty, now));
    if (worked) return true;
  }
  return false;
}

// The newest position of each key in the dirty runs, as far as memory allows; then everything
// before their end is written anew without what they replaced.
Result<bool> Keeper::compact(const std::string& topic, const TopicKeep& keep, const RunList& runs,
                             std::size_t dirty, Time now) {
  const Position held = this->held();
  std::unordered_map<Bytes, Position> newest;
  ByteCount bytes = 0;
  std::size_t end = dirty;
  for (; end < runs.size() && runs[end]->info.last < held; ++end) {
    if (bytes > doors_.options.compact_memory_bytes) break;
    RunSet one;
    one.topics[topic].push_back(runs[end]);
    RunCursor cursor{doors_.files, topic, std::make_shared<RunSet>(one), Position{}};
    while (true) {
      VT_TRY(const bool more, cursor.next());
      if (!more) break;
      const auto [at, fresh] =
          newest.insert_or_assign(Bytes(cursor.record().record.key), cursor.record().position);
      constexpr ByteCount kOverhead = 80;
      if (fresh) bytes += at->first.size() + kOverhead;
    }
  }
  if (end == dirty) return false;
  const Time tombstones_from = now - keep.tombstones;
  VT_TRY_VOID(rewrite(topic, runs, 0, end, true, [&](const RunRecord& one) {
    if (one.record.value.empty() && one.committed <= tombstones_from) return false;
    const auto found = newest.find(Bytes(one.record.key));
    return found == newest.end() || found->second == one.position;
  }));
  return true;
}

}  // namespace vitrine
