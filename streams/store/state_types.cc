#include "streams/store/state_types.h"

#include <algorithm>
#include <string_view>

namespace vitrine {
namespace {

struct Line {
  std::string name, key, value;
};

Line parsed(const std::string& line) {
  const std::size_t first = line.find('|');
  const std::size_t second = line.find('|', first + 1);
  if (first == std::string::npos || second == std::string::npos) return {line, {}, {}};
  return {line.substr(0, first), line.substr(first + 1, second - first - 1),
          line.substr(second + 1)};
}

// Does `written` become `now` when some of the names in it are upgraded?
bool reads(std::string_view written, std::string_view now,
           const std::vector<NameUpgrade>& upgrades) {
  for (const NameUpgrade& one : upgrades) {
    if (written.starts_with(one.from) && now.starts_with(one.to) &&
        reads(written.substr(one.from.size()), now.substr(one.to.size()), upgrades))
      return true;
  }
  if (written.empty() || now.empty()) return written.empty() && now.empty();
  return written.front() == now.front() && reads(written.substr(1), now.substr(1), upgrades);
}

std::string advice(const Line& written, const Line& now, bool newer_program) {
  if (written.key != now.key) {
    return "; a key's bytes are its place, so keys cannot be upgraded: give the changed state a "
           "new name and fill it from the log, or start on a new folder";
  }
  if (newer_program) {
    return ", as it was before: a newer program has opened it; run that one, or restore a backup "
           "from before";
  }
  return "; raise the struct's `version` and say `static New upgrade_from(const Old&)` "
         "(vitrine/version.h), or give the changed state a new name, or start on a new folder";
}

}  // namespace

std::string state_name_of(const std::string& line) { return line.substr(0, line.find('|')); }

Result<bool> check_state_line(const std::vector<std::string>& written, const std::string& now,
                              const std::vector<NameUpgrade>& upgrades) {
  if (written.empty()) return true;
  const Line wanted = parsed(now);
  const bool known = std::find(written.begin(), written.end(), now) != written.end();
  const bool newest = written.back() == now;
  for (auto line = written.rbegin(); line != written.rend(); ++line) {
    const Line one = parsed(*line);
    if (*line == now ||
        (one.key == wanted.key && (!known || newest) && reads(one.value, wanted.value, upgrades)))
      continue;
    return fail(Code::Conflict, "state \"" + wanted.name + "\" was written as " + *line +
                                    " and the program now says " + now +
                                    advice(one, wanted, known && !newest));
  }
  return !newest;
}

}  // namespace vitrine
