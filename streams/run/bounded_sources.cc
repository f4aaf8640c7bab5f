#include <charconv>
#include <fstream>
#include <stdexcept>
#include <unordered_map>

#include "streams/log/journal.h"
#include "streams/run/row_source.h"
#include "streams/runtime/record_arena.h"

namespace vitrine {
namespace detail {
namespace {

class LogSource final : public BoundedSource {
 public:
  LogSource(std::unique_ptr<Journal> journal, std::string topic, Position from, Position end)
      : journal_(std::move(journal)), topics_{std::move(topic)}, next_(from), end_(end) {}
  const std::string& topic() const override { return topics_[0]; }

  Result<bool> next(BoundedRecord& record) override {
    while (at_ == batch_.size()) {
      if (next_ >= end_) return false;
      batch_.clear();
      at_ = 0;
      // As much as a large commit holds: what is left of one is read and verified again.
      VT_TRY(const auto read,
             journal_->visit(topics_, next_, 1U << 16U, 16U << 20U,
                             [&](const std::string&, std::uint32_t partition, Position position,
                                 const RecordView& one) {
                               batch_.add(0, partition, position, one);
                             }));
      if (batch_.size() == 0 && (read.next == next_ || read.next >= journal_->committed_end()))
        return false;
      next_ = read.next;
    }
    if (batch_.position(at_) >= end_) return false;
    record = {batch_.partition(at_), batch_.position(at_), batch_.record(at_)};
    ++at_;
    return true;
  }

 private:
  std::unique_ptr<Journal> journal_;
  std::vector<std::string> topics_;
  Position next_, end_;
  RecordArena batch_;
  std::size_t at_ = 0;
};

class LineRow final : public Row {
 public:
  std::string line;
  std::string_view text(std::string_view) const override { return line; }
  std::int64_t integer(std::string_view) const override { return 0; }
  double real(std::string_view) const override { return 0; }
  bool has(std::string_view) const override { return false; }
};

class LineRows final : public Rows {
 public:
  bool next(TextFile& file, const Row*& row) override {
    row = &row_;
    return file.line(row_.line);
  }

 private:
  LineRow row_;
};

class CsvRow final : public Row {
 public:
  std::unordered_map<std::string, std::size_t> columns;
  std::vector<std::string> fields;

  std::string_view text(std::string_view field) const override {
    const auto at = columns.find(std::string(field));
    if (at == columns.end())
      throw std::runtime_error("the header has no field " + std::string(field));
    return fields[at->second];
  }
  std::int64_t integer(std::string_view field) const override {
    return number<std::int64_t>(field, "a whole number");
  }
  double real(std::string_view field) const override { return number<double>(field, "a number"); }
  bool has(std::string_view field) const override {
    const auto at = columns.find(std::string(field));
    return at != columns.end() && !fields[at->second].empty();
  }

 private:
  template <class T>
  T number(std::string_view field, const char* kind) const {
    const std::string_view from = text(field);
    T value{};
    const auto [end, error] = std::from_chars(from.data(), from.data() + from.size(), value);
    if (error != std::errc{} || end != from.data() + from.size())
      throw std::runtime_error("field " + std::string(field) + " is \"" + std::string(from) +
                               "\", not " + kind);
    return value;
  }
};

// RFC 4180: a quoted field may hold separators, line ends, and quotes written twice.
class CsvRows final : public Rows {
 public:
  bool next(TextFile& file, const Row*& row) override {
    row = &row_;
    if (row_.columns.empty()) {
      if (!read(file)) throw std::runtime_error("a header line is needed");
      for (std::size_t i = 0; i < row_.fields.size(); ++i) row_.columns[row_.fields[i]] = i;
    }
    if (!read(file)) return false;
    if (row_.fields.size() != row_.columns.size())
      throw std::runtime_error(std::to_string(row_.fields.size()) + " fields, the header has " +
                               std::to_string(row_.columns.size()));
    return true;
  }

 private:
  bool read(TextFile& file) {
    do {
      if (!file.line(line_)) return false;
    } while (line_.empty());
    row_.fields.assign(1, {});
    bool quoted = false;
    for (std::size_t i = 0; i <= line_.size(); ++i) {
      if (i == line_.size()) {
        if (!quoted) break;
        if (!file.more(line_)) throw std::runtime_error("a quoted field does not end");
        row_.fields.back() += '\n';
        i = static_cast<std::size_t>(-1);  // goes on with the first character of what came
        continue;
      }
      const char c = line_[i];
      if (c == '"') {
        const bool twice = quoted && i + 1 < line_.size() && line_[i + 1] == '"';
        if (twice)
          row_.fields.back() += line_[i++];
        else
          quoted = !quoted;
      } else if (c == ',' && !quoted) {
        row_.fields.emplace_back();
      } else {
        row_.fields.back() += c;
      }
    }
    return true;
  }

  CsvRow row_;
  std::string line_;
};

RowRecord line_record(const Row& row) { return {{}, Bytes(row.text({})), {}}; }

}  // namespace

Result<std::unique_ptr<BoundedSource>> log_source(Disk& disk, const std::string& folder,
                                                  std::string topic, Position from, Position end) {
  VT_TRY(auto journal, Journal::open_read_only(disk, folder + "/journal"));
  return std::make_unique<LogSource>(std::move(journal), std::move(topic), from, end);
}

Result<std::unique_ptr<BoundedSource>> line_source(const std::string& path, std::string topic) {
  return row_source(path, std::move(topic), std::make_unique<LineRows>(), line_record);
}

Result<std::unique_ptr<BoundedSource>> csv_source(const std::string& path, std::string topic,
                                                  RowReader read) {
  return row_source(path, std::move(topic), std::make_unique<CsvRows>(), std::move(read));
}

}  // namespace detail
}  // namespace vitrine
