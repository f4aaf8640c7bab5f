#include "vitrine/app.h"

#include "vitrine/text.h"

namespace vitrine {

App::App(std::string_view name) : graph_(std::make_unique<Graph>(std::string(name))) {}
App::App(App&&) noexcept = default;
App& App::operator=(App&&) noexcept = default;
App::~App() = default;

Result<std::shared_ptr<const Topology>> App::topology(Plan plan) const {
  return finish(*graph_, plan);
}
std::string App::describe(Plan plan) const { return vitrine::describe(*graph_, plan); }
std::string App::mermaid() const { return vitrine::mermaid(*graph_); }
TopologyMap App::map(Plan plan) const { return map_of(*graph_, plan); }

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  std::size_t begin = 0;
  for (std::size_t end; (end = text.find(separator, begin)) != text.npos; begin = end + 1) {
    pieces.push_back(text.substr(begin, end - begin));
  }
  pieces.push_back(text.substr(begin));
  return pieces;
}

}  // namespace vitrine
