#include <simdjson.h>

#include <stdexcept>

#include "streams/run/row_source.h"

namespace vitrine::detail {
namespace {

class JsonRow final : public Row {
 public:
  simdjson::dom::object object;

  std::string_view text(std::string_view field) const override {
    return get<std::string_view>(field, "a text");
  }
  std::int64_t integer(std::string_view field) const override {
    return get<std::int64_t>(field, "a whole number");
  }
  double real(std::string_view field) const override { return get<double>(field, "a number"); }
  bool has(std::string_view field) const override {
    return object[field].error() == simdjson::SUCCESS && !object[field].is_null();
  }

 private:
  template <class T>
  T get(std::string_view field, const char* kind) const {
    T value{};
    const auto member = object[field];
    if (member.error() != simdjson::SUCCESS)
      throw std::runtime_error("there is no field " + std::string(field));
    if (member.get(value) != simdjson::SUCCESS)
      throw std::runtime_error("field " + std::string(field) + " is not " + kind);
    return value;
  }
};

class JsonRows final : public Rows {
 public:
  bool next(TextFile& file, const Row*& row) override {
    row = &row_;
    do {
      if (!file.line(line_)) return false;
    } while (line_.empty());
    if (parser_.parse(line_).get(row_.object) != simdjson::SUCCESS)
      throw std::runtime_error("this line is no JSON object");
    return true;
  }

 private:
  simdjson::dom::parser parser_;
  JsonRow row_;
  std::string line_;
};

}  // namespace

Result<std::unique_ptr<BoundedSource>> json_source(const std::string& path, std::string topic,
                                                   RowReader read) {
  return row_source(path, std::move(topic), std::make_unique<JsonRows>(), std::move(read));
}

}  // namespace vitrine::detail
