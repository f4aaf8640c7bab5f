#include "streams/run/row_source.h"

#include <array>
#include <exception>
#include <stdexcept>

namespace vitrine::detail {
namespace {

constexpr std::size_t kRowBytesMax = 1U << 20U;

class RowSource final : public BoundedSource {
 public:
  RowSource(const std::string& path, std::string topic, std::unique_ptr<Rows> rows, RowReader read)
      : path_(path),
        file_(path),
        topic_(std::move(topic)),
        rows_(std::move(rows)),
        read_(std::move(read)) {}
  bool good() const { return file_.good(); }
  const std::string& topic() const override { return topic_; }

  Result<bool> next(BoundedRecord& out) override {
    try {
      const Row* row = nullptr;
      while (rows_->next(file_, row)) {
        made_ = read_(*row);
        if (!made_) continue;
        out = {0, Position{++count_}, {made_->key, made_->value, made_->timestamp, {}}};
        return true;
      }
      return false;
    } catch (const std::exception& error) {
      return fail(Code::Invalid, "read " + path_ + ", line " + std::to_string(file_.number()) +
                                     ": " + error.what());
    }
  }

 private:
  std::string path_;
  TextFile file_;
  std::string topic_;
  std::unique_ptr<Rows> rows_;
  RowReader read_;
  std::optional<RowRecord> made_;  // what was given out last
  std::uint64_t count_ = 0;
};

}  // namespace

bool TextFile::line(std::string& out) {
  row_bytes_ = 0;
  return more(out);
}

bool TextFile::more(std::string& out) {
  out.clear();
  if (!in_) return false;
  // std::getline would read a file without line ends whole.
  std::streambuf& buffer = *in_.rdbuf();
  int c = buffer.sbumpc();
  if (c == std::char_traits<char>::eof()) return false;
  ++number_;
  for (; c != std::char_traits<char>::eof() && c != '\n'; c = buffer.sbumpc()) {
    if (++row_bytes_ > kRowBytesMax) throw std::runtime_error("longer than 1 MiB");
    out += static_cast<char>(c);
  }
  if (!out.empty() && out.back() == '\r') out.pop_back();
  return true;
}

Result<std::unique_ptr<BoundedSource>> row_source(const std::string& path, std::string topic,
                                                  std::unique_ptr<Rows> rows, RowReader read) {
  auto source =
      std::make_unique<RowSource>(path, std::move(topic), std::move(rows), std::move(read));
  if (!source->good()) return fail(Code::NotFound, "read " + path + ": there is no such file");
  return source;
}

}  // namespace vitrine::detail
