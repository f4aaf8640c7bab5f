#include "app/log_records.h"

#include <array>

#include "streams/log/journal.h"

namespace vitrine {

Result<void> each_record(Disk& disk, const std::string& folder, const std::string& topic,
                         Position from, const std::function<bool(const Positioned&)>& visit) {
  VT_TRY(const auto journal, Journal::open_read_only(disk, folder + "/journal"));
  const std::array<std::string, 1> topics{topic};
  while (from < journal->committed_end()) {
    VT_TRY(const auto batch, journal->read(topics, from, 4'096, 8U << 20U));
    for (const Positioned& record : batch.records)
      if (!visit(record)) return {};
    if (batch.next <= from) break;
    from = batch.next;
  }
  return {};
}

Result<AsOf> moment(const std::string& text, const char* option) {
  auto as_of = as_of_from(text);
  if (as_of) return as_of;
  return fail(Code::Invalid, std::string(option) + " " + text +
                                 ": give a position (1234) or a time in UTC "
                                 "(2026-01-31, 2026-01-31T12:00:00Z)");
}

bool is_before(const Positioned& record, const AsOf& moment) {
  return moment.at ? record.position < *moment.at : record.record.timestamp < *moment.before;
}

}  // namespace vitrine
