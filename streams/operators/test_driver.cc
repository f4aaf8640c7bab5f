#include "vitrine/test_driver.h"

#include <array>
#include <deque>
#include <exception>

#include "streams/operators/call_table.h"
#include "streams/store/state_types.h"

namespace vitrine {
namespace {

// What one record emitted, until it has ended well.
class Emitted final : public Output {
 public:
  void emit(std::size_t topic, const RecordView& record) override {
    records.emplace_back(topic, record.copy());
  }
  std::vector<std::pair<std::size_t, Record>> records;
};

}  // namespace

struct TestDriver::Impl {
  std::shared_ptr<const Topology> topology;
  std::unique_ptr<StateBackend> backend = memory_backend();
  std::unique_ptr<StoreSet> stores;
  std::unique_ptr<Task> task;
  std::map<std::string, std::vector<Record>> log;
  std::deque<std::pair<std::size_t, Record>> waiting;  // records of input topics that were emitted
  Time wall = Time{};
  std::uint64_t position = 0;

  void make_task() {
    stores = std::make_unique<StoreSet>(*backend, 64U << 20U);
    task = topology->instantiate(*stores);
    task->restored();
  }

  bool is_input(std::size_t topic) const {
    for (std::size_t input : topology->inputs()) {
      if (input == topic) return true;
    }
    return false;
  }

  void keep(std::size_t topic, Record record) {
    log[topology->topics()[topic].name].push_back(record);
    if (is_input(topic)) waiting.emplace_back(topic, std::move(record));
  }
  void keep(Emitted& emitted) {
    for (auto& [topic, record] : emitted.records) keep(topic, std::move(record));
    emitted.records.clear();
  }

  void work_on(std::size_t topic, const Record& record) {
    Emitted emitted;
    ++position;
    stores->begin_record();
    try {
      task->on_record(topic, 0, Position{position}, view_of(record), emitted);
    } catch (const std::exception& error) {
      stores->undo_record();
      const std::string& name = topology->topics()[topic].name;
      const DeadLetter letter{name, 0, position, error.what(), record.key, record.value};
      log[dead_letter_topic(name)].push_back(
          {record.key, encoded(letter), record.timestamp, record.correlation});
      return;
    }
    keep(emitted);
  }

  void drain() {
    while (!waiting.empty()) {
      const auto [topic, record] = std::move(waiting.front());
      waiting.pop_front();
      work_on(topic, record);
    }
  }

  void tick(Time now) {
    wall = now;
    Emitted emitted;
    stores->begin_record();
    task->on_wall(now, emitted);
    keep(emitted);
    drain();
  }
};

TestDriver::TestDriver(const App& app, Plan plan) : impl_(std::make_unique<Impl>()) {
  auto topology = app.topology(plan);
  VT_CHECK_MSG(topology.has_value(), topology.has_value() ? "" : topology.error().message);
  impl_->topology = std::move(*topology);
  impl_->make_task();
  impl_->tick(impl_->wall);
}

TestDriver::~TestDriver() = default;

void TestDriver::pipe_bytes(const std::string& topic, Record record) {
  const auto topics = impl_->topology->topics();
  for (std::size_t i = 0; i < topics.size(); ++i) {
    if (topics[i].name != topic) continue;
    impl_->tick(impl_->wall);
    impl_->keep(i, std::move(record));
    impl_->drain();
    return;
  }
  VT_CHECK_MSG(false, "topic " + topic + " is not part of " + impl_->topology->name());
}

Time TestDriver::now() const { return impl_->wall; }

void TestDriver::advance_to(Time wall) {
  constexpr int kTicksMax = 100'000;
  for (int ticks = 0; impl_->wall < wall; ++ticks) {
    VT_CHECK_MSG(ticks < kTicksMax, "timers fire without end");
    // Stop at every due moment on the way, as a runtime that sleeps until the next timer does.
    impl_->tick(
        std::min(wall, std::max(impl_->wall + Duration{1}, impl_->task->next_wall_timer())));
  }
  for (int ticks = 0; impl_->task->next_wall_timer() <= impl_->wall; ++ticks) {
    VT_CHECK_MSG(ticks < kTicksMax, "timers fire without end");
    impl_->tick(impl_->wall);
  }
}

Result<void> TestDriver::restart_as(const App& app, Plan plan) {
  VT_TRY(auto topology, app.topology(plan));
  const auto upgrades = topology->upgrades();
  for (const std::string& line : topology->stores()) {
    std::vector<std::string> written;
    for (const std::string& known : impl_->topology->stores()) {
      if (state_name_of(known) == state_name_of(line)) written.push_back(known);
    }
    VT_TRY_VOID(check_state_line(written, line, upgrades));
  }
  impl_->topology = std::move(topology);
  restart();
  return {};
}

void TestDriver::restart() {
  // The whole state, since this driver keeps no journal: what stands in the stores is what was
  // committed.
  std::map<std::string, std::vector<std::pair<Bytes, Bytes>>> all;
  for (AnyStore* store : impl_->stores->all()) all[store->name()] = state_bytes(store->name());
  impl_->make_task();
  for (const auto& [store, rows] : all) {
    for (const auto& [key, value] : rows) impl_->stores->restore(store, key, value, false);
  }
  impl_->task->restored();
  impl_->tick(impl_->wall);
  for (const TopicInfo& topic : impl_->topology->topics()) {
    if (topic.value_serde != Serde<CallReport>::name) continue;
    pipe_bytes(topic.name, {{}, encoded(CallReport{}), impl_->wall, {}});
  }
}

std::vector<CallRequest> TestDriver::sent_calls(const std::string& call) const {
  std::vector<CallRequest> sent;
  const AnyStore* open = impl_->stores->find(call);
  VT_CHECK_MSG(open != nullptr, "call " + call + " is not part of " + impl_->topology->name());
  for (const Record& record : records(call_requests_topic(impl_->topology->name(), call))) {
    auto request = decoded<CallRequest>(record.value);
    VT_CHECK(request.has_value());
    std::erase_if(sent, [&](const CallRequest& one) { return one.id == request->id; });
    Bytes row;
    if (!open->get(request->id, row)) continue;
    if (decoded<nodes::OpenCall>(row)->sent) sent.push_back(std::move(*request));
  }
  return sent;
}

void TestDriver::report(const std::string& call, ReportKind kind, const std::string& id,
                        Bytes body) {
  const std::string& app = impl_->topology->name();
  CallReport report{kind, id, 0, std::move(body)};
  const Record* last = nullptr;
  for (const Record& record : records(call_requests_topic(app, call))) {
    const auto request = decoded<CallRequest>(record.value);
    if (request->id != id) continue;
    report.attempt = request->attempt;
    last = &record;
  }
  VT_CHECK_MSG(last != nullptr, "no call " + id + " of " + call + " was ever sent");
  pipe_bytes(call_reports_topic(app, call),
             {last->key, encoded(report), impl_->wall, last->correlation});
}

std::vector<DeadLetter> TestDriver::dead_letters(const std::string& topic_or_state) const {
  std::vector<DeadLetter> out;
  for (const Record& record : records(dead_letter_topic(topic_or_state))) {
    auto letter = decoded<DeadLetter>(record.value);
    VT_CHECK(letter.has_value());
    out.push_back(std::move(*letter));
  }
  return out;
}

std::vector<std::pair<Bytes, Bytes>> TestDriver::state_bytes(const std::string& name) const {
  const AnyStore* store = impl_->stores->find(name);
  VT_CHECK_MSG(store != nullptr, "there is no state named " + name);
  std::vector<std::pair<Bytes, Bytes>> out;
  store->scan([&](BytesView key, BytesView value) { out.emplace_back(Bytes(key), Bytes(value)); });
  return out;
}

std::optional<Bytes> TestDriver::state_get(const std::string& store, BytesView key) const {
  const AnyStore* found = impl_->stores->find(store);
  Bytes value;
  if (found == nullptr || !found->get(key, value)) return std::nullopt;
  return value;
}

Result<StatePage> TestDriver::state_scan(const StateScan& scan) const {
  VT_TRY(auto part, take_part(*impl_->stores, scan));
  const std::array<ScanPart, 1> parts{std::move(part)};
  return merged(scan, parts);
}

std::vector<std::string> TestDriver::state_types() const { return impl_->topology->stores(); }

const std::vector<Record>& TestDriver::records(const std::string& topic) const {
  static const std::vector<Record> kNone;
  const auto found = impl_->log.find(topic);
  return found == impl_->log.end() ? kNone : found->second;
}

}  // namespace vitrine
