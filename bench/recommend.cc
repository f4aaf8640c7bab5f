// recommend: next-item recommendations while the sessions are learnt, one core. A hundred thousand
// items, Zipf 0.9; a session has two to ten clicks, each the next item on the shelf of the one
// before or any other; every click is answered with 20 items, every session is learnt as it ends.
// First the model is filled to its bound, so that sessions leave while it is measured.
//
// usage: recommend [--clicks N] [--items N]
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "bench/bench_kit.h"
#include "learn/sessions/session_knn.h"

namespace {

using vitrine::bench::now_ns;
using vitrine::learn::ItemId;

class Visitors {
 public:
  explicit Visitors(std::uint64_t items) : items_(items), numbers_(7), zipf_(items, 0.9) {}

  const std::vector<ItemId>& session() {
    session_.clear();
    ItemId item = any();
    for (std::uint64_t left = 2 + numbers_.next() % 9; left > 0; --left) {
      session_.push_back(item);
      item = numbers_.real() < 0.6 ? (item + 1 + numbers_.next() % 5) % items_ : any();
    }
    return session_;
  }

 private:
  // Popular items do not stand beside each other: a rank's item is a fixed shuffle of it.
  ItemId any() { return (zipf_(numbers_) * 0x9E3779B1ULL) % items_; }

  std::uint64_t items_;
  vitrine::bench::Numbers numbers_;
  vitrine::bench::Zipf zipf_;
  std::vector<ItemId> session_;
};

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t clicks = 200'000, items = 100'000;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::strcmp(argv[i], "--clicks") == 0) clicks = std::strtoull(argv[i + 1], nullptr, 10);
    if (std::strcmp(argv[i], "--items") == 0) items = std::strtoull(argv[i + 1], nullptr, 10);
  }
  if (argc % 2 == 0 || clicks < 1000 || items < 100) {
    std::puts("usage: recommend [--clicks N] [--items N]     at least 1000 clicks and 100 items");
    return argc == 2 && std::strcmp(argv[1], "--help") == 0 ? 0 : 2;
  }
  vitrine::learn::SessionKnn knn{{}};
  Visitors visitors{items};
  std::uint64_t filled = 0;
  for (; knn.store().oldest() == 0; ++filled) knn.learn(visitors.session());
  std::fprintf(stderr, "%llu sessions learnt, %llu kept\n", static_cast<unsigned long long>(filled),
               static_cast<unsigned long long>(knn.store().size()));

  // By the clock, and by this thread's share of a core, which a busy machine does not lengthen.
  std::vector<std::int64_t> took_ns, cpu_ns;
  took_ns.reserve(clicks);
  cpu_ns.reserve(clicks);
  std::uint64_t listed = 0;
  const double cpu = vitrine::bench::own_seconds();
  while (took_ns.size() < clicks) {
    const auto& session = visitors.session();
    for (std::size_t at = 1; at <= session.size(); ++at) {
      const std::int64_t began = now_ns();
      const double used = vitrine::bench::own_seconds();
      listed += knn.recommend({session.data(), at}, 20).size();
      cpu_ns.push_back(std::llround((vitrine::bench::own_seconds() - used) * 1e9));
      took_ns.push_back(now_ns() - began);
    }
    knn.learn(session);
  }
  const double seconds = vitrine::bench::own_seconds() - cpu;
  const double all = static_cast<double>(took_ns.size());
  std::printf("figure clicks_per_s %.0f clicks/s\n", all / seconds);
  std::printf("figure listed_mean %.2f items\n", static_cast<double>(listed) / all);
  std::printf("figure p50_us %.2f us\n", vitrine::bench::quantile_ms(took_ns, 0.5) * 1000);
  std::printf("figure p99_us %.2f us\n", vitrine::bench::quantile_ms(took_ns, 0.99) * 1000);
  std::printf("figure p99_cpu_us %.2f us\n", vitrine::bench::quantile_ms(cpu_ns, 0.99) * 1000);
  std::printf("figure memory_mib %.0f MiB\n", vitrine::bench::memory_mib("VmHWM"));
  return 0;
}
