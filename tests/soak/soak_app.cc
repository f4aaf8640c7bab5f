#include "tests/soak/soak_app.h"

#include <stdexcept>
#include <vector>

#include "sim/sim_env.h"

namespace vitrine::soak {
namespace {

using namespace std::chrono_literals;
using Items = Stream<std::string, Item>;

// After a restart only its state and its timers know what it waits for.
struct Reminder {
  static constexpr bool uses_stream_time = true;
  Reminder(Stores& stores, const std::string& name, Duration delay)
      : waiting(stores.keyed<Item>(name)), after(delay) {}
  void on_record(std::string_view key, const Item& item, Context<std::string, Item>& context) {
    auto& sum = waiting.upsert(key);
    sum = {item.id, sum.amount + item.amount};
    context.timers().at_stream_time(context.timestamp() + after, key);
  }
  void on_timer(std::string_view key, Time, Context<std::string, Item>& context) {
    const Item* item = waiting.find(key);
    if (item != nullptr) context.emit(key, *item);
    waiting.erase(key);
  }
  Keyed<Item> waiting;
  Duration after;
};

void add(Item& sum, const Item& item) { sum = {item.id, sum.amount + item.amount}; }

class Builder {
 public:
  explicit Builder(std::uint64_t seed)
      : random_(seed),
        sharded_(for_several_shards(seed)),
        app_("soak-" + std::to_string(seed)),
        prices_(app_.table(prices)) {}

  App build() {
    const auto in = app_.stream(items);
    const std::uint64_t chains = 1 + random_.below(3);
    for (std::uint64_t i = 0; i < chains; ++i) chain(in);
    return std::move(app_);
  }

 private:
  void chain(const Items& in) {
    behind_hop_ = behind_rekey_ = false;
    extend(in, 2 + random_.below(5));
  }
  void extend(const Items& at, std::uint64_t by) {
    if (by == 0) return at.to(topic("out"));
    extend(behind_hop_ || sharded_ ? timeless(at) : any(at), by - 1);
  }

  std::string name(const char* kind) { return kind + std::to_string(++names_); }
  Topic<std::string, Item> topic(const char* kind) {
    const std::uint32_t fewest = sharded_ ? kSoakShardsMax : 1;
    return Topic<std::string, Item>{name(kind), {.partitions = fewest << random_.below(4)}};
  }
  Duration some_time() { return Duration{10 + static_cast<std::int64_t>(random_.below(500))}; }

  Items any(const Items& in) { return random_.below(2) == 0 ? timeless(in) : timed(in); }

  Items timeless(const Items& in) {
    const std::uint64_t n = 2 + random_.below(9);
    switch (random_.below(12)) {
      case 0: return in.map([n](const Item& item) { return Item{item.id, item.amount * n}; });
      case 1: return in.filter([n](const Item& item) { return item.id % n != 0; });
      case 2:
        return in.flat_map<Item>([n](const Item& item, Emit<Item>& emit) {
          for (std::uint64_t i = 0; i < item.id % n % 4; ++i) emit({item.id, item.amount + i});
        });
      case 3:
        return rekeyed(in, n);
      case 4:
        // A shard calls what stands behind a new key for a record of its own; a lone one for the
        // record it came from, which would then be refused.
        if (sharded_ && behind_rekey_) return in;
        return in.map([n](const Item& item) {
          if (item.id % (n * 10) == 3) throw std::runtime_error("this item is refused");
          return item;
        });
      case 5:
        return in.group_by_key().count(name("count")).map([](std::uint64_t count) {
          return Item{count, count};
        });
      case 6: return in.group_by_key().aggregate(name("sum"), Item{}, add).stream();
      case 7: {
        auto [even, rest] = in.branch([](const Item& item) { return item.id % 2 == 0; }, otherwise);
        return even.map([n](const Item& item) { return Item{item.id, item.amount + n}; })
            .merge(rest);
      }
      case 8:
        return in.group_by_key()
            .top_k(name("top"), TopK{.k = 3}, &Item::amount, &Item::id)
            .map([](const std::vector<Item>& best) {
              Item sum;
              for (const Item& item : best) add(sum, item);
              return sum;
            });
      case 9:
        // Behind a hop a record meets the table as it is when it has come there: with other steps,
        // another row.
        if (behind_hop_ || (sharded_ && behind_rekey_)) return in;
        return in.left_join(prices_, [](const Item& item, const Item* price) {
          return Item{item.id, item.amount + (price == nullptr ? 7 : price->amount)};
        });
      default: return hop(in);
    }
  }

  Items rekeyed(const Items& in, std::uint64_t n) {
    behind_rekey_ = true;
    if (sharded_) {
      return in.rekey([n](std::string_view key, const Item& item) {
        return std::string(key) + "/" + std::to_string(item.amount % n);
      });
    }
    return in.rekey([n](const Item& item) { return "r" + std::to_string(item.amount % n); });
  }

  Items hop(const Items& in) {
    behind_hop_ = true;
    const auto between = topic("hop");
    in.to(between);
    return app_.stream(between);
  }

  Items timed(const Items& in) {
    const Duration size = some_time();
    const Duration grace = random_.below(2) == 0 ? 0ms : some_time();
    switch (random_.below(7)) {
      case 0:
        return flat(in.group_by_key()
                        .window(Tumbling{size, grace}, name("tumbling"), Item{}, add)
                        .emit(on_close, topic("late")));
      case 1:
        return flat(in.group_by_key()
                        .window(Hopping{4 * size, size, grace}, name("hopping"), Item{}, add, add)
                        .emit(each_update));
      case 2:
        return flat(in.group_by_key()
                        .window(Session{size, grace}, name("session"), Item{}, add, add)
                        .emit(on_close, drop_late));
      case 3:
        return in.filter([](const Item& item) { return item.id % 3 == 0; })
            .left_join(in.filter([](const Item& item) { return item.id % 3 == 1; }),
                       within(size, grace), name("join"), [](const Item& a, const Item* b) {
                         return Item{a.id, a.amount + (b == nullptr ? 0 : b->id)};
                       });
      case 4:
        return in.deduplicate(
            name("seen"), size, [](const Item& item) { return item.amount % 5; }, stream_time);
      case 5: return in.suppress(at_most_every(size), name("latest"));
      default: {
        const std::string state = name("waiting");
        return in.process([state, size](Stores& stores) { return Reminder{stores, state, size}; });
      }
    }
  }

  template <class Windows>
  static Items flat(const Windows& windows) {
    return windows.rekey([](const Windowed<std::string>& of, const Item&) {
      return of.key + "@" + std::to_string(millis_of(of.window.start));
    });
  }

  sim::SeededRandom random_;
  const bool sharded_;
  App app_;
  Table<std::string, Item> prices_;
  bool behind_hop_ = false, behind_rekey_ = false;
  int names_ = 0;
};

}  // namespace

bool for_several_shards(std::uint64_t seed) { return seed % 2 == 0; }

App soak_app(std::uint64_t seed) { return Builder{seed}.build(); }

}  // namespace vitrine::soak
