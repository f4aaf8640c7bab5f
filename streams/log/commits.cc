#include "streams/log/commits.h"

#include <algorithm>

#include "streams/log/journal_files.h"

namespace vitrine {

std::optional<Commit> Commits::holding(Position position) const {
  if (all.empty() || (retired != Epoch{} && position < all.front().first)) return std::nullopt;
  const auto at = std::partition_point(all.begin(), all.end(),
                                       [&](const Commit& one) { return one.end <= position; });
  return at == all.end() ? std::nullopt : std::optional(*at);
}

std::optional<Commit> Commits::before(Time time) const {
  const auto at = std::partition_point(all.begin(), all.end(),
                                       [&](const Commit& one) { return one.time <= time; });
  return at == all.begin() ? std::nullopt : std::optional(*std::prev(at));
}

Result<Commits> read_commits(Disk& disk, const std::string& journal_folder) {
  JournalFiles journal(disk, journal_folder, {});
  VT_TRY_VOID(journal.open_for_reading());
  return journal.commits();
}

}  // namespace vitrine
