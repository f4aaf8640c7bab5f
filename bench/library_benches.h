#pragma once
// What the parts of library_bench share.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <tuple>
#include <utility>

#include "vitrine/app.h"
#include "vitrine/engine.h"
#include "vitrine/serde.h"

namespace vitrine::bench {

struct Options {
  std::uint64_t events = 0;  // 0: the bench's own number
  std::string folder = "./var/bench-library";
  bool cold = false;  // restart: also without the kernel's cache of files
  bool trace = false;  // hops: a table of a record's phases
  std::uint64_t or_else(std::uint64_t number) const { return events == 0 ? number : events; }
};

inline std::unique_ptr<Engine> open_fresh(App& app, const Options& options,
                                          EngineOptions engine = {}) {
  std::filesystem::remove_all(options.folder);
  engine.folder = options.folder;
  return std::move(Engine::open(real_env(), app, engine).value());
}

inline void append(Engine& engine, Append one) {
  while (true) {
    auto accepted = engine.append(one);
    if (accepted) return;
    VT_CHECK_MSG(accepted.error().code == Code::Overloaded, accepted.error().message);
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
}

// Waits until everything appended so far is committed.
inline void settle(Engine& engine, const std::string& topic) {
  std::atomic<bool> done{false};
  Append end{topic, {"end", encoded(std::int64_t{-1}), {}, {}}};
  while (!engine.append(end, [&](const Result<Position>&) { done = true, done.notify_all(); }))
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  done.wait(false);
}

// A count with 200 more bytes a key.
struct Wide {
  std::uint64_t count = 0;
  std::string rest = std::string(200, 'x');
  auto fields() { return std::tie(count, rest); }
};

inline App wide_app() {
  const Topic<std::string, std::int64_t> events{"events"};
  App app{"wide"};
  app.stream(events)
      .group_by_key()
      .aggregate("wide", Wide{}, [](Wide& wide, std::int64_t) { ++wide.count; })
      .filter([](const Wide&) { return false; })
      .to(Topic<std::string, Wide>{"never"});
  return app;
}

int guarantee(const Options& options);
int hops(const Options& options);
int restart(const Options& options);
int knob(const Options& options);

}  // namespace vitrine::bench
