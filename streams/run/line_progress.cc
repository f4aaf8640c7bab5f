#include "streams/run/line_progress.h"

#include <algorithm>
#include <charconv>

#include "streams/topology/scoped_row.h"

namespace vitrine::run_detail {
namespace {

// By the record's key and the input: the row lives with the key, whatever the number of shards.
// Logs of before have rows by the input alone.
constexpr const char* kState = "run.lines-taken.by-key";
constexpr const char* kFormerState = "run.lines-taken";

struct LineProgress {
  explicit LineProgress(Stores& stores) : taken(stores.keyed<ScopedRow, std::uint64_t>(kState)) {
    stores.keyed<std::uint64_t>(kFormerState);
  }
  void on_record(std::string_view key, std::string_view,
                 Context<std::string, std::uint64_t>& context) {
    const BytesView correlation = context.correlation();
    const auto hash = correlation.rfind('#');
    if (hash == BytesView::npos) return;
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(correlation.data() + hash + 1,
                                              correlation.data() + correlation.size(), number);
    if (error != std::errc{} || end != correlation.data() + correlation.size()) return;
    std::uint64_t& kept = taken.upsert({Bytes(key), Bytes(correlation.substr(0, hash))});
    kept = std::max(kept, number);
  }
  Keyed<ScopedRow, std::uint64_t> taken;
};

}  // namespace

Bytes line_correlation(const std::string& input_id, std::uint64_t number) {
  return input_id + "#" + std::to_string(number);
}

void keep_line_progress(App& app, const TextTopic& input) {
  app.stream(input).process([](Stores& stores) { return LineProgress{stores}; });
}

std::uint64_t lines_taken(const Engine& engine, const std::string& input_id) {
  // Lines are appended without a key.
  const auto bytes = engine.state_get(kState, encoded(ScopedRow{{}, input_id}));
  const auto former = engine.state_get(kFormerState, input_id);
  return std::max(bytes ? decoded<std::uint64_t>(*bytes).value_or(0) : 0,
                  former ? decoded<std::uint64_t>(*former).value_or(0) : 0);
}

}  // namespace vitrine::run_detail
