#pragma once
// Text files as bounded sources: one line counter and one way to say where something is wrong.
#include <fstream>
#include <memory>
#include <string>

#include "vitrine/bounded.h"

namespace vitrine::detail {

// Lines without their end (\n or \r\n). Throws std::runtime_error for a line over 1 MiB.
class TextFile {
 public:
  explicit TextFile(const std::string& path) : in_(path, std::ios::binary) {}
  bool good() const { return in_.is_open(); }
  bool line(std::string& out);
  bool more(std::string& out);  // a further line of the same row
  std::uint64_t number() const { return number_; }

 private:
  std::ifstream in_;
  std::uint64_t number_ = 0;
  std::size_t row_bytes_ = 0;
};

// Cuts a file into rows. False at the end; throws std::runtime_error for what is no row.
class Rows {
 public:
  virtual ~Rows() = default;
  virtual bool next(TextFile& file, const Row*& row) = 0;
};

Result<std::unique_ptr<BoundedSource>> row_source(const std::string& path, std::string topic,
                                                  std::unique_ptr<Rows> rows, RowReader read);

}  // namespace vitrine::detail
