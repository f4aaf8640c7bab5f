#pragma once
// A folder for one test, under $TMPDIR or /tmp; removed with its content at the end.
#include <filesystem>
#include <string>

#include "base/result.h"

namespace vitrine::gateway {

class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "vitrine-gateway-XXXXXX").string();
    VT_CHECK(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace vitrine::gateway
