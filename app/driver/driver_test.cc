#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "app/driver/api.h"
#include "app/driver/dice.h"
#include "app/driver/json.h"
#include "app/driver/ledger.h"
#include "app/driver/material.h"
#include "app/driver/options.h"

namespace vitrine::driver {
namespace {

struct Folder {
  Folder() {
    auto pattern = (std::filesystem::temp_directory_path() / "driver-XXXXXX").string();
    path = ::mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string path;
};

Result<DriverOptions> parsed(std::vector<std::string> words) {
  words.insert(words.begin(), "vitrine-driver");
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  return parse_driver_options(static_cast<int>(argv.size()), argv.data());
}

TEST_CASE("an acknowledged message is still acknowledged after the driver was started again") {
  const Folder folder;
  {
    auto ledger = Ledger::open(folder.path + "/l");
    REQUIRE(ledger);
    (*ledger)->sent("chat", "m1");
    (*ledger)->acknowledged("chat", "m1", "7");
    (*ledger)->sent("chat", "m2");
    (*ledger)->refused("order", "k1", "stock-unavailable");
  }
  auto again = Ledger::open(folder.path + "/l");
  REQUIRE(again);
  CHECK((*again)->snapshot_of_acknowledged("chat") ==
        std::map<std::string, std::string>{{"m1", "7"}});
  CHECK((*again)->snapshot_of_acknowledged("order").empty());
}

TEST_CASE("a ledger line that was cut by a crash is dropped, and the next one stands alone") {
  const Folder folder;
  std::ofstream(folder.path + "/l") << "ack chat m1 1\nack chat m2";
  {
    auto ledger = Ledger::open(folder.path + "/l");
    REQUIRE(ledger);
    CHECK((*ledger)->snapshot_of_acknowledged("chat").size() == 1);
    (*ledger)->acknowledged("chat", "m3", "3");
  }
  auto again = Ledger::open(folder.path + "/l");
  REQUIRE(again);
  CHECK((*again)->snapshot_of_acknowledged("chat") ==
        std::map<std::string, std::string>{{"m1", "1"}, {"m3", "3"}});
}

TEST_CASE("two different answers for one key are a contradiction, the same answer twice is none") {
  const Folder folder;
  auto ledger = Ledger::open(folder.path + "/l");
  REQUIRE(ledger);
  (*ledger)->acknowledged("order", "k1", "ord_1");
  (*ledger)->acknowledged("order", "k1", "ord_1");
  CHECK((*ledger)->contradictions() == 0);
  (*ledger)->acknowledged("order", "k1", "ord_2");
  CHECK((*ledger)->contradictions() == 1);
}

TEST_CASE("a message a moderator removed is no longer expected, also after a restart") {
  const Folder folder;
  {
    auto ledger = Ledger::open(folder.path + "/l");
    REQUIRE(ledger);
    (*ledger)->acknowledged("chat", "m1", "1");
    (*ledger)->removed("chat", "m1");
    (*ledger)->removed("chat", "somebody else's");
  }
  auto again = Ledger::open(folder.path + "/l");
  REQUIRE(again);
  CHECK((*again)->snapshot_of_acknowledged("chat").empty());
}

TEST_CASE("a held message is not expected before it is released") {
  const Folder folder;
  auto ledger = Ledger::open(folder.path + "/l");
  REQUIRE(ledger);
  (*ledger)->sent("chat", "m1");
  (*ledger)->held("chat", "m1");
  CHECK((*ledger)->snapshot_of_acknowledged("chat").empty());
  (*ledger)->acknowledged("chat", "m1", "7");  // said again after its release
  CHECK((*ledger)->snapshot_of_acknowledged("chat").at("m1") == "7");
  CHECK((*ledger)->contradictions() == 0);
}

TEST_CASE("commas and quotes inside quotes belong to the field") {
  CHECK(csv_fields(R"(1,"Tea, Coffee & ""Sugar""",3)") ==
        std::vector<std::string>{"1", "Tea, Coffee & \"Sugar\"", "3"});
  CHECK(csv_fields("a,,c\r") == std::vector<std::string>{"a", "", "c"});
}

TEST_CASE("a missing folder of extracts is told by its path") {
  const auto material = load_material("/nowhere");
  REQUIRE(!material);
  CHECK(material.error().message.find("/nowhere/shop/products.csv") != std::string::npos);
}

TEST_CASE("durations are written with their unit") {
  CHECK(parse_duration_ms("90s").value() == 90'000);
  CHECK(parse_duration_ms("2min").value() == 120'000);
  CHECK(parse_duration_ms("500ms").value() == 500);
  CHECK(parse_duration_ms("5").value() == 5'000);
  for (const char* wrong : {"", "s", "-1s", "5 parsecs", "9999999999999s"})
    CHECK(!parse_duration_ms(wrong));
}

TEST_CASE("options are refused when they are unknown, incomplete or out of bounds") {
  CHECK(parsed({"--viewers", "50", "--speed", "2.5", "--no-host"}).value().viewers == 50);
  CHECK(!parsed({"--viewers", "0"}));
  CHECK(!parsed({"--viewers"}));
  CHECK(!parsed({"--speed", "fast"}));
  CHECK(!parsed({"--log", "/tmp"}));
}

TEST_CASE("an address is a scheme, a host and a port") {
  CHECK(endpoint_of("http://127.0.0.1:8080").value().port == 8080);
  CHECK(endpoint_of("http://shop.example/").value().host == "shop.example");
  CHECK(endpoint_of("https://shop.example").value().tls);
  for (const char* wrong : {"", "shop.example:80", "http://", "http://a:b", "http://a:99999"})
    CHECK(!endpoint_of(wrong));
}

TEST_CASE("the same seed draws the same fortune") {
  Dice a(7), b(7), c(8);
  CHECK(a.next() == b.next());
  CHECK(a.wait_ms(3) == b.wait_ms(3));
  CHECK(a.next() != c.next());
}

TEST_CASE("what is quoted reads back as it was") {
  const std::string text = "a \"b\" \\ \n\t é";
  CHECK(json_text("{\"x\":[" + json_quoted(text) + "]}", "/x/0") == text);
  CHECK(json_items(R"({"x":["a",{"b":1}]})", "/x") == std::vector<std::string>{"a", R"({"b":1})"});
  CHECK(json_text("not json", "/x").empty());
  CHECK(json_number(R"({"n":12})", "/n") == 12);
}

}  // namespace
}  // namespace vitrine::driver
