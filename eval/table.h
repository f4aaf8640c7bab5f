#pragma once
// Tables in text: comma-separated values by RFC 4180 (quotes, doubled quotes, line ends inside
// quotes), or fields between tabs, where quotes mean nothing.
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vitrine::eval {

using Row = std::vector<std::string>;

struct Table {
  std::string path;  // for what errors say
  Row header;
  std::vector<Row> rows;

  // The place of a column; the error names the file and the columns it has.
  Result<std::size_t> column(std::string_view name) const;
};

// The file's first line is its header. Rows whose length is another than the header's are an error.
Result<Table> read_csv(const std::string& path);
// Every line is a row of `columns` fields; the last one takes what is left.
Result<Table> read_tsv(const std::string& path, std::size_t columns);

std::vector<Row> parse_csv(std::string_view text);

}  // namespace vitrine::eval
