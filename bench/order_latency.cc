// Orders end to end, open loop. Usage: order_latency [--server PATH] [--rate 500] [--seconds 20]
// [--threads 250]
//
// Order i is due at i / rate, whether the ones before are answered or not, and its latency counts
// from then: a server that stalls is charged for everybody who waited. One order is a reservation
// and a paid order, two HTTP calls after each other on a kept connection, each answered after its
// fsync. A thread is busy with its order for the 120 ms of the provider and a little more: with
// fewer than rate x 0.13 s of them, orders would wait for a thread instead of for the server (what
// never got a thread in time is told as `late`). The client shares the machine: its CPU is told
// apart.
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <thread>

#include <fmt/format.h>

#include "app/driver/json.h"
#include "base/env.h"
#include "tests/durability/server.h"

namespace vitrine::durability {
namespace {

const std::atomic<bool> g_never = false;
constexpr int kBuyers = 200;

struct Plan {
  int rate = 500, seconds = 20, threads = 250;
};

struct Figures {
  std::mutex mutex;  // guards the rest
  std::vector<double> reserve_ms, order_ms;
  int failed = 0;
  std::string first_failure;
};

std::int64_t now_ns() { return real_env().clock.monotonic_nanos(); }
double ms_since(std::int64_t from_ns) { return static_cast<double>(now_ns() - from_ns) / 1e6; }

void place(driver::Api& api, int n, std::int64_t due_ns, Figures& figures) {
  const auto key = fmt::format("bench-{}", n);
  const auto held = api.call("POST", "/v1/store/reservations",
                             R"({"lines":[{"sku":"BENCH","quantity":1}],"shop":"shop_demo"})", key);
  const double reserved_ms = ms_since(due_ns);
  const auto body = fmt::format(R"({{"reservation":"{}","payment_token":"tok_approve"}})",
                                driver::json_text(held.body, "/id"));
  const auto order = held.ok() ? api.call("POST", "/v1/store/orders", body, key) : held;
  const double ordered_ms = ms_since(due_ns);
  const std::lock_guard lock(figures.mutex);
  if (order.status == 201) {
    figures.reserve_ms.push_back(reserved_ms);
    figures.order_ms.push_back(ordered_ms);
  } else if (figures.failed++ == 0) {
    figures.first_failure = order.describe();
  }
}

double quantile(const std::vector<double>& sorted_ms, double q) {
  if (sorted_ms.empty()) return NAN;
  return sorted_ms[static_cast<std::size_t>(q * static_cast<double>(sorted_ms.size() - 1))];
}

std::string quantiles(const std::vector<double>& sorted_ms) {
  return fmt::format("p50 {:.2f}  p99 {:.2f}  p99.9 {:.2f}  max {:.2f} ms",
                     quantile(sorted_ms, 0.5), quantile(sorted_ms, 0.99),
                     quantile(sorted_ms, 0.999), quantile(sorted_ms, 1));
}

void print_figures(const char* what, const std::vector<double>& sorted_ms) {
  fmt::print("figure {}_p50_ms {:.2f} ms\n", what, quantile(sorted_ms, 0.5));
  fmt::print("figure {}_p99_ms {:.2f} ms\n", what, quantile(sorted_ms, 0.99));
}

double own_cpu_s() {
  rusage use{};
  ::getrusage(RUSAGE_SELF, &use);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(use.ru_utime) + seconds(use.ru_stime);
}

void print_fsyncs(const RealServer& server) {
  const auto metrics = server.api().call("GET", "/metrics").body;
  for (std::size_t at = 0; at < metrics.size();) {
    const auto end = std::min(metrics.find('\n', at), metrics.size());
    const auto line = std::string_view(metrics).substr(at, end - at);
    if (!line.starts_with('#') && line.find("sync") != line.npos) fmt::print("  {}\n", line);
    at = end + 1;
  }
}

Result<int> run(const std::string& program, const Plan& plan) {
  VT_TRY(auto server, RealServer::start(program));
  VT_TRY_VOID(server.put_product("BENCH", 500, 1'000'000));
  VT_TRY(const auto buyers, server.guests(kBuyers));
  Figures figures;
  std::atomic<int> next = 0, late = 0;
  const int total = plan.rate * plan.seconds;
  const auto begin = now_ns() + 200'000'000;
  const auto period_ns = 1'000'000'000 / plan.rate;
  const double cpu_before = own_cpu_s();
  std::vector<std::thread> threads;
  for (int t = 0; t < plan.threads; ++t) {
    threads.emplace_back([&] {
      auto api = server.api();
      for (int n = next++; n < total; n = next++) {
        api.set_token(buyers[static_cast<std::size_t>(n % kBuyers)].token);
        const auto due = begin + n * static_cast<std::int64_t>(period_ns);
        if (const auto wait = due - now_ns(); wait > 0)
          std::this_thread::sleep_for(std::chrono::nanoseconds(wait));
        if (ms_since(due) > 5) ++late;
        place(api, n, due, figures);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  const double took_s = ms_since(begin) / 1000;
  fmt::print("{} orders due at {}/s, {} confirmed in {:.2f} s ({:.0f}/s), {} failed {}, {} late\n",
             total, plan.rate, figures.order_ms.size(), took_s,
             static_cast<double>(figures.order_ms.size()) / took_s, figures.failed,
             figures.first_failure, late.load());
  std::sort(figures.reserve_ms.begin(), figures.reserve_ms.end());
  std::sort(figures.order_ms.begin(), figures.order_ms.end());
  fmt::print("reserved after   {}\nconfirmed after  {}\n", quantiles(figures.reserve_ms),
             quantiles(figures.order_ms));
  fmt::print("client CPU {:.2f} cores\nthe server's disk:\n", (own_cpu_s() - cpu_before) / took_s);
  print_fsyncs(server);
  print_figures("reserve", figures.reserve_ms);
  print_figures("order", figures.order_ms);
  return figures.failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace vitrine::durability

int main(int argc, char** argv) {
  std::string program;
  vitrine::durability::Plan plan;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::strcmp(argv[i], "--server") == 0)
      program = argv[i + 1];
    else if (std::strcmp(argv[i], "--rate") == 0)
      plan.rate = std::max(1, std::atoi(argv[i + 1]));
    else if (std::strcmp(argv[i], "--seconds") == 0)
      plan.seconds = std::max(1, std::atoi(argv[i + 1]));
    else if (std::strcmp(argv[i], "--threads") == 0)
      plan.threads = std::max(1, std::atoi(argv[i + 1]));
  }
  const auto done = vitrine::durability::run(program, plan);
  if (done) return *done;
  std::fprintf(stderr, "order_latency: %s\n", done.error().message.c_str());
  return 1;
}
