#include "eval/walk.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>

#include "base/env.h"
#include "eval/files.h"

namespace vitrine::eval {
namespace {

// The dying run writes this many snapshots up to the step it dies at.
constexpr std::size_t kSnapshots = 3;
constexpr BytesView kMark = "walk";  // so that a snapshot never looks packed

class Progress {
 public:
  explicit Progress(std::size_t steps) : steps_(steps), told_ns_(now_ns() + 1'000'000'000) {}
  void at(std::size_t step) {
    if (step % 256 != 0 || now_ns() - told_ns_ < 1'000'000'000) return;
    told_ns_ = now_ns();
    std::fprintf(stderr, "  %zu of %zu steps\n", step, steps_);
  }

 private:
  static std::int64_t now_ns() { return real_env().clock.monotonic_nanos(); }
  std::size_t steps_;
  std::int64_t told_ns_;
};

Result<void> go_on(Walk& walk, std::size_t from, Bytes& scores) {
  const std::size_t steps = walk.steps();
  Progress progress{steps};
  for (std::size_t i = from; i < steps; ++i) {
    progress.at(i);
    VT_TRY_VOID(walk.step(i, scores));
  }
  return {};
}

// Runs in the child: never returns.
[[noreturn]] void run_and_die(Walk& walk, std::size_t kill_at, const std::string& path) {
  Bytes scores;
  const std::size_t between = kill_at / kSnapshots + 1;
  for (std::size_t i = 0; i < walk.steps(); ++i) {
    if (i % between == 0) {
      Bytes state;
      put_bytes(state, kMark);
      put_u64(state, i);
      put_bytes(state, scores);
      put_bytes(state, walk.snapshot());
      // A renamed file is whole: whoever is killed while writing leaves the one before.
      std::FILE* file = std::fopen((path + ".new").c_str(), "wb");
      if (file == nullptr || std::fwrite(state.data(), 1, state.size(), file) != state.size() ||
          std::fclose(file) != 0 || std::rename((path + ".new").c_str(), path.c_str()) != 0)
        ::_exit(1);
    }
    if (i == kill_at) ::kill(::getpid(), SIGKILL);
    if (!walk.step(i, scores)) ::_exit(1);
  }
  ::_exit(1);
}

Result<Bytes> killed_and_resumed(const std::function<std::unique_ptr<Walk>()>& make,
                                 std::size_t kill_at, const std::string& path) {
  const pid_t child = ::fork();
  if (child < 0) return fail(Code::Io, "start the run that is killed: no process; try again");
  if (child == 0) run_and_die(*make(), kill_at, path);
  int status = 0;
  if (::waitpid(child, &status, 0) != child || !WIFSIGNALED(status))
    return fail(Code::Io, "run until step " + std::to_string(kill_at) +
                              ": the run ended before it was killed; is there room in " + path +
                              "?");
  VT_TRY(const Bytes state, read_file(path));
  ByteReader reader{state};
  const bool ours = reader.bytes() == kMark;
  const std::size_t from = reader.u64();
  Bytes scores{reader.bytes()};
  const BytesView snapshot = reader.bytes();
  if (!ours || !reader.ok() || !reader.at_end())
    return fail(Code::Corrupt, "read the killed run's snapshot " + path + ": cut short");
  auto walk = make();
  VT_TRY_VOID(walk->restore(snapshot));
  VT_TRY_VOID(go_on(*walk, from, scores));
  return scores;
}

}  // namespace

Result<Bytes> walk_once(Walk& walk) {
  Bytes scores;
  VT_TRY_VOID(go_on(walk, 0, scores));
  return scores;
}

Result<Bytes> walk_thrice(const std::function<std::unique_ptr<Walk>()>& make,
                          const Options& options, std::unique_ptr<Walk>* first) {
  auto walk = make();
  VT_TRY(Bytes scores, walk_once(*walk));
  const std::size_t steps = walk->steps();
  if (first != nullptr) *first = std::move(walk);
  walk = make();
  VT_TRY(const Bytes again, walk_once(*walk));
  if (again != scores)
    return fail(Code::Corrupt,
                "run the evaluation a second time: other scores came out; find what "
                "it reads besides its input");
  const std::size_t kill_at = options.kill_at.value_or(steps - steps / 6);
  if (kill_at >= steps)
    return fail(Code::OutOfRange, "kill the run at step " + std::to_string(kill_at) + ": it has " +
                                      std::to_string(steps) + "; give a smaller --kill-at");
  std::error_code ignored;
  const std::string folder = std::filesystem::temp_directory_path(ignored).string();
  const std::string path = folder + "/vitrine_eval-" + std::to_string(::getpid());
  auto resumed = killed_and_resumed(make, kill_at, path);
  std::filesystem::remove(path, ignored);
  if (!resumed) return resumed;
  if (*resumed != scores)
    return fail(Code::Corrupt, "go on after a kill at step " + std::to_string(kill_at) +
                                   ": other scores came out; find what the snapshot forgets");
  return scores;
}

}  // namespace vitrine::eval
