// What a unit's state was written by, held against the program that opens it.
#include <map>

#include "streams/runtime/unit_task.h"
#include "streams/store/state_types.h"

namespace vitrine {

// The plan, then a line for each type that a state's values may still be written as. Operators that
// are new begin without state; what the program no longer names stays where it is, unread.
Result<void> UnitTask::check_shape() {
  Bytes plan;
  std::map<std::string, std::vector<std::string>> written;
  if (const auto* row = own_.find(kShape)) {
    ByteReader in(*row);
    plan = Bytes(in.bytes());
    while (in.ok() && !in.at_end()) {
      const std::string line(in.bytes());
      written[state_name_of(line)].push_back(line);
    }
  }
  if (!plan.empty() && plan != plan_) {
    return fail(Code::Unsupported,
                "open unit " + std::to_string(unit_.value()) + ": its state was written by the " +
                    plan + " plan, and this is the " + plan_ + " one; go on with --plan " + plan +
                    ", or begin under another name (--app-id), which reads everything anew");
  }
  bool changed = plan.empty();
  for (const std::string& line : state_lines_) {
    std::vector<std::string>& known = written[state_name_of(line)];
    const auto fresh = check_state_line(known, line, upgrades_);
    if (!fresh) {
      return fail(Code::Unsupported,
                  "open unit " + std::to_string(unit_.value()) + ": " + fresh.error().message);
    }
    if (!*fresh) continue;
    known.push_back(line);
    changed = true;
  }
  if (!changed) return {};
  put_bytes(shape_, plan_);
  for (const auto& [name, lines] : written) {
    for (const std::string& line : lines) put_bytes(shape_, line);
  }
  return {};
}

}  // namespace vitrine
