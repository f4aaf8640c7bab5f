#include "commerce/models/record.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "commerce/models/fingerprint.h"

namespace vitrine::models {
namespace {

constexpr std::string_view kBlobLine = "---\n";
constexpr std::array<std::string_view, 3> kEngines{"builtin", "off", "onnx"};

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kNameMax && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

bool is_digest(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

template <class Number>
bool read_number(std::string_view text, Number& out) {
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, out);
  return read.ec == std::errc{} && read.ptr == end;
}

// True when the line says something a record has.
bool take_line(std::string_view line, ModelRecord& record) {
  const auto space = line.find(' ');
  const std::string_view word = line.substr(0, space);
  const std::string_view rest = space == std::string_view::npos ? "" : line.substr(space + 1);
  const std::string value(rest);
  if (word == "name") record.set_name(value);
  else if (word == "kind") record.set_kind(value);
  else if (word == "engine") record.set_engine(value);
  else if (word == "provenance") record.set_provenance(value);
  else if (word == "blob_sha256") record.set_blob_sha256(value);
  else if (word == "version") {
    std::int64_t version = 0;
    if (!read_number(rest, version)) return false;
    record.set_version(version);
  } else if (word == "parameter") {
    const auto gap = rest.find(' ');
    double number = 0;
    if (gap == std::string_view::npos || !read_number(rest.substr(gap + 1), number)) return false;
    set_parameter(record, rest.substr(0, gap), number);
  } else {
    return false;
  }
  return true;
}

}  // namespace

std::string fingerprint_of(const ModelRecord& record) {
  Fingerprint print;
  print.add(record.kind());
  print.add(record.engine());
  for (const ModelParameter& one : record.parameters()) {
    print.add(one.name());
    print.add(one.value());
  }
  print.add(record.blob_sha256());
  return print.hex();
}

std::optional<std::string> flaw_of(const ModelRecord& record) {
  if (!is_name(record.name())) return "its name is no word of small letters";
  if (record.version() < kBuiltinVersion) return "its version is no number from 1 on";
  if (!is_name(record.kind())) return "its kind is no word of small letters";
  if (!std::ranges::binary_search(kEngines, record.engine()))
    return "its engine \"" + record.engine() + "\" is none of off, builtin, onnx";
  if (record.parameters_size() > kParametersMax)
    return "it has more than " + std::to_string(kParametersMax) + " parameters";
  for (int i = 0; i < record.parameters_size(); ++i) {
    const ModelParameter& one = record.parameters(i);
    if (!is_name(one.name()) || !std::isfinite(one.value()))
      return "its parameter \"" + one.name() + "\" is no word with a finite number";
    if (i > 0 && record.parameters(i - 1).name() >= one.name())
      return "its parameters are not sorted, each once";
  }
  if (record.provenance().empty() || record.provenance().size() > kSentenceMax)
    return "its provenance is no sentence of 1 to " + std::to_string(kSentenceMax) + " bytes";
  if (record.blob().size() > kBlobBytesMax)
    return "its blob has " + std::to_string(record.blob().size()) + " bytes, at most " +
           std::to_string(kBlobBytesMax) + " are taken";
  if (!record.blob_sha256().empty() && !is_digest(record.blob_sha256()))
    return "its blob_sha256 is not 64 small hexadecimal digits";
  if (!record.blob().empty() && sha256_of(record.blob()) != record.blob_sha256())
    return "its blob is corrupt: the bytes do not have the hash that the record states";
  return std::nullopt;
}

Result<ModelRecord> read_model_file(std::string_view text) {
  ModelRecord record;
  for (int number = 1; !text.empty(); ++number) {
    if (text.starts_with(kBlobLine)) {
      record.set_blob(std::string(text.substr(kBlobLine.size())));
      break;
    }
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.empty() || line.starts_with('#')) continue;
    if (!take_line(line, record))
      return fail(Code::Invalid,
                  "line " + std::to_string(number) + " is nothing a model file says");
  }
  if (const auto flaw = flaw_of(record)) {
    const bool corrupt = flaw->find("corrupt") != std::string::npos;
    return fail(corrupt ? Code::Corrupt : Code::Invalid, *flaw);
  }
  return record;
}

std::string model_file_of(const ModelRecord& record) {
  std::string out = "name " + record.name() + "\nversion " + std::to_string(record.version()) +
                    "\nkind " + record.kind() + "\nengine " + record.engine() + "\nprovenance " +
                    record.provenance() + "\n";
  for (const ModelParameter& one : record.parameters()) {
    std::array<char, 40> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), one.value());
    out += "parameter " + one.name() + " " + std::string(digits.data(), end.ptr) + "\n";
  }
  if (!record.blob_sha256().empty()) out += "blob_sha256 " + record.blob_sha256() + "\n";
  return record.blob().empty() ? out : out + std::string(kBlobLine) + record.blob();
}

double parameter(const ModelRecord& record, std::string_view name, double otherwise) {
  for (const ModelParameter& one : record.parameters())
    if (one.name() == name) return one.value();
  return otherwise;
}

void set_parameter(ModelRecord& record, std::string_view name, double value) {
  auto& all = *record.mutable_parameters();
  auto at = std::ranges::find_if(all, [&](const auto& one) { return one.name() >= name; });
  if (at == all.end() || at->name() != name) {
    const auto place = static_cast<int>(at - all.begin());
    all.Add()->set_name(std::string(name));
    for (int i = all.size() - 1; i > place; --i) all.SwapElements(i, i - 1);
    at = all.begin() + place;
  }
  at->set_value(value);
}

}  // namespace vitrine::models
