// restart: kill -9 under load with a GiB of state, then the time to the first committed record, and
// until the rate is 80 % of what it was. With --cold 1 it does so again without the kernel's cache
// of files, which needs root and is felt by everything else on the machine.
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <new>

#include "bench/bench_kit.h"
#include "bench/library_benches.h"
#include "vitrine/engine_metrics.h"

namespace vitrine::bench {
namespace {

constexpr double kLoadedSeconds = 15;    // under load, before it is killed
constexpr double kPatienceSeconds = 60;  // for the former rate

const Topic<std::string, std::int64_t> row_events{"events"};

// What a process that is killed has to tell, in memory shared with the one that kills it.
struct Told {
  std::atomic<double> first_ms{0}, changes_read{0}, open_ms{0}, open_cpu_ms{0};
  std::atomic<double> loading_s{-1};  // since when the load runs; -1: it does not yet
  std::atomic<double> rate{0};        // events/s since then
  std::atomic<double> best_rate{0}, recovered_s{-1};
};

struct Run {
  std::uint64_t rows = 0;
  bool fresh = false;
  double former_rate = 0;
};

void put(Engine& engine, std::uint64_t key) {
  append(engine, {row_events.name(),
                  {"key " + std::to_string(key), encoded(std::int64_t{1}), {}, {}}});
}

// Until it is killed. The rate is that of appends, which wait for room.
[[noreturn]] void load(Engine& engine, const Run& run, Told& told, std::int64_t begun) {
  Numbers numbers{11};
  const Zipf zipf{run.rows, 0.99};
  const auto from = now_ns();
  told.loading_s = 0;
  auto window = from;
  for (std::uint64_t n = 0, window_n = 0;; ++n) {
    put(engine, zipf(numbers) * 0x9E3779B97F4A7C15ULL % run.rows);
    if (n % 256 != 0 || seconds_since(window) < 1) continue;
    const double rate = static_cast<double>(n - window_n) / seconds_since(window);
    window = now_ns();
    window_n = n;
    told.rate = static_cast<double>(n) / seconds_since(from);
    told.best_rate = std::max(told.best_rate.load(), rate);
    if (told.recovered_s < 0 && rate >= 0.8 * run.former_rate)
      told.recovered_s = seconds_since(begun);
    told.loading_s = seconds_since(from);
  }
}

[[noreturn]] void serve(const Options& options, const Run& run, Told& told) {
  App app = wide_app();
  const auto begun = now_ns();
  EngineOptions engine_options;
  engine_options.folder = options.folder;
  auto engine = run.fresh ? open_fresh(app, options)
                          : std::move(Engine::open(real_env(), app, engine_options).value());
  told.open_ms = seconds_since(begun) * 1000;
  told.open_cpu_ms = own_seconds() * 1000;
  VT_CHECK(engine->start().has_value());
  settle(*engine, row_events.name());
  told.first_ms = seconds_since(begun) * 1000;
  told.changes_read = static_cast<double>(engine->metrics().restore_deltas);
  for (std::uint64_t key = 0; run.fresh && key < run.rows; ++key) put(*engine, key);
  if (run.fresh) settle(*engine, row_events.name());
  load(*engine, run, told, begun);
}

Told& run_and_kill(const Options& options, const Run& run) {
  void* const shared =
      ::mmap(nullptr, sizeof(Told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  VT_CHECK(shared != MAP_FAILED);
  Told& told = *new (shared) Told;
  const pid_t child = ::fork();
  if (child == 0) serve(options, run, told);
  const auto enough = [&] {
    if (told.loading_s < kLoadedSeconds) return false;
    return told.recovered_s >= 0 || told.loading_s > kPatienceSeconds;
  };
  while (!enough()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  return told;
}

void tell(const char* how, const Told& told, double former_rate) {
  std::printf("figure restart_%s_first_record_ms %.0f ms\n", how, told.first_ms.load());
  std::printf("figure restart_%s_changes_read %.0f changes\n", how, told.changes_read.load());
  std::printf("figure restart_%s_open_ms %.0f ms\n", how, told.open_ms.load());
  std::printf("figure restart_%s_open_cpu_ms %.0f ms\n", how, told.open_cpu_ms.load());
  std::printf("figure restart_%s_seconds_to_80_percent %.1f s\n", how, told.recovered_s.load());
  std::printf("figure restart_%s_best_rate_of_former %.2f ratio\n", how,
              told.best_rate / former_rate);
}

double folder_mib(const std::string& folder) {
  std::uint64_t bytes = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder))
    if (file.is_regular_file()) bytes += file.file_size();
  return static_cast<double>(bytes) / (1 << 20);
}

}  // namespace

int restart(const Options& options) {
  Run run{options.or_else(5'000'000), true, 0};
  const double former_rate = run_and_kill(options, run).rate;
  std::printf("figure restart_former_rate %.0f events/s\n", former_rate);
  std::printf("figure restart_state_mib %.0f MiB\n", folder_mib(options.folder + "/state"));
  run = {run.rows, false, former_rate};
  tell("warm", run_and_kill(options, run), former_rate);
  if (!options.cold) return 0;
  ::sync();
  std::ofstream drop("/proc/sys/vm/drop_caches");
  if (!(drop << "3" << std::flush)) {
    std::printf("cold: not measured, dropping the kernel's cache needs root\n");
    return 0;
  }
  tell("cold", run_and_kill(options, run), former_rate);
  return 0;
}

}  // namespace vitrine::bench
