#pragma once
// What the commands have in common: options read, or the exit status of a wrong one; a result told
// as a status.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/result.h"

namespace vitrine {

// False: the command ends with `code`, 0 after --help.
inline bool parsed(CLI::App& cli, int argc, char** argv, int& code) {
  try {
    cli.parse(argc, argv);
    return true;
  } catch (const CLI::ParseError& error) {
    code = cli.exit(error) == 0 ? 0 : 2;
    return false;
  }
}

inline int ended(const char* command, const Result<void>& result) {
  if (result) return 0;
  std::fprintf(stderr, "vitrine %s: %s\n", command, result.error().message.c_str());
  return 1;
}

}  // namespace vitrine
