// Random topologies, killed at random moments on a real disk.
//
// usage: topology_soak --folder FOLDER [--kills 1000] [--seed N] [--flips 200] [--expect-red]
//
// Each seed is an App (soak_app.h). Its engine runs in a process of its own that is killed with
// SIGKILL some twenty times, each time opened with other bounds of epochs, cache and checkpoints,
// every other App with one, two or four shards; the last life ends in order. Then the committed log
// is held against the ledger, which this process keeps, and against the App run in memory over the
// same input. kill -9 leaves the page cache: what a power cut takes is for the simulator.
//
// Prints the figures kills, topologies, lost, doubled, out_of_order; exits with 1 and the command
// that shows it again when one of the last three is not zero. --expect-red: the other way round.
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <string_view>

#include "base/log.h"
#include "sim/sim_env.h"
#include "tests/soak/check.h"

using namespace vitrine;
using namespace vitrine::soak;

namespace {

constexpr std::uint64_t kKillsEach = 20;
constexpr std::uint64_t kRecordsEachLife = 3'000;

struct Options {
  std::string folder;
  std::uint64_t kills = 1'000, seed = 1, flips = 200;
  bool expect_red = false;
};

bool parse(int argc, char** argv, Options& out) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--expect-red") {
      out.expect_red = true;
      continue;
    }
    if (i + 1 == argc) return false;
    const char* value = argv[++i];
    if (name == "--folder") {
      out.folder = value;
    } else if (name == "--kills") {
      out.kills = std::strtoull(value, nullptr, 10);
    } else if (name == "--seed") {
      out.seed = std::strtoull(value, nullptr, 10);
    } else if (name == "--flips") {
      out.flips = std::strtoull(value, nullptr, 10);
    } else {
      return false;
    }
  }
  return !out.folder.empty();
}

struct Sum {
  std::uint64_t kills = 0, open_epochs = 0, killed_while_opening = 0, topologies = 0;
  std::uint64_t kills_of_several_shards = 0;
  std::uint64_t inputs = 0, outputs = 0, lost = 0, doubled = 0, out_of_order = 0;
  Flips flips;
};

// Runs a life in a child; returns its pid.
pid_t begin(const Life& life, Ledger& ledger) {
  const pid_t child = fork();
  VT_CHECK(child >= 0);
  if (child > 0) return child;
  const std::string wrong = live(life, ledger);
  if (!wrong.empty()) fmt::print("life {}: {}\n", life.number, wrong);
  std::fflush(stdout);
  _exit(wrong.empty() ? 0 : 1);
}

// Empty, or why the life did not end as it was meant to.
std::string ended(pid_t child, int signal) {
  int status = 0;
  VT_CHECK(waitpid(child, &status, 0) == child);
  if (signal != 0 && WIFSIGNALED(status) && WTERMSIG(status) == signal) return {};
  if (signal == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return WIFSIGNALED(status) ? fmt::format("a life ended by signal {}", WTERMSIG(status))
                             : fmt::format("a life ended with {}", WEXITSTATUS(status));
}

// A random moment: of opening, or after the first record that is due.
std::string live_and_kill(const Life& life, Ledger& ledger, sim::SeededRandom& random, Sum& sum) {
  const std::uint64_t before = ledger.appended;
  const pid_t child = begin(life, ledger);
  const bool opening = random.below(8) == 0;
  if (!opening) {
    for (int i = 0; i < 300'000 && ledger.appended <= before; ++i) {
      siginfo_t info{};
      if (waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
          info.si_pid == child)
        return ended(child, SIGKILL);
      usleep(200);
    }
  }
  usleep(static_cast<useconds_t>(random.below(opening ? 30'000 : 60'000)));
  kill(child, SIGKILL);
  ++sum.kills;
  if (shards_of(life) > 1) ++sum.kills_of_several_shards;
  const std::string wrong = ended(child, SIGKILL);
  if (ledger.open()) ++sum.open_epochs;
  if (ledger.appended <= before) ++sum.killed_while_opening;
  return wrong;
}

std::string flip_some(const Options& options, const Life& life, Sum& sum) {
  if (options.flips == 0) return {};
  const std::uint64_t each = (options.flips * kKillsEach + options.kills - 1) / options.kills;
  const Flips flips =
      flip_bits(life.folder + "/journal", life.seed, std::min(each, options.flips));
  sum.flips.refused += flips.refused;
  sum.flips.harmless += flips.harmless;
  sum.flips.cut += flips.cut;
  return flips.wrong;
}

std::string check_log(const Life& life, const Ledger& ledger, Sum& sum) {
  const Verdict verdict = check(life, ledger);
  sum.inputs += verdict.inputs;
  sum.outputs += verdict.outputs;
  sum.lost += verdict.lost;
  sum.doubled += verdict.doubled;
  sum.out_of_order += verdict.out_of_order;
  return verdict.first;
}

std::string soak_one(const Options& options, std::uint64_t seed, std::uint64_t kills, Sum& sum) {
  void* shared =
      mmap(nullptr, sizeof(Ledger), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  VT_CHECK(shared != MAP_FAILED);
  Ledger& ledger = *new (shared) Ledger;
  sim::SeededRandom random{seed * 31};
  Life life{seed, options.folder + "/soak-" + std::to_string(seed), 0, kRecordsEachLife, false};
  std::filesystem::remove_all(life.folder);
  std::filesystem::create_directories(life.folder);
  std::string wrong;
  for (; life.number < kills && wrong.empty(); ++life.number)
    wrong = live_and_kill(life, ledger, random, sum);
  if (wrong.empty()) {
    life.last = true;
    wrong = ended(begin(life, ledger), 0);
  }
  if (wrong.empty()) wrong = check_log(life, ledger, sum);
  if (wrong.empty()) wrong = flip_some(options, life, sum);
  ++sum.topologies;
  if (wrong.empty()) std::filesystem::remove_all(life.folder);
  munmap(shared, sizeof(Ledger));
  return wrong;
}

void print(const Sum& sum) {
  fmt::print("figure kills {} kills\nfigure open_epochs {} kills\n", sum.kills, sum.open_epochs);
  fmt::print("figure killed_while_opening {} kills\n", sum.killed_while_opening);
  fmt::print("figure kills_of_several_shards {} kills\n", sum.kills_of_several_shards);
  fmt::print("figure topologies {} apps\n", sum.topologies);
  fmt::print("figure inputs {} records\nfigure outputs {} records\n", sum.inputs, sum.outputs);
  fmt::print("figure lost {} records\nfigure doubled {} records\n", sum.lost, sum.doubled);
  fmt::print("figure out_of_order {} keys\n", sum.out_of_order);
  const Flips& flips = sum.flips;
  fmt::print("figure bit_flips {} flips\n", flips.refused + flips.cut + flips.harmless);
  fmt::print("figure bit_flips_refused {} flips\nfigure bit_flips_cut {} flips\n", flips.refused,
             flips.cut);
  fmt::print("figure bit_flips_harmless {} flips\n", flips.harmless);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (!parse(argc, argv, options)) {
    fmt::print(stderr, "usage: topology_soak --folder FOLDER [--kills N] [--seed N] [--flips N] "
                       "[--expect-red]\n");
    return 2;
  }
  set_log_level(LogLevel::Error);
  Sum sum;
  std::string wrong;
  std::uint64_t seed = options.seed;
  for (; sum.kills < options.kills && wrong.empty(); ++seed) {
    const std::uint64_t kills = std::min(kKillsEach, options.kills - sum.kills);
    wrong = soak_one(options, seed, kills, sum);
    if (!wrong.empty())
      fmt::print("seed {}: {}\nagain: topology_soak --seed {}\n", seed, wrong, seed);
    if (wrong.empty() && sum.topologies % 10 == 0) {
      fmt::print("{} kills, {} topologies\n", sum.kills, sum.topologies);
      std::fflush(stdout);
    }
  }
  print(sum);
  const bool good = wrong.empty() != options.expect_red;
  fmt::print("{}\n", good ? "1 passed, 0 failed" : "0 passed, 1 failed");
  return good ? 0 : 1;
}
