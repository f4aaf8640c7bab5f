#pragma once
// A folder of the real disk for the length of a test.
#include <stdlib.h>

#include <filesystem>
#include <string>

#include "base/result.h"

namespace vitrine::sim {

struct TempFolder {
  TempFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "vitrine-XXXXXX").string();
    VT_CHECK(mkdtemp(pattern.data()) != nullptr);
    path = pattern;
  }
  ~TempFolder() { std::filesystem::remove_all(path); }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  std::string path;
};

}  // namespace vitrine::sim
