// One message to many viewers. Usage: fanout [--clients 1000] [--seconds 30]
//
// Workload: a hub on net::Server and N WebSocket clients on loopback, which are a process of their
// own (fanout_clients.h). Messages of 200 bytes are encoded once and sent to all. Open loop: a
// timer of the server's loop offers message i at i / rate, and its latency counts from then, so a
// server that falls behind is charged for it.
//   1. 20 messages/s: p50 and p99 of all deliveries (the timer's 1 ms is part of them).
//   2. The rate grows until a step is not sustained, that is, not all arrived in order or
//      p99 > 100 ms; the highest rate is then held for longer. The figure is that of the long step.
//   3. Raw: the same frames on N bare sockets, one non-blocking send() for as many frames as the
//      hub's writes held in step 2, as fast as it goes: no queues, no timers, no promise about
//      latency; the median of three rounds. On a machine with neighbours the ratio of CPU per
//      delivery is the steadier one.
// An idle connection's memory is the growth of the server's VmRSS from 1 to N clients: user space
// only, the kernel's buffers are not in it.
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "base/metrics.h"
#include "bench/fanout_hub.h"

namespace vitrine::fanout {
namespace {

constexpr double kLatencyRate = 20;
constexpr double kP99MsMax = 100;
constexpr double kFirstDeliveriesPerS = 200'000;
constexpr double kGrowth = 1.5;
constexpr double kStepDown = 0.8;
constexpr int kLongStepsMax = 6;
constexpr std::int64_t kSecondNs = 1'000'000'000;

struct Arguments {
  std::uint32_t clients = 1000;
  double seconds = 30;  // about, for everything
};

struct Step {
  double per_second = 0;  // messages
  Received received;
  bool complete = false;  // every message arrived, in order
  bool sustained = false;
  double deliveries_per_s = 0;
  double took_s = 0;
  double server_cpu_s = 0;
  double client_cpu_s = 0;
  double frames_per_write = 0;
};

struct Bench {
  Arguments arguments;
  Clients& clients;
  HubServer& server;
  std::uint64_t writes() const { return writes_total.value(); }
  Counter& writes_total = counter("vitrine_net_writes_total", "");
};

double resident_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::atof(line.c_str() + 6);
  }
  return 0;
}

std::string load_average() {
  std::array<double, 3> load{};
  if (getloadavg(load.data(), 3) != 3) return "unknown";
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.1f %.1f %.1f", load[0], load[1], load[2]);
  return text.data();
}

Result<void> raise_file_limit(std::uint32_t clients) {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  if (files.rlim_cur >= clients + 64) return {};
  return fail(Code::Invalid,
              "open " + std::to_string(clients) + " connections: this user may have " +
                  std::to_string(files.rlim_max) + " files open; use fewer --clients");
}

// Waits for the plan's end, or for the first refused delivery: the step has failed then.
void wait_until_offered(Bench& bench, const Plan& plan) {
  const Hub& hub = bench.server.hub();
  while (hub.offered < plan.messages && hub.refused == 0) {
    if (now_ns() > plan.due_ns(plan.messages) + kSecondNs) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  bench.server.stop();
}

Result<Step> run_step(Bench& bench, double per_second, double seconds) {
  Plan plan{now_ns() + 20'000'000, per_second, 0};
  plan.messages = static_cast<std::uint64_t>(std::max(1.0, std::round(per_second * seconds)));
  VT_TRY_VOID(bench.clients.begin(plan.begin_ns));
  VT_TRY(const Received before, bench.clients.received());
  const std::uint64_t writes_before = bench.writes();
  const double cpu_before = own_cpu_s();
  bench.server.start(plan);
  wait_until_offered(bench, plan);
  const std::uint64_t expected = plan.messages * bench.arguments.clients;
  VT_TRY(const Received after, wait_for(bench.clients, expected, now_ns() + 3 * kSecondNs));
  Step step;
  step.per_second = per_second;
  step.received = after;
  step.complete = after.deliveries == expected && after.gaps == 0;
  step.sustained = step.complete && after.p99_ms <= kP99MsMax;
  const std::int64_t last_ns = std::max(plan.due_ns(bench.server.hub().offered), after.last_ns);
  step.took_s = static_cast<double>(last_ns - plan.begin_ns) / 1e9;
  step.deliveries_per_s = static_cast<double>(after.deliveries) / step.took_s;
  step.server_cpu_s = own_cpu_s() - cpu_before;
  step.client_cpu_s = after.cpu_s - before.cpu_s;
  const std::uint64_t writes = std::max<std::uint64_t>(1, bench.writes() - writes_before);
  step.frames_per_write = static_cast<double>(after.deliveries) / static_cast<double>(writes);
  std::printf(
      "%8.0f messages/s  %9.0f deliveries/s  p50 %7.2f ms  p99 %7.2f ms  "
      "%5.1f frames/write  CPU server %.2f clients %.2f cores  %s%s\n",
      per_second, step.deliveries_per_s, after.p50_ms, after.p99_ms, step.frames_per_write,
      step.server_cpu_s / step.took_s, step.client_cpu_s / step.took_s,
      step.sustained ? "sustained" : "not sustained",
      bench.server.hub().refused > 0 ? ": a queue was full" : "");
  std::fflush(stdout);
  return step;
}

// A neighbour on the machine can spoil a short step: it fails only when it fails twice.
Result<bool> sustains(Bench& bench, double per_second, double seconds) {
  VT_TRY(const Step first, run_step(bench, per_second, seconds));
  if (first.sustained) return true;
  VT_TRY(const Step second, run_step(bench, per_second, seconds));
  return second.sustained;
}

// The highest rate that short steps sustain; looks for it until `until_ns`.
Result<double> search_rate(Bench& bench, double step_s, std::int64_t until_ns) {
  double good = kFirstDeliveriesPerS / bench.arguments.clients;
  double bad = 0;
  for (double rate = good; bad == 0 && now_ns() < until_ns; rate *= kGrowth) {
    VT_TRY(const bool held, sustains(bench, rate, step_s));
    (held ? good : bad) = rate;
  }
  if (bad > good && now_ns() < until_ns) {
    const double rate = std::sqrt(good * bad);
    VT_TRY(const bool held, sustains(bench, rate, step_s));
    (held ? good : bad) = rate;
  }
  return good;
}

// The first long step that is sustained, from the searched rate downwards.
Result<Step> find_maximum(Bench& bench, double seconds) {
  const double step_s = seconds / 25;
  const auto search_ns = static_cast<std::int64_t>(seconds * 0.6e9);
  VT_TRY(double rate, search_rate(bench, step_s, now_ns() + search_ns));
  Step step;
  for (int i = 0; i < kLongStepsMax && !step.sustained; ++i, rate *= kStepDown) {
    VT_TRY(step, run_step(bench, rate, 3 * step_s));
  }
  return step;
}

Result<double> idle_connection_kib(Bench& bench) {
  // The first one pays for the buffers that all share.
  VT_TRY_VOID(bench.clients.open(Wire::WebSocket, bench.server.port(), 1));
  VT_TRY_VOID(bench.clients.opened());
  const double before = resident_kib();
  const std::uint32_t more = bench.arguments.clients - 1;
  VT_TRY_VOID(bench.clients.open(Wire::WebSocket, bench.server.port(), more));
  VT_TRY_VOID(bench.clients.opened());
  return (resident_kib() - before) / more;
}

Result<RawFigures> median_raw(Clients& clients, const Arguments& arguments,
                              std::uint64_t frames_per_send) {
  std::array<RawFigures, 3> rounds;
  bool complete = true;
  for (RawFigures& round : rounds) {
    VT_TRY(round, raw_round(clients, arguments.clients, frames_per_send, arguments.seconds / 24));
    complete = complete && round.complete;
  }
  std::ranges::sort(rounds, {}, &RawFigures::deliveries_per_s);
  rounds[1].complete = complete;
  return rounds[1];
}

void print_figures(const Step& latency, const Step& most, const RawFigures& raw, double idle_kib) {
  const auto micros = [](double cpu_s, std::uint64_t deliveries) {
    return cpu_s * 1e6 / static_cast<double>(std::max<std::uint64_t>(1, deliveries));
  };
  const double best = most.sustained ? most.deliveries_per_s : 0;
  const std::uint64_t delivered = most.received.deliveries;
  std::printf("figure fanout_deliveries_per_s %.0f 1/s\n", best);
  std::printf("figure fanout_p50_ms %.2f ms\n", latency.received.p50_ms);
  std::printf("figure fanout_p99_ms %.2f ms\n", latency.received.p99_ms);
  std::printf("figure fanout_maximum_p99_ms %.2f ms\n", most.received.p99_ms);
  std::printf("figure raw_deliveries_per_s %.0f 1/s\n", raw.deliveries_per_s);
  std::printf("figure fanout_ratio_to_raw %.3f ratio\n",
              best / std::max(1.0, raw.deliveries_per_s));
  std::printf("figure fanout_server_cpu_us_per_delivery %.3f us\n",
              micros(most.server_cpu_s, delivered));
  std::printf("figure raw_server_cpu_us_per_delivery %.3f us\n",
              micros(raw.server_cpu_s, raw.deliveries));
  std::printf("figure fanout_cpu_ratio_to_raw %.3f ratio\n",
              micros(raw.server_cpu_s, raw.deliveries) / micros(most.server_cpu_s, delivered));
  std::printf("figure fanout_client_cpu_us_per_delivery %.3f us\n",
              micros(most.client_cpu_s, delivered));
  std::printf("figure raw_client_cpu_us_per_delivery %.3f us\n",
              micros(raw.client_cpu_s, raw.deliveries));
  std::printf("figure idle_connection_kib %.2f KiB\n", idle_kib);
}

Result<bool> run(const Arguments& arguments) {
  VT_TRY_VOID(raise_file_limit(arguments.clients));
  VT_TRY(Clients clients, Clients::start());
  VT_TRY(auto server, HubServer::start(arguments.clients + 16));
  std::printf("%u clients, 200-byte messages, %u cores, load average %s\n", arguments.clients,
              std::thread::hardware_concurrency(), load_average().c_str());
  Bench bench{arguments, clients, *server};
  VT_TRY(const double idle_kib, idle_connection_kib(bench));
  VT_TRY(const Step latency, run_step(bench, kLatencyRate, arguments.seconds / 6));
  VT_TRY(const Step most, find_maximum(bench, arguments.seconds * 0.6));
  VT_TRY_VOID(clients.close_all());
  server.reset();  // nothing of it runs beside the raw rounds
  const auto together = static_cast<std::uint64_t>(std::max(1.0, most.frames_per_write + 0.5));
  VT_TRY(const RawFigures raw, median_raw(clients, arguments, together));
  std::printf("raw with %llu frames a send%s, load average now %s\n",
              static_cast<unsigned long long>(together), raw.complete ? "" : ", INCOMPLETE",
              load_average().c_str());
  print_figures(latency, most, raw, idle_kib);
  return latency.complete && most.sustained && raw.complete;
}

int usage(int status) {
  std::fprintf(status == 0 ? stdout : stderr,
               "usage: fanout [--clients N (2 to 10000, default 1000)]"
               " [--seconds S (4 to 600, default 30)]\n");
  return status;
}

int main_of(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; i += 2) {
    if (std::strcmp(argv[i], "--help") == 0) return usage(0);
    const double value = i + 1 < argc ? std::atof(argv[i + 1]) : -1;
    if (std::strcmp(argv[i], "--clients") == 0 && value >= 2 && value <= 10'000) {
      arguments.clients = static_cast<std::uint32_t>(value);
    } else if (std::strcmp(argv[i], "--seconds") == 0 && value >= 4 && value <= 600) {
      arguments.seconds = value;
    } else {
      return usage(2);
    }
  }
  const auto done = run(arguments);
  if (!done) std::fprintf(stderr, "fanout: %s\n", done.error().message.c_str());
  return done && *done ? 0 : 1;
}

}  // namespace
}  // namespace vitrine::fanout

int main(int argc, char** argv) { return vitrine::fanout::main_of(argc, argv); }
