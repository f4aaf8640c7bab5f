// Which operation a request's path is.
#include "gateway/route.h"

namespace vitrine::gateway {
namespace {

std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    parts.push_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return parts;
}

bool fits(const std::vector<std::string_view>& pattern, const std::vector<std::string_view>& path) {
  if (pattern.size() != path.size()) return false;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i].empty() || (!pattern[i].starts_with('{') && pattern[i] != path[i])) return false;
  }
  return true;
}

}  // namespace

Match match_route(std::string_view method, std::string_view path) {
  Match match;
  const auto parts = parts_of(path);
  for (const auto& route : routes()) {
    const auto pattern = parts_of(route.path);
    if (!fits(pattern, parts)) continue;
    if (route.method != method) {
      match.allowed.push_back(route.method);
      continue;
    }
    match.route = &route;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (!pattern[i].starts_with('{')) continue;
      match.parameters.emplace_back(pattern[i].substr(1, pattern[i].size() - 2), parts[i]);
    }
    return match;
  }
  return match;
}

}  // namespace vitrine::gateway
