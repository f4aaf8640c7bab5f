#include "streams/run/table_printer.h"

#include <array>
#include <cstdio>
#include <span>

namespace vitrine::run_detail {
namespace {

constexpr std::size_t kBatchRecords = 50'000;
constexpr ByteCount kBatchBytes = 8U << 20U;

Result<void> write_out(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    return fail(Code::Io, "write to standard output: it is closed");
  }
  return {};
}

}  // namespace

TablePrinter::TablePrinter(const Engine& engine, std::string topic, OutputMode mode)
    : engine_(engine),
      topic_(std::move(topic)),
      mode_(mode),
      next_(mode == OutputMode::Complete ? Position{1} : engine.committed_end()) {}

Result<void> TablePrinter::catch_up() {
  if (mode_ == OutputMode::None) return {};
  std::map<std::string, std::string> changed;
  const Position end = engine_.committed_end();
  while (next_ < end) {
    VT_TRY(auto batch, engine_.fetch(std::span(&topic_, 1), next_, kBatchRecords, kBatchBytes));
    next_ = batch.next;
    for (Positioned& one : batch.records) {
      auto& rows = mode_ == OutputMode::Complete ? table_ : changed;
      rows.insert_or_assign(std::move(one.record.key), std::move(one.record.value));
      if (mode_ == OutputMode::Complete) changed.try_emplace({});
    }
  }
  if (changed.empty()) return {};
  return mode_ == OutputMode::Complete ? print(table_, printed_) : print(changed, false);
}

Result<void> TablePrinter::print(const std::map<std::string, std::string>& rows, bool part) {
  std::string text = part ? "\n" : "";
  for (const auto& [key, value] : rows) text.append(key).append("\t").append(value).append("\n");
  printed_ = true;
  return write_out(text);
}

Result<void> dump_topic(const std::string& log_folder, const std::string& topic) {
  VT_TRY(const auto journal, Journal::open_read_only(real_env().disk, log_folder + "/journal"));
  Position next{1};
  while (next < journal->committed_end()) {
    VT_TRY(auto batch, journal->read(std::span(&topic, 1), next, kBatchRecords, kBatchBytes));
    next = batch.next;
    std::string text;
    for (const Positioned& one : batch.records) {
      text.append(one.record.key).append("\t").append(one.record.value).append("\n");
    }
    VT_TRY_VOID(write_out(text));
  }
  return {};
}

}  // namespace vitrine::run_detail
