#include "tests/soak/check.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "sim/journal_ledger.h"
#include "vitrine/test_driver.h"

namespace vitrine::soak {
namespace {

using Rows = std::vector<std::pair<Bytes, Time>>;  // of one key of one topic
using Told = std::map<std::pair<std::string, Bytes>, Rows>;

bool is_input(const std::string& topic) { return topic == items.name() || topic == prices.name(); }

// Where a dead letter stood depends on the run; what it says does not.
Bytes comparable(const std::string& topic, const Record& record) {
  if (!topic.ends_with(".dlq")) return record.value;
  return decoded<DeadLetter>(record.value).value().value;
}

void tell(Told& told, const std::string& topic, const Record& record) {
  told[{topic, record.key}].emplace_back(comparable(topic, record), record.timestamp);
}

// The ledger's side: each input once, as it was given, those of a key in their order.
std::string check_inputs(const Life& life, const Ledger& ledger,
                         const std::vector<Positioned>& records) {
  std::set<std::uint64_t> seen;
  std::map<std::pair<std::string, Bytes>, std::uint64_t> next;
  for (const Positioned& one : records) {
    const std::uint64_t id = decoded<Item>(one.record.value).value().id;
    const Given sent = given(life.seed, id, id >= ledger.closing_from);
    const std::string what = "input " + std::to_string(id);
    if (!seen.insert(id).second) return what + " is there twice";
    if (one.topic != sent.topic.name() || one.record.key != sent.key ||
        one.record.value != encoded(sent.item) || one.record.timestamp != sent.time)
      return what + " is not what was given";
    std::uint64_t& of_key = next[{one.topic, one.record.key}];
    if (id < of_key) return what + " stands behind a later one of its key";
    of_key = id + 1;
  }
  if (seen.size() != ledger.appended || (!seen.empty() && *seen.rbegin() + 1 != seen.size())) {
    return std::to_string(seen.size()) + " inputs are there, " +
           std::to_string(ledger.appended) + " were given";
  }
  return {};
}

void compare(const Told& expected, const Told& found, Verdict& verdict) {
  const auto say = [&](const auto& where, std::uint64_t lost, std::uint64_t doubled) {
    if (!verdict.first.empty()) return;
    verdict.first = "topic " + where.first + ", key " + where.second + ": " +
                    std::to_string(lost) + " lost, " + std::to_string(doubled) + " doubled";
  };
  const auto both = [&](const auto& where, Rows wanted, Rows got) {
    if (wanted == got) return;
    std::sort(wanted.begin(), wanted.end());
    std::sort(got.begin(), got.end());
    Rows lost, doubled;
    std::set_difference(wanted.begin(), wanted.end(), got.begin(), got.end(),
                        std::back_inserter(lost));
    std::set_difference(got.begin(), got.end(), wanted.begin(), wanted.end(),
                        std::back_inserter(doubled));
    verdict.lost += lost.size();
    verdict.doubled += doubled.size();
    if (lost.empty() && doubled.empty()) ++verdict.out_of_order;
    say(where, lost.size(), doubled.size());
  };
  for (const auto& [where, rows] : expected) {
    const auto at = found.find(where);
    both(where, rows, at == found.end() ? Rows{} : at->second);
  }
  for (const auto& [where, rows] : found) {
    if (!expected.contains(where)) both(where, Rows{}, rows);
  }
}

}  // namespace

Verdict check(const Life& life, const Ledger& ledger) {
  Verdict verdict;
  const auto journal = Journal::open_read_only(real_env().disk, life.folder + "/journal");
  if (!journal) return verdict.first = journal.error().message, verdict;
  const auto records = read_all(**journal);
  if (!records) return verdict.first = records.error().message, verdict;

  const App app = soak_app(life.seed);
  TestDriver reference{app};
  reference.advance_to(wall());
  std::vector<Positioned> inputs;
  Told expected, found;
  for (const Positioned& one : *records) {
    if (!is_input(one.topic)) {
      // What goes from shard to shard under a new key is there with several of them only.
      if (!one.topic.ends_with(".by-key")) tell(found, one.topic, one.record);
      continue;
    }
    inputs.push_back(one);
    reference.pipe_bytes(one.topic, one.record);
  }
  verdict.inputs = inputs.size();
  verdict.outputs = records->size() - inputs.size();
  verdict.first = check_inputs(life, ledger, inputs);
  std::set<std::string> topics;
  const auto topology = app.topology().value();
  for (const auto& topic : topology->topics()) {
    if (!is_input(topic.name)) topics.insert(topic.name);
    topics.insert(dead_letter_topic(topic.name));
  }
  for (const std::string& topic : topics) {
    for (const Record& record : reference.records(topic)) tell(expected, topic, record);
  }
  verdict.topics = topics.size();
  compare(expected, found, verdict);
  return verdict;
}

namespace {

// All of the log, and what its recovery said.
Result<std::vector<Positioned>> read_beside(Disk& disk, const std::string& folder,
                                            RecoveryReport& report) {
  VT_TRY(const auto journal, Journal::open_read_only(disk, folder));
  report = journal->recovery();
  return read_all(*journal);
}

Bytes flipped(const Bytes& byte, std::uint64_t bit) {
  return Bytes(1, static_cast<char>(byte[0] ^ (1 << (bit % 8))));
}

}  // namespace

Flips flip_bits(const std::string& folder, std::uint64_t seed, std::uint64_t times) {
  Flips flips;
  Disk& disk = real_env().disk;
  RecoveryReport report;
  const auto whole = read_beside(disk, folder, report);
  if (!whole) return flips.wrong = whole.error().message, flips;
  const Epoch last = report.last_epoch;
  sim::SeededRandom random{seed};
  auto names = disk.list(folder).value();
  std::erase_if(names, [](const std::string& name) { return name.ends_with("lock"); });
  std::sort(names.begin(), names.end());
  for (std::uint64_t i = 0; i < times && flips.wrong.empty(); ++i) {
    const std::string path = folder + "/" + names[random.below(names.size())];
    const auto file = disk.open(path, OpenMode::ReadWrite).value();
    const std::uint64_t size = file->size().value();
    if (size == 0) continue;
    const std::uint64_t bit = random.below(size * 8);
    const Bytes before = file->read_at(bit / 8, 1).value();
    VT_CHECK(file->write_at(bit / 8, flipped(before, bit)));
    const auto found = read_beside(disk, folder, report);
    VT_CHECK(file->write_at(bit / 8, before));
    const auto begins = [&] {
      return found->size() < whole->size() &&
             std::equal(found->begin(), found->end(), whole->begin(), sim::same);
    };
    if (!found) {
      ++flips.refused;
    } else if (std::equal(found->begin(), found->end(), whole->begin(), whole->end(), sim::same)) {
      ++flips.harmless;
    } else if (report.tail_cut && report.last_epoch.value() + 1 == last.value() && begins()) {
      ++flips.cut;
    } else {
      flips.wrong = "bit " + std::to_string(bit) + " of " + path +
                    " was flipped, and other records are served";
    }
  }
  return flips;
}

}  // namespace vitrine::soak
