#include "sim/sim_app.h"

#include <fmt/format.h>

#include <array>
#include <stdexcept>

#include "streams/topology/dead_letter.h"
#include "streams/topology/scoped_row.h"

namespace vitrine::sim {
namespace {

using namespace std::chrono_literals;

const Topic<std::string, std::uint64_t> counts{"counts"};
const Topic<std::string, std::uint64_t> hops{"hops"};
const Topic<std::string, Seen> lists{"lists"};
const Topic<Windowed<std::string>, std::vector<std::uint64_t>> windows{"windows"};
const Topic<std::string, Op> late{"late"};
const Topic<std::string, std::uint64_t> rings{"rings"};

// Sets a timer for "ring" and throws for "bad", after the other operators have changed their state.
struct Bell {
  explicit Bell(Stores& stores) : waiting(stores.keyed<ScopedRow, std::uint64_t>("waiting")) {}
  void on_record(std::string_view key, const Op& op, Context<std::string, std::uint64_t>& context) {
    const std::string id = std::to_string(op.id);
    const ScopedRow row{Bytes(key), id};
    waiting.put(row, op.id);
    if (op.kind == "bad") throw std::runtime_error("bad");
    if (op.kind != "ring") return waiting.erase(row);
    context.timers().at(context.timestamp() + Duration{op.delay_ms}, key, id);
  }
  void on_timer(std::string_view key, Time, std::string_view id,
                Context<std::string, std::uint64_t>& context) {
    const ScopedRow row{Bytes(key), Bytes(id)};
    const auto* known = waiting.find(row);
    context.emit(id, known == nullptr ? ~std::uint64_t{0} : *known);
    waiting.erase(row);
  }
  Keyed<ScopedRow, std::uint64_t> waiting;
};

template <class K, class V>
std::vector<std::pair<K, V>> read(const Engine& engine, const Topic<K, V>& topic,
                                  std::vector<std::uint64_t>* positions = nullptr) {
  const std::array<std::string, 1> topics{topic.name()};
  std::vector<std::pair<K, V>> all;
  Position from{1};
  while (from < engine.committed_end()) {
    auto batch = engine.fetch(topics, from, 4096, 4U << 20U).value();
    for (const auto& record : batch.records) {
      all.emplace_back(decoded<K>(record.record.key).value(),
                       decoded<V>(record.record.value).value());
      if (positions != nullptr) positions->push_back(record.position.value());
    }
    from = batch.next;
  }
  return all;
}

// One check of a log; the first broken promise is thrown.
class Check {
 public:
  Check(const Engine& engine, const SimLedger& ledger, bool settled)
      : engine_(engine),
        ledger_(ledger),
        settled_(settled),
        at_once_(settled || engine.shards() == 1) {}

  void all() {
    inputs();
    counted();
    hopped();
    windowed();
    rung();
    dead();
  }

 private:
  template <class... Args>
  static void must(bool good, fmt::format_string<Args...> text, Args&&... args) {
    if (!good) throw std::runtime_error(fmt::format(text, std::forward<Args>(args)...));
  }

  // Acknowledged: there, once, where it was said to be. Not acknowledged: there once, or not.
  void inputs() {
    std::vector<std::uint64_t> positions;
    const auto in = read(engine_, sim_input, &positions);
    std::map<std::uint64_t, std::uint64_t> place;
    std::map<std::string, std::uint64_t> last;
    for (std::size_t i = 0; i < in.size(); ++i) {
      const auto& [key, op] = in[i];
      must(op.id < ledger_.sent.size() && ledger_.sent[op.id].key == key,
           "input {} was never sent with this key", op.id);
      must(place.emplace(op.id, positions[i]).second, "input {} is there twice", op.id);
      const std::uint64_t before = last.contains(key) ? last[key] : 0;
      must(before == 0 || before < op.id, "input {} of {} comes after {}", op.id, key, before);
      last[key] = op.id;
      if (op.kind != "bad")
        good_.push_back({key, op});
      else
        bad_.insert(op.id);
    }
    for (const auto& sent : ledger_.sent) {
      if (sent.position == 0) continue;
      must(place.contains(sent.op.id), "acknowledged input {} is lost", sent.op.id);
      must(place[sent.op.id] == sent.position, "input {} was acknowledged at {} and stands at {}",
           sent.op.id, sent.position, place[sent.op.id]);
    }
  }

  void counted() {
    std::map<std::string, std::uint64_t> expected, told;
    for (const auto& [key, op] : good_) ++expected[key];
    for (const auto& [key, count] : read(engine_, counts)) {
      const std::uint64_t before = told[key]++;
      must(count == before + 1, "count {} of {} follows {}", count, key, before);
    }
    if (at_once_) {
      must(told == expected, "counts are told for {} keys, expected {}", told.size(),
           expected.size());
    }
    for (const auto& [key, count] : expected) {
      const std::uint64_t known = told.contains(key) ? told[key] : 0;
      must(known <= count, "{} inputs of {} were counted as {}", count, key, known);
      const auto state = engine_.state_get("counts", encoded(key));
      must(known == 0 ? !state : state && *state == encoded(known),
           "the state's count of {} is not {}", key, known);
    }
  }

  void hopped() {
    std::map<std::string, Seen> seen;
    std::vector<std::pair<std::string, Seen>> expected;
    for (const auto& [key, op] : good_) {
      const std::string hop = std::to_string(op.id % 7);
      Seen& one = seen[hop];
      one = {one.count + 1, op.id};
      expected.emplace_back(hop, one);
    }
    const auto told = read(engine_, lists);
    // An epoch at its bounds carries records over to the next: they may still be on their way.
    must(settled_ ? told.size() == expected.size() : told.size() <= expected.size(),
         "{} of {} records came over two hops", told.size(), expected.size());
    std::map<std::string, std::uint64_t> next;
    for (const auto& [key, one] : told) {
      must(one.count == next[key] + 1, "hop {}: {} follows {}", key, one.count, next[key]);
      next[key] = one.count;
    }
  }

  void windowed() {
    std::map<std::uint64_t, int> times;
    for (const auto& [key, ids] : read(engine_, windows)) {
      for (const auto id : ids) ++times[id];
    }
    for (const auto& [key, op] : read(engine_, late)) ++times[op.id];
    for (const auto& [id, count] : times) {
      must(count == 1, "input {} is in {} windows", id, count);
      must(!bad_.contains(id), "input {} was undone and is in a window", id);
    }
    if (!settled_) return;
    for (const auto& [key, op] : good_)
      must(times.contains(op.id), "input {} of {} is in no window ({} of {} are)", op.id, key,
           times.size(), good_.size());
  }

  void rung() {
    std::set<std::uint64_t> fired, expected;
    for (const auto& [key, id] : read(engine_, rings))
      must(fired.insert(id).second && std::to_string(id) == key, "timer {} fired wrongly", key);
    for (const auto& [key, op] : good_) {
      if (op.kind == "ring") expected.insert(op.id);
    }
    for (const auto id : fired) must(expected.contains(id), "timer {} was never set", id);
    if (settled_) must(fired == expected, "{} of {} timers fired", fired.size(), expected.size());
  }

  void dead() {
    std::set<std::uint64_t> letters;
    const Topic<std::string, DeadLetter> topic{dead_letter_topic(sim_input.name())};
    for (const auto& [key, letter] : read(engine_, topic)) {
      const auto op = decoded<Op>(letter.value).value();
      must(letters.insert(op.id).second, "input {} has two dead letters", op.id);
    }
    for (const auto id : letters) must(bad_.contains(id), "input {} was not bad", id);
    if (at_once_)
      must(letters == bad_, "{} dead letters for {} bad inputs", letters.size(), bad_.size());
  }

  const Engine& engine_;
  const SimLedger& ledger_;
  const bool settled_;
  // What came in was worked on in the same commit; one of several shards may carry some over.
  const bool at_once_;
  std::vector<std::pair<std::string, Op>> good_;
  std::set<std::uint64_t> bad_;
};

}  // namespace

App sim_app() {
  App app{"sim"};
  auto in = app.stream(sim_input);
  in.group_by_key().count("counts").to(counts);
  in.map([](const Op& op) { return op.id; })
      .rekey([](std::uint64_t id) { return std::to_string(id % 7); })
      .to(hops);
  app.stream(hops)
      .group_by_key()
      .aggregate("lists", Seen{},
                 [](Seen& seen, std::uint64_t id) {
                   seen = {seen.count + 1, id};
                 })
      .to(lists);
  in.group_by_key()
      .window(Tumbling{1s, 200ms}, "windows", std::vector<std::uint64_t>{},
              [](std::vector<std::uint64_t>& ids, const Op& op) { ids.push_back(op.id); })
      .emit(on_close, late)
      .to(windows);
  in.process([](Stores& stores) { return Bell{stores}; }).to(rings);
  return app;
}

std::vector<std::string> sim_topics() {
  return {sim_input.name(), counts.name(),  hops.name(),  lists.name(),
          windows.name(),   late.name(),    rings.name(), dead_letter_topic(sim_input.name())};
}

std::string check_log(const Engine& engine, const SimLedger& ledger, bool settled) {
  try {
    Check{engine, ledger, settled}.all();
    return {};
  } catch (const std::exception& broken) {
    return broken.what();
  }
}

}  // namespace vitrine::sim
