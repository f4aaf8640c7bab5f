// Six reasons to read a log again, each a script one could run, each equal to what was live:
// a new consumer, a mended program, an auditor's extract, a question asked once, a new schema, a
// model trained from the beginning.
#include <map>
#include <thread>

#include "streams/run/run_test_kit.h"

using namespace vitrine;
using namespace vitrine::literals;
using namespace vitrine::test;

namespace {
const Topic<std::string, std::int64_t> points{"points"};

constexpr int kSales = 600;

Sale sale_number(int i) {
  return {"customer " + std::to_string(i * 31 % 17), "sku " + std::to_string(i * 7 % 23),
          i % 10 == 9 ? -i : i};  // below zero: a refund
}
Time time_of(int i) { return at(Duration{1'700'000'000'000 + i * 250}); }

App revenue_app(const std::string& name = "revenue") {
  App app{name};
  app.stream(sales)
      .group_by([](const Sale& s) { return s.sku; })
      .aggregate("revenue-by-sku", std::int64_t{0},
                 [](std::int64_t& sum, const Sale& s) { sum += s.cents; })
      .to(revenue);
  return app;
}

// One point per whole euro of a sale.
App loyalty_app(const std::string& name) {
  App app{name};
  app.stream(sales)
      .group_by([](const Sale& s) { return s.customer; })
      .aggregate("points-of", std::int64_t{0},
                 [](std::int64_t& sum, const Sale& s) { sum += s.cents / 100; })
      .to(points);
  return app;
}

// The shop whose log is read: `revenue` is what its live app made of it.
struct Shop {
  explicit Shop(const std::string& folder) : engine(open_engine(app, folder)) {}
  void sell(int from, int to) {
    for (int i = from; i < to; ++i) {
      const Sale sale = sale_number(i);
      append(*engine, sales, sale.customer, sale, time_of(i));
      if (i % 50 == 49) run_until_idle(*engine);
    }
    run_until_idle(*engine);
  }
  App app = revenue_app();
  std::unique_ptr<Engine> engine;
};
}  // namespace

TEST_CASE("replay 1: a consumer that comes late knows what one from the first day knows") {
  Folder shop_folder, early_folder, late_folder;
  Shop shop{shop_folder.path};
  App early = loyalty_app("loyalty-early");
  auto live = open_engine(early, early_folder.path, {shop.engine.get()});
  for (int day = 0; day < 6; ++day) {
    shop.sell(day * 100, day * 100 + 100);
    run_until_idle(*live);
  }
  App late = loyalty_app("loyalty-late");
  auto replayed = open_engine(late, late_folder.path, {shop.engine.get()});
  run_until_idle(*replayed);
  const auto told_live = told(fetch_all(*live, "points"));
  CHECK(told_live.size() == kSales);
  CHECK(told(fetch_all(*replayed, "points")) == told_live);
}

TEST_CASE("replay 2: a mended program run over the past gives what it would have given live") {
  Folder shop_folder, wrong_folder, right_folder;
  Shop shop{shop_folder.path};
  App wrong{"refunds-wrong"};  // counts refunds as sales
  wrong.stream(sales)
      .group_by([](const Sale& s) { return s.sku; })
      .aggregate("revenue-by-sku", std::int64_t{0},
                 [](std::int64_t& sum, const Sale& s) { sum += std::abs(s.cents); })
      .to(revenue);
  auto first = open_engine(wrong, wrong_folder.path, {shop.engine.get()});
  shop.sell(0, kSales);
  run_until_idle(*first);
  App mended = revenue_app("refunds-right");
  auto second = open_engine(mended, right_folder.path, {shop.engine.get()});
  run_until_idle(*second);
  const auto live = told(fetch_all(*shop.engine, "revenue"));
  CHECK(told(fetch_all(*first, "revenue")) != live);
  CHECK(told(fetch_all(*second, "revenue")) == live);
}

TEST_CASE(
    "replay 3: an auditor's extract holds every record of one person and span, and no other") {
  Folder folder;
  Shop shop{folder.path};
  shop.sell(0, kSales);
  const std::string who = "customer 5";
  const Time from = time_of(100), until = time_of(400);
  App extract{"extract"};
  const Topic<std::string, Sale> found{"extract"};
  extract.stream(sales).filter([&](const Sale& s) { return s.customer == who; }).to(found);
  Collected all{"extract"};
  auto options = all.options();
  options.on_record = [&](const std::string&, const RecordView& record) {
    if (record.timestamp >= from && record.timestamp < until)
      all.all.emplace_back(Bytes(record.key), Bytes(record.value), record.timestamp);
  };
  REQUIRE(run_bounded(extract, inputs(from_log(real_env().disk, folder.path, sales)), options));
  std::vector<Told> ledger;
  for (int i = 100; i < 400; ++i) {
    const Sale sale = sale_number(i);
    if (sale.customer == who)
      ledger.emplace_back(encoded(sale.customer), encoded(sale), time_of(i));
  }
  CHECK(ledger.size() > 10);
  CHECK(all.all == ledger);
}

TEST_CASE("replay 4: a question is asked of the log beside the program that writes it") {
  Folder folder;
  Shop shop{folder.path};
  shop.sell(0, kSales / 2);
  REQUIRE(shop.engine->start());
  std::atomic<bool> stop{false};
  std::thread seller([&] {
    for (int i = kSales / 2; !stop; ++i) {
      Append one;
      one.topic = sales.name();
      one.record = {encoded(std::string("k")), encoded(sale_number(i)), time_of(i), {}};
      one.keep_timestamp = true;
      if (!shop.engine->append(std::move(one))) std::this_thread::yield();
    }
  });
  App question = revenue_app("question");
  const Position end = shop.engine->committed_end();
  Collected answer{"revenue"};
  const auto asked =
      run_bounded(question, inputs(from_log(real_env().disk, folder.path, sales, Position{1}, end)),
                  answer.options());
  stop = true;
  seller.join();
  shop.engine->stop();
  REQUIRE(asked.has_value());
  CHECK(asked->records_in >= kSales / 2);
  auto live = told(fetch_all(*shop.engine, "revenue"));
  REQUIRE(live.size() >= answer.all.size());
  live.resize(answer.all.size());
  CHECK(answer.all == live);
}

namespace {
// The second schema: a currency, and the amount split into units and cents.
struct SaleV2 {
  std::string customer, sku, currency;
  std::int64_t units = 0, cents = 0;
  auto fields() { return std::tie(customer, sku, currency, units, cents); }
};
SaleV2 second_schema(const Sale& s) {
  return {s.customer, s.sku, "GBP", s.cents / 100, s.cents % 100};
}
}  // namespace

TEST_CASE("replay 5: the past is read in the new schema, and both ages make one history") {
  Folder shop_folder, folder;
  Shop shop{shop_folder.path};
  shop.sell(0, kSales);
  const Topic<std::string, SaleV2> sales_v2{"sales-v2"};
  App upgrade{"upgrade"};
  upgrade.stream(sales).map(second_schema).to(sales_v2);
  upgrade.stream(sales_v2)
      .group_by([](const SaleV2& s) { return s.sku; })
      .aggregate("revenue-by-sku", std::int64_t{0},
                 [](std::int64_t& sum, const SaleV2& s) { sum += s.units * 100 + s.cents; })
      .to(revenue);
  auto engine = open_engine(upgrade, folder.path, {shop.engine.get()});
  run_until_idle(*engine);
  CHECK(told(fetch_all(*engine, "revenue")) == told(fetch_all(*shop.engine, "revenue")));
  // Writers of the new schema go on where the old ones ended.
  append(*engine, sales_v2, std::string("Zoe"), SaleV2{"Zoe", "sku new", "EUR", 12, 34},
         time_of(kSales));
  run_until_idle(*engine);
  const auto all = fetch_all(*engine, "revenue");
  REQUIRE(all.size() == kSales + 1);
  CHECK(all.back().record.value == encoded(std::int64_t{1234}));
}

namespace {
// A model per product that learns from each sale: mean and variance by Welford's update (1962).
struct Price {
  std::uint64_t count = 0;
  double mean = 0, squares = 0;
  auto fields() { return std::tie(count, mean, squares); }
  void learn(double x) {
    ++count;
    const double before = x - mean;
    mean += before / static_cast<double>(count);
    squares += before * (x - mean);
  }
};
App model_app(const std::string& name, const Topic<std::string, Price>& models) {
  App app{name};
  app.stream(sales)
      .group_by([](const Sale& s) { return s.sku; })
      .aggregate("price-model", Price{},
                 [](Price& p, const Sale& s) { p.learn(static_cast<double>(s.cents)); })
      .to(models);
  return app;
}
}  // namespace

TEST_CASE("replay 6: a model trained from position 0 is, bit for bit, the one that learned live") {
  Folder shop_folder, live_folder, again_folder;
  const Topic<std::string, Price> models{"models"};
  Shop shop{shop_folder.path};
  App first = model_app("model-live", models), second = model_app("model-again", models);
  auto live = open_engine(first, live_folder.path, {shop.engine.get()});
  for (int part = 0; part < 6; ++part) {
    shop.sell(part * 100, part * 100 + 100);
    run_until_idle(*live);
    if (part != 2) continue;
    live.reset();  // a restart in between changes nothing
    live = open_engine(first, live_folder.path, {shop.engine.get()});
  }
  auto again = open_engine(second, again_folder.path, {shop.engine.get()});
  run_until_idle(*again);
  for (int sku = 0; sku < 23; ++sku) {
    const Bytes key = encoded("sku " + std::to_string(sku));
    const auto learned = live->state_get("price-model", key);
    REQUIRE(learned.has_value());
    CHECK(again->state_get("price-model", key) == learned);
  }
}
