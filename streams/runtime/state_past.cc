#include "vitrine/state_past.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "streams/log/journal.h"
#include "streams/runtime/identities.h"
#include "streams/store/state_types.h"
#include "streams/store/store.h"
#include "vitrine/backup.h"
#include "vitrine/state_files.h"

namespace vitrine {
namespace {

constexpr Epoch kNewest{~std::uint64_t{0}};

std::string text_of(const AsOf& as_of) {
  if (as_of.at) return "position " + std::to_string(as_of.at->value());
  return "time " + std::to_string(millis_of(as_of.before.value_or(Time{}))) + " ms since 1970";
}

bool in_range(const StateScan& scan, const Delta& one) {
  return one.store == scan.store && one.key >= scan.from && (!scan.to || one.key < *scan.to);
}

// Is `copy` of the log that `engine` goes on with? Where both know the copy's last commit it ends
// in the same place.
bool same_commit(const Commits& engine, const Commit& last) {
  if (engine.all.empty()) return false;
  if (last.epoch <= engine.retired) return last.end <= engine.all.front().first;
  const auto at =
      std::partition_point(engine.all.begin(), engine.all.end(),
                           [&](const Commit& one) { return one.epoch < last.epoch; });
  return at != engine.all.end() && at->epoch == last.epoch && at->end == last.end &&
         at->time == last.time;
}

// The same of the records of that commit, as far as both still have them.
Result<bool> same_records(Disk& disk, const std::string& engine, const std::string& copy,
                          const Commit& last) {
  VT_TRY(const auto ours, Journal::open_read_only(disk, engine));
  VT_TRY(const auto theirs, Journal::open_read_only(disk, copy));
  constexpr std::size_t kRecords = 256;
  constexpr ByteCount kBytes = 1U << 20U;
  const std::vector<std::string> topics = theirs->topics();
  VT_TRY(const auto mine, ours->read(topics, last.first, kRecords, kBytes));
  VT_TRY(const auto other, theirs->read(topics, last.first, kRecords, kBytes));
  auto at = mine.records.begin();
  for (const Positioned& record : other.records) {
    while (at != mine.records.end() && at->position < record.position) ++at;
    if (at == mine.records.end()) break;
    if (at->position != record.position) continue;  // expired there
    if (at->topic != record.topic || at->record.key != record.record.key ||
        at->record.value != record.record.value ||
        at->record.timestamp != record.record.timestamp) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::optional<Commit> StatePast::Source::find(const AsOf& as_of) const {
  return as_of.at ? commits.holding(*as_of.at) : commits.before(as_of.before.value_or(Time{}));
}

Result<StatePast::Source> StatePast::look_at(const std::string& folder) const {
  Source source{folder, {}};
  VT_TRY(source.commits, read_commits(disk_, source.journal()));
  return source;
}

Result<std::unique_ptr<StatePast>> StatePast::open(Disk& disk, std::string folder, AsOf as_of,
                                                   std::vector<std::string> copies) {
  std::unique_ptr<StatePast> past(new StatePast(disk, std::move(folder), as_of));
  for (const std::string& name : list_savepoints(disk, past->folder_))
    copies.push_back(past->folder_ + "/savepoints/" + name);
  VT_TRY(const Source engine, past->look_at(past->folder_));
  for (const std::string& copy : copies) {
    VT_TRY(auto source, past->look_at(copy));
    if (source.commits.all.empty() || !same_commit(engine.commits, source.commits.all.back()))
      continue;
    VT_TRY(const bool same, same_records(disk, engine.journal(), source.journal(),
                                         source.commits.all.back()));
    if (same) past->copies_.push_back(std::move(source));
  }
  if (engine.commits.all.empty())
    return tl::unexpected<Error>(past->refused(engine, "it is empty"));
  if (as_of.at && *as_of.at >= engine.commits.all.back().end)
    return tl::unexpected<Error>(past->refused(engine, "that is not committed yet"));
  auto found = engine.find(as_of);
  for (auto copy = past->copies_.begin(); !found && copy != past->copies_.end(); ++copy) {
    found = copy->find(as_of);
    // By time the last commit of a copy says nothing: others came after it.
    if (found && !as_of.at && found->epoch == copy->end()) found.reset();
  }
  if (!found) return tl::unexpected<Error>(past->refused(engine, "its changes are retired"));
  past->commit_ = *found;
  return past;
}

Error StatePast::refused(const Source& engine, const std::string& why) const {
  std::string text = "read state in " + folder_ + " as of " + text_of(as_of_) + ": " + why;
  if (!engine.commits.all.empty()) {
    const Commit& first = engine.commits.all.front();
    const Commit& last = engine.commits.all.back();
    text += "; the changes of positions " + std::to_string(first.first.value()) + " to " +
            std::to_string(last.end.value() - 1) + " are in the journal. Ask for one of these";
  }
  text += ", or name a savepoint or backup from before; savepoints made now and then keep the past";
  return {Code::OutOfRange, std::move(text)};
}

// What the commit's state can be made of, the best first.
std::vector<StatePast::Plan> StatePast::plans(const Source& engine) const {
  const Epoch wanted = commit_.epoch;
  std::vector<Plan> out;
  const Epoch retired = engine.commits.retired;
  const bool in_engine = wanted > retired;
  std::vector<const Source*> copies;
  for (const Source& copy : copies_) copies.push_back(&copy);
  std::sort(copies.begin(), copies.end(),
            [](const Source* a, const Source* b) { return a->end() > b->end(); });
  // A copy's state and its own journal are as of its end; what came then is in the engine's.
  for (const Source* copy : copies) {
    if (!in_engine || copy->end() > wanted || copy->end() < retired) continue;
    out.push_back({copy->folder,
                   {{copy->journal(), {}, copy->end()}, {engine.journal(), copy->end(), wanted}},
                   false});
  }
  const auto holds = [&](const Source& source) {
    return source.commits.retired < wanted && wanted <= source.end();
  };
  copies.insert(copies.begin(), &engine);
  for (const Source* source : copies) {
    if (holds(*source) && source->commits.retired == Epoch{})
      out.push_back({"", {{source->journal(), Epoch{}, wanted}}, false});
  }
  for (const Source* source : copies) {
    if (holds(*source))
      out.push_back({source->folder, {{source->journal(), source->commits.retired, wanted}}, true});
  }
  return out;
}

namespace {

using Values = std::map<Bytes, std::optional<Bytes>>;

struct Overlay {
  Values values;          // of keys that changed up to the commit
  std::set<Bytes> later;  // that changed after it only
};

}  // namespace

Result<StatePage> StatePast::rows_of(const Plan& plan, const StateScan& scan) const {
  const std::string state = plan.copy + "/state";
  std::unique_ptr<StateBackend> backend = memory_backend();
  if (!plan.copy.empty() && disk_.exists(state + "/CURRENT")) {
    VT_TRY(backend, rocksdb_backend_for_reading(state));
  }
  Overlay over;
  for (const Changes& part : plan.changes) {
    // Opened after the state: whatever that holds is in here.
    VT_TRY(const auto journal, Journal::open_read_only(disk_, part.journal));
    const Epoch after = part.after.value_or(backend->applied());
    VT_TRY_VOID(journal->replay(
        after, [&](Epoch epoch, BytesView, std::span<const Delta> deltas) -> Result<void> {
          if (epoch > part.through && !plan.check_later) return {};
          for (const Delta& one : deltas) {
            if (!in_range(scan, one)) continue;
            Bytes key(one.key);
            if (epoch > part.through) {
              if (!over.values.contains(key)) over.later.insert(std::move(key));
            } else {
              over.values[std::move(key)] =
                  one.removed ? std::nullopt : std::optional<Bytes>(one.value);
            }
          }
          return {};
        }));
    if (journal->retired() > after) {
      return fail(Code::Unavailable, "read state in " + folder_ +
                                         ": its engine moved on meanwhile; try again");
    }
  }
  if (!over.later.empty()) {
    return fail(Code::OutOfRange, std::to_string(over.later.size()) +
                                      " of the rows asked for changed since, and what they were "
                                      "before is retired");
  }
  std::array<ScanPart, 1> parts{ScanPart{SmallestRows(scan, over.values.size()), nullptr}};
  for (auto& [key, value] : over.values) parts[0].newer.add(key, std::move(value));
  parts[0].below = backend->freeze();
  return merged(scan, parts);
}

Result<StatePage> StatePast::scan_once(const StateScan& scan) const {
  VT_TRY(const Source engine, look_at(folder_));
  std::string why = "its changes are retired";
  for (const Plan& plan : plans(engine)) {
    auto page = rows_of(plan, scan);
    if (page || page.error().code != Code::OutOfRange) return page;
    why = page.error().message;
  }
  return tl::unexpected<Error>(refused(engine, why));
}

Result<StatePage> StatePast::state_scan(const StateScan& scan) const {
  VT_TRY_VOID(StateFiles(disk_, folder_).must_have(scan.store));
  constexpr int kTries = 4;  // a running engine replaces files while we open them
  auto page = scan_once(scan);
  for (int i = 1; i < kTries && !page && page.error().code == Code::Unavailable; ++i)
    page = scan_once(scan);
  return page;
}

std::optional<Bytes> StatePast::state_get(const std::string& store, BytesView key) const {
  auto page = state_scan({store, Bytes(key), Bytes(key) + '\0', 1});
  if (!page || page->rows.empty()) return std::nullopt;
  return std::move(page->rows.front().second);
}

std::vector<std::string> StatePast::state_types() const {
  return StateFiles(disk_, folder_).state_types();
}

}  // namespace vitrine
