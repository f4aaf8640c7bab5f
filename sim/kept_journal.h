#pragma once
// For tests of runs, retention and compaction: a journal with small segments on a simulated
// disk, its clock moved by hand.
#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "sim/power_disk.h"
#include "sim/sim_env.h"
#include "streams/log/journal.h"

namespace vitrine::sim {

struct KeptJournal {
  PowerDisk disk;
  ManualClock clock;
  SeededRandom random{5};
  Env env{clock, disk, random};
  std::unique_ptr<Journal> journal;

  KeptJournal() {
    set_log_level(LogLevel::Error);
    clock.advance(std::chrono::hours{1});
    open();
  }
  static JournalOptions options() {
    JournalOptions options;
    options.segment_bytes = 10'000;
    options.prewrite_bytes = 1000;
    options.prewrite_at_open_bytes = options.prewrite_bytes;
    options.tail_cache_bytes = 0;
    options.tail_bytes = 0;
    options.background = false;
    options.on_sync_failure = [](const Error&) {};
    return options;
  }
  void open() {
    journal.reset();
    auto opened = Journal::open(env, "/j", options());
    REQUIRE_MESSAGE(opened, (opened ? std::string{} : opened.error().message));
    journal = std::move(*opened);
  }
  Result<void> commit(const std::string& topic, const std::string& key,
                      const std::string& value) {
    Group group{Epoch{journal->committed_epoch().value() + 1}, journal->committed_end()};
    group.append(topic, 2, {key, value, at(std::chrono::seconds{7}), "c"});
    group.add_delta("store", key, value, false);
    group.set_steps("step " + std::to_string(group.epoch().value()));
    return journal->commit(std::move(group));
  }
  // Groups of about 1,100 bytes; `count` of them fill about count / 5 segments.
  void fill(const std::string& topic, int count, const std::string& name = "v") {
    for (int i = 0; i < count; ++i)
      REQUIRE(commit(topic, "k", name + std::to_string(i) + std::string(1000, '.')));
  }
  void tend_all() {
    while (true) {
      const auto more = journal->tend(clock.now());
      REQUIRE_MESSAGE(more, (more ? std::string{} : more.error().message));
      if (!*more) return;
    }
  }
  std::vector<std::string> values(const std::string& topic, Position from = Position{0}) {
    const std::vector<std::string> topics{topic};
    const auto batch = journal->read(topics, from, 100'000, 1U << 30U);
    REQUIRE_MESSAGE(batch, (batch ? std::string{} : batch.error().message));
    std::vector<std::string> out;
    for (const auto& one : batch->records)
      out.push_back(one.record.value.substr(0, one.record.value.find('.')));
    return out;
  }
  Position earliest(const std::string& topic) {
    const std::vector<std::string> topics{topic};
    return journal->read(topics, Position{0}, 1, 1)->earliest;
  }
  std::vector<std::string> files(const std::string& start) {
    std::vector<std::string> out;
    const auto names = disk.list("/j");
    for (const std::string& name : *names) {
      if (name.starts_with(start)) out.push_back("/j/" + name);
    }
    return out;
  }
  bool on_disk(const std::string& text) {
    const auto all = files("");
    return std::any_of(all.begin(), all.end(), [&](const std::string& path) {
      return disk.content(path).find(text) != Bytes::npos;
    });
  }
};

inline std::vector<std::string> numbered(const std::string& name, int from, int to) {
  std::vector<std::string> out;
  for (int i = from; i < to; ++i) out.push_back(name + std::to_string(i));
  return out;
}

}  // namespace vitrine::sim
