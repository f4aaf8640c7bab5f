// Batch is the stream that ends: over a log, lines, CSV and JSON.
#include <stdexcept>

#include "sim/sim_env.h"
#include "streams/run/run_test_kit.h"
#include "vitrine/text.h"

using namespace vitrine;
using namespace vitrine::literals;
using namespace vitrine::test;

namespace {
const Topic<std::string, Sale> late_sales{"late-sales"};
const Topic<Windowed<std::string>, std::int64_t> minutes{"minutes"};
const Topic<std::string, std::string> lines{"lines"};
const Topic<std::string, std::string> counts{"counts"};

void add(std::int64_t& sum, const Sale& sale) {
  if (sale.cents < 0) throw std::runtime_error("a sale below zero");
  sum += sale.cents;
}

// Two aggregates over one topic: per product for ever, per customer and minute with late records.
App sales_app() {
  App app{"sales"};
  auto all = app.stream(sales);
  all.group_by([](const Sale& s) { return s.sku; })
      .aggregate("revenue-by-sku", std::int64_t{0}, add)
      .to(revenue);
  all.group_by([](const Sale& s) { return s.customer; })
      .window(Tumbling{1min, 5s}, "spent-by-minute", std::int64_t{0}, add)
      .emit(on_close, late_sales)
      .to(minutes);
  return app;
}

// A live app whose clock follows its 1,000 sales in steps that meet every window's end; some are
// late, one in a hundred is refused.
struct Live {
  explicit Live(const std::string& folder) : engine(open_engine(app, folder, {}, &env)) { feed(); }
  void feed();
  sim::SetClock clock;
  Env env{clock, real_env().disk, real_env().random};
  App app = sales_app();
  std::unique_ptr<Engine> engine;
};

void Live::feed() {
  for (int i = 0; i < 1'000; ++i) {
    const std::string customer = "customer " + std::to_string(i * 31 % 17);
    const Sale sale{customer, "sku " + std::to_string(i * 7 % 23), i % 100 == 99 ? -1 : i};
    const Time time = at(Duration{1'000'000 + i * 500});
    clock.set(time);
    append(*engine, sales, customer, sale, time);
    if (i % 10 == 5) append(*engine, sales, customer, Sale{customer, "late", i}, time - 90s);
    run_until_idle(*engine);
  }
}

std::string error_of(const Result<BoundedReport>& result) {
  return result ? "" : result.error().message;
}

bool sale_of(const Row& row, std::string& key, Sale& sale, Time& time) {
  if (!row.has("sku")) return false;
  key = row.text("customer");
  sale = {key, std::string(row.text("sku")), row.integer("cents")};
  time = at(Duration{row.integer("ms")});
  return true;
}
}  // namespace

TEST_CASE("a bounded run over the log writes, byte for byte, what the live app wrote") {
  Folder folder;
  Live live{folder.path};
  for (const std::string topic : {"revenue", "minutes", "late-sales", "sales.dlq"}) {
    CAPTURE(topic);
    Collected again{topic};
    const App app = sales_app();
    auto report =
        run_bounded(app, inputs(from_log(real_env().disk, folder.path, sales)), again.options());
    REQUIRE_MESSAGE(report.has_value(), error_of(report));
    CHECK(report->records_in == 1'100);
    CHECK(report->dead_letters == 10);
    const auto wrote = told(fetch_all(*live.engine, topic));
    CHECK_FALSE(wrote.empty());
    CHECK(again.all == wrote);
  }
}

TEST_CASE("a part of the log is a run of its own") {
  Folder folder;
  Live live{folder.path};
  const auto all = fetch_all(*live.engine, "sales");
  const App app = sales_app();
  const auto report = run_bounded(app, inputs(from_log(real_env().disk, folder.path, sales,
                                                       all[10].position, all[20].position)));
  REQUIRE_MESSAGE(report.has_value(), error_of(report));
  CHECK(report->records_in == 10);
}

TEST_CASE("state larger than the cache goes to a folder, with the same result") {
  Folder folder;
  Live live{folder.path};
  Collected small{"revenue"};
  auto options = small.options();
  options.state_folder = folder.path + "/scratch";
  options.state_cache_bytes = 1'000;
  const App app = sales_app();
  const auto log = [&] { return inputs(from_log(real_env().disk, folder.path, sales)); };
  REQUIRE(run_bounded(app, log(), options).has_value());
  CHECK(small.all == told(fetch_all(*live.engine, "revenue")));
  live.engine.reset();
  options.state_folder = folder.path + "/state";
  CHECK(error_of(run_bounded(app, log(), options)).find("not empty") != std::string::npos);
}

TEST_CASE("lines are counted like a stream's") {
  Folder folder;
  const std::string path = folder.file("text", "to be or\r\nnot to be\n\nlast");
  App app{"words"};
  app.stream(lines)
      .flat_map<std::string>([](std::string_view line, Emit<std::string>& emit) {
        for (std::string_view word : split(line, ' ')) {
          if (!word.empty()) emit(word);
        }
      })
      .group_by([](std::string_view word) { return word; })
      .count("words")
      .map([](std::uint64_t count) { return std::to_string(count); })
      .to(counts);
  Collected out{"counts"};
  const auto report = run_bounded(app, inputs(from_lines(path, lines)), out.options());
  REQUIRE_MESSAGE(report.has_value(), error_of(report));
  CHECK(report->records_in == 4);
  REQUIRE(out.all.size() == 7);
  CHECK(std::get<0>(out.all[4]) == encoded(std::string("to")));
  CHECK(std::get<1>(out.all[4]) == encoded(std::string("2")));
}

TEST_CASE("CSV and JSON give the same run; rows are merged by time over both") {
  Folder folder;
  const std::string csv = folder.file("sales.csv",
                                      "ms,customer,sku,cents\r\n"
                                      "1000,\"Ann, \"\"A\"\"\",mug,5\r\n"
                                      "3000,\"Bob\nB\",mug,7\r\n"
                                      "4000,nobody,,9\r\n");
  const std::string json = folder.file("sales.json",
                                       "{\"ms\":2000,\"customer\":\"Eve\",\"sku\":\"cup\","
                                       "\"cents\":11}\n\n{\"ms\":5000,\"customer\":\"Eve\"}\n");
  App app{"copy"};
  const Topic<std::string, Sale> copy{"copy"};
  app.stream(sales).filter([](const Sale&) { return true; }).to(copy);
  Collected out{"copy"};
  const auto report = run_bounded(
      app, inputs(from_csv(csv, sales, sale_of), from_json(json, sales, sale_of)), out.options());
  REQUIRE_MESSAGE(report.has_value(), error_of(report));
  std::vector<Told> expected;
  for (const auto& [ms, sale] : std::vector<std::pair<int, Sale>>{{1000, {"Ann, \"A\"", "mug", 5}},
                                                                  {2000, {"Eve", "cup", 11}},
                                                                  {3000, {"Bob\nB", "mug", 7}}})
    expected.emplace_back(encoded(sale.customer), encoded(sale), at(Duration{ms}));
  CHECK(out.all == expected);
}

TEST_CASE("what cannot be read ends the run and says file, line and reason") {
  Folder folder;
  const App app = sales_app();
  const auto csv = [&](std::string_view text) {
    return error_of(
        run_bounded(app, inputs(from_csv(folder.file("bad.csv", text), sales, sale_of))));
  };
  const auto has = [](const std::string& text, std::string_view what) {
    return text.find(what) != std::string::npos;
  };
  const std::string header = "ms,customer,sku,cents\n";
  CHECK(has(csv(""), "a header line is needed"));
  CHECK(has(csv(header + "1,a,b\n"), "bad.csv, line 2: 3 fields, the header has 4"));
  CHECK(has(csv(header + "1,a,b,many\n"), "field cents is \"many\", not a whole number"));
  CHECK(has(csv("ms,customer,sku\n1,a,b\n"), "the header has no field cents"));
  CHECK(has(csv(header + "1,\"a,b,2\n"), "a quoted field does not end"));
  CHECK(has(csv(header + std::string(1'100'000, 'x')), "longer than 1 MiB"));
  const auto json = [&](std::string_view text) {
    return error_of(
        run_bounded(app, inputs(from_json(folder.file("bad.json", text), sales, sale_of))));
  };
  CHECK(has(json("[1]\n"), "bad.json, line 1: this line is no JSON object"));
  CHECK(has(json("{\"sku\":\"a\",\"customer\":5}"), "field customer is not a text"));
  CHECK(has(json("{\"sku\":\"a\"}"), "there is no field customer"));
  CHECK(has(from_csv(folder.path + "/none.csv", sales, sale_of).error().message, "none.csv"));
  const Topic<std::string, std::string> other{"other"};
  const std::string path = folder.file("text", "a");
  CHECK(has(error_of(run_bounded(app, inputs(from_lines(path, other)))), "does not read a topic"));
}
