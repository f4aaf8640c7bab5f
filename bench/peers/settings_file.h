#pragma once
// A settings file of the comparison: `name = value` lines, comments from '#' on. Names that begin
// with "bench." are read by whoever runs the engine, the others go to the engine as they stand.
#include <fstream>
#include <map>
#include <string>

#include "base/result.h"

namespace vitrine::peers {

inline std::string without_blanks(const std::string& text) {
  const auto begin = text.find_first_not_of(" \t\r");
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

inline Result<std::map<std::string, std::string>> read_settings(const std::string& path) {
  std::map<std::string, std::string> settings;
  std::ifstream file(path);
  if (!file) return fail(Code::NotFound, "read settings " + path + ": no such file");
  for (std::string line; std::getline(file, line);) {
    line = without_blanks(line.substr(0, line.find('#')));
    if (line.empty()) continue;
    const auto equals = line.find('=');
    if (equals == line.npos)
      return fail(Code::Invalid, "read settings " + path + ": not name = value: " + line);
    settings[without_blanks(line.substr(0, equals))] = without_blanks(line.substr(equals + 1));
  }
  return settings;
}

}  // namespace vitrine::peers
