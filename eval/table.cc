#include "eval/table.h"

#include "eval/files.h"

namespace vitrine::eval {

std::vector<Row> parse_csv(std::string_view text) {
  std::vector<Row> rows;
  Row row;
  std::string field;
  bool quoted = false;
  const auto end_row = [&] {
    row.push_back(std::move(field));
    field.clear();
    if (row.size() > 1 || !row[0].empty()) rows.push_back(std::move(row));
    row.clear();
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c != '"') {
        field += c;
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        field += text[++i];
      } else {
        quoted = false;
      }
    } else if (c == '"' && field.empty()) {
      quoted = true;
    } else if (c == ',') {
      row.push_back(std::move(field));
      field.clear();
    } else if (c == '\n') {
      if (!field.empty() && field.back() == '\r') field.pop_back();
      end_row();
    } else {
      field += c;
    }
  }
  if (!field.empty() || !row.empty()) end_row();
  return rows;
}

Result<std::size_t> Table::column(std::string_view name) const {
  std::string known;
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (header[i] == name) return i;
    known += (i == 0 ? "" : ", ") + header[i];
  }
  return fail(Code::Invalid, "read " + path + ": no column " + std::string(name) + " among " +
                                 known +
                                 "; give a file with the same columns as the training file");
}

Result<Table> read_csv(const std::string& path) {
  VT_TRY(const Bytes text, read_file(path));
  Table table{path, {}, parse_csv(text)};
  if (table.rows.empty())
    return fail(Code::Invalid, "read " + path + ": it is empty; give a file with a header");
  table.header = std::move(table.rows.front());
  table.rows.erase(table.rows.begin());
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    if (table.rows[i].size() != table.header.size())
      return fail(Code::Invalid, "read " + path + ": row " + std::to_string(i + 1) + " has " +
                                     std::to_string(table.rows[i].size()) + " fields, the header " +
                                     std::to_string(table.header.size()) + "; mend the file");
  }
  return table;
}

Result<Table> read_tsv(const std::string& path, std::size_t columns) {
  VT_TRY(const Bytes text, read_file(path));
  Table table{path, {}, {}};
  for (std::string_view line : lines_of(text)) {
    Row row;
    while (row.size() + 1 < columns && line.find('\t') != std::string_view::npos) {
      row.emplace_back(line.substr(0, line.find('\t')));
      line.remove_prefix(line.find('\t') + 1);
    }
    row.emplace_back(line);
    if (row.size() != columns)
      return fail(Code::Invalid, "read " + path + ": row " + std::to_string(table.rows.size() + 1) +
                                     " has fewer than " + std::to_string(columns) +
                                     " fields between tabs; mend the file");
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace vitrine::eval
