#include "vitrine/state_view.h"

namespace vitrine::detail {

Result<void> check_state_types(const StateReader& reader, const std::string& name,
                               std::string_view key, std::string_view value) {
  const std::string wanted = std::string(key) + "|" + std::string(value);
  std::string known;
  for (const std::string& line : reader.state_types()) {
    const std::string store = line.substr(0, line.find('|'));
    known += (known.empty() ? "" : ", ") + store;
    if (store != name) continue;
    const std::string types = line.substr(store.size() + 1);
    if (types == wanted) return {};
    return fail(Code::Conflict, "look into state \"" + name + "\" as " + wanted +
                                    ": it is kept as " + types + "; name these types");
  }
  return fail(Code::NotFound,
              "look into state \"" + name + "\": this app keeps no such state; it has " + known);
}

Error undecodable_row(const std::string& name, std::string_view key, std::string_view value) {
  return {Code::Corrupt, "scan state \"" + name + "\": a row is no " + std::string(key) + "|" +
                             std::string(value) + "; run the program that wrote it"};
}

}  // namespace vitrine::detail
