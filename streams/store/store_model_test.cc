#include <doctest/doctest.h>

#include <map>
#include <random>
#include <string>

#include "streams/store/state_scan.h"
#include "streams/store/typed_store.h"

using namespace vitrine;

namespace {

// The store against a std::map, with a budget so small that nearly everything is evicted all the
// time.
class Model {
 public:
  explicit Model(std::uint64_t seed) : random_(seed), backend_(memory_backend()) { reopen(); }

  void record() {
    stores_->begin_record();
    const auto before = now_;
    const auto changes = random_() % 4;
    for (std::uint64_t i = 0; i <= changes; ++i) change();
    if (random_() % 5 == 0) {
      stores_->undo_record();
      now_ = before;
    }
    const std::string probe = key();
    const auto* found = store_->find(probe);
    const auto expected = now_.find(probe);
    REQUIRE((found != nullptr) == (expected != now_.end()));
    if (found != nullptr) REQUIRE(*found == expected->second);
  }

  // The journal: what is drained, with the epoch, for restoring.
  void commit() {
    ++epoch_;
    stores_->drain(Epoch{epoch_}, [&](const std::string&, BytesView k, BytesView v, bool removed) {
      journal_.push_back({epoch_, Bytes(k), Bytes(v), removed});
    });
    committed_ = now_;
    if (random_() % 3 != 0) stores_->committed(Epoch{epoch_});  // else learned with the next
  }

  void checkpoint() {
    commit();
    stores_->committed(Epoch{epoch_});
    stores_->begin_checkpoint(Epoch{epoch_});
    while (!stores_->checkpoint_slice(1 + random_() % 7).value()) {
      record();
      commit();
      stores_->committed(Epoch{epoch_});
    }
  }

  void crash() {
    now_ = committed_;
    reopen();
    for (const auto& delta : journal_) {
      if (Epoch{delta.epoch} > backend_->applied())
        stores_->restore("s", delta.key, delta.value, delta.removed);
    }
    check_all();
  }

  void check_all() {
    std::map<std::string, std::string> seen;
    std::string last;
    store_->for_each([&](std::string_view k, const std::string& v) {
      CHECK(last <= k);
      last = k;
      seen.emplace(k, v);
    });
    REQUIRE(seen == now_);
    check_pages();
  }

  // Page after page of any size, the same rows.
  void check_pages() {
    std::map<std::string, std::string> paged;
    StateScan scan{"s", {}, {}, 1 + random_() % 40, 50 + random_() % 2'000};
    for (std::optional<Bytes> from = Bytes{}; from;) {
      scan.from = *from;
      std::vector<ScanPart> parts;
      parts.push_back(take_part(*stores_, scan).value());
      const StatePage page = merged(scan, parts);
      REQUIRE(page.rows.size() <= scan.rows_max);
      for (const auto& [k, v] : page.rows) REQUIRE(paged.emplace(k, v).second);
      from = page.next;
    }
    REQUIRE(paged == now_);
  }

  std::uint64_t evictions() const { return evictions_ + stores_->evictions(); }
  std::uint64_t pick(std::uint64_t n) { return random_() % n; }

 private:
  struct Logged {
    std::uint64_t epoch;
    Bytes key, value;
    bool removed;
  };
  void reopen() {
    if (stores_) evictions_ += stores_->evictions();
    stores_ = std::make_unique<StoreSet>(*backend_, 3'000);
    store_ = &stores_->keyed<std::string, std::string>("s");
  }
  std::string key() {
    return "key-" + std::to_string(random_() % 97) + (random_() % 2 == 0 ? "" : "-of-more-bytes");
  }
  void change() {
    const std::string k = key();
    if (random_() % 4 == 0) {
      store_->erase(k);
      now_.erase(k);
    } else if (random_() % 2 == 0) {
      now_[k] = std::to_string(random_() % 1000);
      store_->put(k, now_[k]);
    } else {
      store_->upsert(k, "init") += "+";
      now_[k] = now_.contains(k) ? now_[k] + "+" : "init+";
    }
  }

  std::mt19937_64 random_;
  std::unique_ptr<StateBackend> backend_;
  std::unique_ptr<StoreSet> stores_;
  Store<std::string, std::string>* store_ = nullptr;
  std::map<std::string, std::string> now_, committed_;
  std::vector<Logged> journal_;
  std::uint64_t epoch_ = 0;
  std::uint64_t evictions_ = 0;
};

}  // namespace

TEST_CASE(
    "a store with a tiny budget agrees with a map through undo, eviction, checkpoint and crash") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    Model model(seed);
    for (int i = 0; i < 400; ++i) {
      const auto what = model.pick(100);
      if (what < 80)
        model.record();
      else if (what < 94)
        model.commit();
      else if (what < 97)
        model.check_all();
      else if (what < 99)
        model.checkpoint();
      else
        model.crash();
    }
    CHECK(model.evictions() > 100);
  }
}
