// The foreign-key join under any order in which its messages may arrive. What goes from one key to
// another keeps its order; besides, any message may wait as long as it likes, while rows of both
// tables come, move and go.
#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <tuple>

#include "streams/operators/window_test_kit.h"
#include "streams/store/typed_store.h"
#include "vitrine/app.h"

using namespace vitrine;

namespace foreign_join_model {
namespace {
using Numbered = std::pair<std::string, std::int64_t>;  // a key that is referred to, and a number
const Topic<std::string, std::string> lefts{"lefts"};   // "key:number", the key may be empty
const Topic<std::string, std::int64_t> rights{"rights"};
const Topic<std::string, std::string> joined{"joined"};  // "key:number/number"

Numbered parse(std::string_view text) {
  const auto colon = text.find(':');
  return {std::string(text.substr(0, colon)), std::stoll(std::string(text.substr(colon + 1)))};
}
std::string text(std::string_view left, const std::int64_t* right) {
  return std::string(left) + "/" + (right == nullptr ? "-" : std::to_string(*right));
}

App joining(bool left) {
  App app{"a"};
  const auto key = [](std::string_view value) {
    const auto refers = parse(value).first;
    return refers.empty() ? std::nullopt : std::optional(refers);
  };
  const auto table = app.table(lefts);
  if (left) {
    table.left_join(app.table(rights), key, "j", text).to(joined);
  } else {
    table
        .join(app.table(rights), key, "j",
              [](std::string_view value, std::int64_t right) { return text(value, &right); })
        .to(joined);
  }
  return app;
}

// Runs a topology whose hops are delivered when the test says so.
class Shuffled final : public Output {
 public:
  explicit Shuffled(const App& app) : topology_(app.topology(Plan::Split).value()) { start(); }

  void put(const std::string& topic, const std::string& key, Bytes value) {
    work_on(number_of(topic), {key, std::move(value), Time{}, {}});
  }
  // One message of those that may come next; false when none waits.
  bool deliver(test::Dice& dice) {
    if (waiting_.empty()) return false;
    auto queue = waiting_.begin();
    std::advance(queue, dice.below(static_cast<std::int64_t>(waiting_.size())));
    const std::size_t topic = std::get<0>(queue->first);
    const Record record = std::move(queue->second.front());
    queue->second.pop_front();
    if (queue->second.empty()) waiting_.erase(queue);
    work_on(topic, record);
    return true;
  }
  std::map<std::string, std::string> state(const std::string& name) const {
    std::map<std::string, std::string> rows;
    stores_->find(name)->scan([&](BytesView key, BytesView value) { rows.emplace(key, value); });
    return rows;
  }
  void emit(std::size_t topic, const RecordView& record) override {
    const auto inputs = topology_->inputs();
    if (std::find(inputs.begin(), inputs.end(), topic) != inputs.end()) {
      waiting_[{topic, from_, Bytes(record.key)}].push_back(record.copy());
    } else {
      out.emplace_back(record.key, record.value);
    }
  }
  std::vector<std::pair<std::string, std::string>> out;

 private:
  void start() {
    stores_ = std::make_unique<StoreSet>(*backend_, 64U << 20U);
    task_ = topology_->instantiate(*stores_);
    task_->restored();
  }
  std::size_t number_of(const std::string& topic) const {
    const auto topics = topology_->topics();
    for (std::size_t i = 0; i < topics.size(); ++i) {
      if (topics[i].name == topic) return i;
    }
    return topics.size();
  }
  void work_on(std::size_t topic, const Record& record) {
    from_ = record.key;
    stores_->begin_record();
    task_->on_record(topic, 0, Position{++position_}, view_of(record), *this);
  }

  std::unique_ptr<StateBackend> backend_ = memory_backend();
  std::shared_ptr<const Topology> topology_;
  std::unique_ptr<StoreSet> stores_;
  std::unique_ptr<Task> task_;
  std::map<std::tuple<std::size_t, Bytes, Bytes>, std::deque<Record>> waiting_;  // by from, to
  Bytes from_;  // the key that is worked on
  std::uint64_t position_ = 0;
};

struct Tables {
  std::map<std::string, std::string> left;
  std::map<std::string, std::int64_t> right;

  std::map<std::string, std::string> joined(bool left_join) const {
    std::map<std::string, std::string> out;
    for (const auto& [key, value] : left) {
      const auto found = right.find(parse(value).first);
      if (found != right.end()) out[key] = text(value, &found->second);
      if (found == right.end() && left_join) out[key] = text(value, nullptr);
    }
    return out;
  }
};

std::string letter(char first, std::int64_t number) {
  return std::string(1, static_cast<char>(first + number));
}

// One change of either table. Numbers grow, and right numbers say which key they are of.
void change(test::Dice& dice, std::int64_t number, Tables& tables, Shuffled& run) {
  const bool gone = dice.below(4) == 0;
  if (dice.below(3) > 0) {
    const std::string row = letter('p', dice.below(3));
    const std::string refers = dice.below(6) == 0 ? "" : letter('a', dice.below(3));
    const std::string value = refers + ":" + std::to_string(number);
    if (gone) tables.left.erase(row);
    if (!gone) tables.left[row] = value;
    run.put("lefts", row, gone ? "" : value);
  } else {
    const std::int64_t which = dice.below(3);
    if (gone) tables.right.erase(letter('a', which));
    if (!gone) tables.right[letter('a', which)] = number * 10 + which;
    run.put("rights", letter('a', which), gone ? "" : encoded(number * 10 + which));
  }
}

// No row stands beside one it does not refer to, and what it is shown of a key never goes back.
void check_told(const Shuffled& run) {
  std::map<std::pair<std::string, std::string>, std::int64_t> shown;
  for (const auto& [row, value] : run.out) {
    const auto slash = value.find('/');
    if (slash == value.npos || value.substr(slash) == "/-") continue;
    const std::string refers = parse(value).first;
    const std::int64_t right = std::stoll(value.substr(slash + 1));
    CHECK(letter('a', right % 10) == refers);
    std::int64_t& last = shown[{row, refers}];
    CHECK(right >= last);
    last = right;
  }
}

}  // namespace

TEST_CASE("whatever the order of its messages, a foreign-key join ends as the tables say") {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    CAPTURE(seed);
    const bool left = seed % 2 == 0;
    test::Dice dice(seed);
    Shuffled run{joining(left)};
    Tables tables;
    const std::int64_t haste = 1 + dice.below(4);  // how many messages come through between changes
    for (std::int64_t number = 1; number <= 120; ++number) {
      change(dice, number, tables, run);
      for (std::int64_t i = dice.below(haste); i > 0; --i) run.deliver(dice);
    }
    while (run.deliver(dice)) {
    }
    CHECK(run.state("j") == tables.joined(left));
    check_told(run);
    for (const char* row : {"p", "q", "r"}) run.put("lefts", row, "");
    while (run.deliver(dice)) {
    }
    for (const char* state : {"j", "j.keys", "j.refs"}) CHECK(run.state(state).empty());
  }
}

}  // namespace foreign_join_model
