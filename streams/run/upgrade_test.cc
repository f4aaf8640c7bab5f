// The next version of a program on the folder, the backup and the log of the last one.
#include "streams/run/run_test_kit.h"
#include "vitrine/backup.h"
#include "vitrine/state_view.h"

using namespace vitrine;
using namespace vitrine::literals;
using namespace vitrine::test;

namespace {

struct SaleInEuro {  // Sale, with a currency
  static constexpr int version = 2;
  static SaleInEuro upgrade_from(const Sale& old) {
    return {old.customer, old.sku, old.cents, "EUR"};
  }
  std::string customer, sku;
  std::int64_t cents = 0;
  std::string currency;
  auto fields() { return std::tie(customer, sku, cents, currency); }
  friend bool operator==(const SaleInEuro&, const SaleInEuro&) = default;
};

// The last sale of each customer.
template <class S>
App last_sales() {
  App app{"last-sales"};
  app.table(Topic<std::string, S>{"sales"}).to(Topic<std::string, S>{"told"});
  return app;
}

template <class S>
S last_of(const Engine& engine, const std::string& customer) {
  return StateView<std::string, S>::of(engine, "sales").value().get(customer).value();
}

// Flushed to disk, and in the journal's tail only.
void sell(const std::string& folder) {
  App app = last_sales<Sale>();
  {
    auto engine = open_engine(app, folder);
    for (const char* who : {"Ann", "Bea"})
      append<std::string, Sale>(*engine, sales, who, {who, "a", 1}, at(1s));
    engine->stop();
  }
  auto engine = open_engine(app, folder);
  append<std::string, Sale>(*engine, sales, "Cid", {"Cid", "c", 3}, at(2s));
  run_until_idle(*engine);
  REQUIRE(engine->backup(folder + "/backup"));
  std::filesystem::copy(folder + "/journal", folder + "/killed/journal",
                        std::filesystem::copy_options::recursive);
  std::filesystem::copy(folder + "/state", folder + "/killed/state",
                        std::filesystem::copy_options::recursive);
  std::filesystem::copy_file(folder + "/identities", folder + "/killed/identities");
}

void check_upgraded(const std::string& folder) {
  App app = last_sales<SaleInEuro>();
  {
    auto engine = open_engine(app, folder);
    CHECK(last_of<SaleInEuro>(*engine, "Ann") == SaleInEuro{"Ann", "a", 1, "EUR"});
    CHECK(last_of<SaleInEuro>(*engine, "Cid") == SaleInEuro{"Cid", "c", 3, "EUR"});
    append<std::string, SaleInEuro>(*engine, Topic<std::string, SaleInEuro>{"sales"}, "Bea",
                                    {"Bea", "b", 2, "GBP"}, at(3s));
    run_until_idle(*engine);
    engine->stop();
  }
  auto engine = open_engine(app, folder);
  CHECK(last_of<SaleInEuro>(*engine, "Ann").currency == "EUR");  // still the old bytes, on disk
  CHECK(last_of<SaleInEuro>(*engine, "Bea") == SaleInEuro{"Bea", "b", 2, "GBP"});
  engine.reset();

  App before = last_sales<Sale>();
  EngineOptions options;
  options.folder = folder;
  const auto refused = Engine::open(real_env(), before, options);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == Code::Conflict);
  CHECK(refused.error().message.find("a newer program has opened it") != std::string::npos);
}

}  // namespace

TEST_CASE("state is upgraded from disk and from the journal's tail, and not opened by older ones") {
  Folder folder;
  std::filesystem::create_directories(folder.path + "/killed");
  sell(folder.path);
  check_upgraded(folder.path + "/killed");
}

TEST_CASE("a backup of the last version is restored into the next one") {
  Folder folder;
  std::filesystem::create_directories(folder.path + "/killed");
  sell(folder.path);
  REQUIRE(restore_backup(real_env().disk, folder.path + "/backup", folder.path + "/restored"));
  check_upgraded(folder.path + "/restored");
}

TEST_CASE("a log of the last version is read by the next one as if it had been written so") {
  Folder folder, other;
  std::filesystem::create_directories(folder.path + "/killed");
  sell(folder.path);
  App app = last_sales<SaleInEuro>();
  auto upstream_app = last_sales<Sale>();
  Collected bounded{"told"};
  REQUIRE(run_bounded(app,
                      inputs(from_log(real_env().disk, folder.path,
                                      Topic<std::string, SaleInEuro>{"sales"})),
                      bounded.options()));
  REQUIRE(bounded.all.size() == 3);
  CHECK(decoded<SaleInEuro>(std::get<1>(bounded.all[2])) == SaleInEuro{"Cid", "c", 3, "EUR"});
  // And live: the old program's engine as upstream of the new one.
  auto upstream = open_engine(upstream_app, folder.path);
  auto engine = open_engine(app, other.path, {upstream.get()});
  run_until_idle(*engine);
  CHECK(told(fetch_all(*engine, "told")) == bounded.all);
}
