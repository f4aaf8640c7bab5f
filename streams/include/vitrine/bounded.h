#pragma once
// Batch is the stream that ends: the same App over input that has an end, without a log of its own.
//
//   std::vector<std::unique_ptr<BoundedSource>> inputs;
//   inputs.push_back(from_log(real_env().disk, "./var/log/shop", orders).value());
//   auto done = run_bounded(app, std::move(inputs), {.on_record = print});
//
// Deterministic: inputs are merged by (timestamp, order of `inputs`, place in the input), the wall
// clock follows the timestamps and never runs back, records that the App sends to its own inputs
// are worked on before the next. So the run over a log's input topics gives what the live App gave,
// as long as nothing in it asks for wall timers or positions of its own hops. State lives in memory
// (or in `state_folder`, removed by the caller); nothing is journalled.
//
// What user code throws is undone and dead-lettered as everywhere; a source that cannot be read
// ends the run with its Error, which names file and line. Threads: the caller's.
// Cost: about the App's own; a log is read at the journal's speed.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/env.h"
#include "vitrine/app.h"
#include "vitrine/topic.h"

namespace vitrine {

// A record of a source, borrowed from it until the next one is asked for.
struct BoundedRecord {
  std::uint32_t partition = 0;
  Position position;
  RecordView record;
};

// Records of one topic, in their order. next() replaces `record`; false at the end.
class BoundedSource {
 public:
  virtual ~BoundedSource() = default;
  virtual const std::string& topic() const = 0;
  virtual Result<bool> next(BoundedRecord& record) = 0;
};

// One row of a file. A field that is missing or of another kind throws std::runtime_error; the run
// then ends with an Error that adds file and line.
class Row {
 public:
  virtual ~Row() = default;
  virtual std::string_view text(std::string_view field) const = 0;  // borrowed until the next row
  virtual std::int64_t integer(std::string_view field) const = 0;
  virtual double real(std::string_view field) const = 0;
  virtual bool has(std::string_view field) const = 0;
};

// A record made from a row: key and value encoded, and its time.
struct RowRecord {
  Bytes key, value;
  Time timestamp{};
};
using RowReader = std::function<std::optional<RowRecord>(const Row&)>;  // nullopt: left out

namespace detail {
Result<std::unique_ptr<BoundedSource>> log_source(Disk& disk, const std::string& folder,
                                                  std::string topic, Position from, Position end);
Result<std::unique_ptr<BoundedSource>> line_source(const std::string& path, std::string topic);
Result<std::unique_ptr<BoundedSource>> csv_source(const std::string& path, std::string topic,
                                                  RowReader read);
Result<std::unique_ptr<BoundedSource>> json_source(const std::string& path, std::string topic,
                                                   RowReader read);

template <class K, class V, class F>
RowReader row_reader(F read) {
  static_assert(std::is_invocable_r_v<bool, F&, const Row&, K&, V&, Time&>,
                "vitrine: from_csv/from_json(path, topic, f): f must be callable as bool(const "
                "Row&, Key&, Value&, Time&) of the topic's types; false leaves the row out");
  return [read = std::move(read)](const Row& row) -> std::optional<RowRecord> {
    K key{};
    V value{};
    RowRecord out;
    if (!read(row, key, value, out.timestamp)) return std::nullopt;
    Serde<K>::encode(key, out.key);
    Serde<V>::encode(value, out.value);
    return out;
  };
}
}  // namespace detail

// The committed records of a topic in the App's log folder (the one with journal/ in it), also
// beside the running program: from position `from` up to, not including, `end` or what is committed
// now. Changes nothing, takes no lock.
template <class K, class V>
auto from_log(Disk& disk, const std::string& folder, const Topic<K, V>& topic,
              Position from = Position{1}, Position end = Position{~std::uint64_t{0}}) {
  return detail::log_source(disk, folder, topic.name(), from, end);
}

// Lines of a text file: the value is the line, the key is empty, the time 0. At most 1 MiB a line.
inline auto from_lines(const std::string& path, const Topic<std::string, std::string>& topic) {
  return detail::line_source(path, topic.name());
}

// RFC 4180 with a header line; quoted fields may span lines. At most 1 MiB a row.
template <class K, class V, class F>
auto from_csv(const std::string& path, const Topic<K, V>& topic, F read) {
  return detail::csv_source(path, topic.name(), detail::row_reader<K, V>(std::move(read)));
}

// One JSON object a line; fields are its members. At most 1 MiB a line.
template <class K, class V, class F>
auto from_json(const std::string& path, const Topic<K, V>& topic, F read) {
  return detail::json_source(path, topic.name(), detail::row_reader<K, V>(std::move(read)));
}

struct BoundedOptions {
  // Every record of every topic that the App writes, dead letters included, in order. Its strings
  // are borrowed for the call.
  std::function<void(const std::string& topic, const RecordView& record)> on_record = {};
  Duration after{0};         // the clock goes on for this long when the input has ended
  std::string state_folder = {};  // empty: in memory
  ByteCount state_cache_bytes = 256U << 20U;
};

struct BoundedReport {
  std::uint64_t records_in = 0;
  std::uint64_t records_out = 0;  // on all topics the App writes
  std::uint64_t dead_letters = 0;
  Time last;  // the clock at the end
};

// Invalid when the topology has problems or a source's topic is none of its inputs.
Result<BoundedReport> run_bounded(const App& app,
                                  std::vector<std::unique_ptr<BoundedSource>> inputs,
                                  const BoundedOptions& options = {});

}  // namespace vitrine
