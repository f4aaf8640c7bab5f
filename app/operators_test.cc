// The tools for operators, as they print and end. The log is a real one: the house's two engines.
#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>

#include "app/commands.h"
#include "app/house.h"
#include "app/time_text.h"
#include "app/value_text.h"
#include "base/log.h"
#include "commerce/model/topics.h"
#include "vitrine/dead_letters.h"
#include "vitrine/window.h"

namespace vitrine {
namespace {

struct Folder {
  Folder() {
    set_log_level(LogLevel::Error);
    auto pattern = (std::filesystem::temp_directory_path() / "operators-XXXXXX").string();
    path = ::mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string path;
};

struct Ran {
  int code = 0;
  std::string out, complaint;
};

using OrderNumber = Id<struct OrderNumberTag, std::int64_t>;
struct Row {
  std::string name;
  std::int64_t number = 0;
  std::vector<std::uint64_t> list;
  OrderNumber id;
  std::optional<bool> flag;
  auto fields() { return std::tie(name, number, list, id, flag); }
};

// What is written to a descriptor goes to a file as long as this lives.
class Redirected {
 public:
  Redirected(std::FILE* stream, std::string file)
      : stream_(stream), file_(std::move(file)), before_(::dup(::fileno(stream))) {
    std::fflush(stream_);
    std::FILE* target = std::fopen(file_.c_str(), "w");
    ::dup2(::fileno(target), ::fileno(stream_));
    std::fclose(target);
  }
  std::string end() {
    std::fflush(stream_);
    ::dup2(before_, ::fileno(stream_));
    ::close(before_);
    std::ifstream in(file_);
    return {std::istreambuf_iterator<char>(in), {}};
  }

 private:
  std::FILE* stream_;
  const std::string file_;
  const int before_;
};

// Runs a tool with its words, and keeps what it prints.
Ran run(int (*tool)(int, char**), std::vector<std::string> words, const std::string& log) {
  words.insert(words.begin(), "tool");
  words.insert(words.end(), {"--log", log});
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  Redirected out(stdout, log + ".printed"), complaints(stderr, log + ".complaints");
  Ran ran{tool(static_cast<int>(argv.size()), argv.data()), {}, {}};
  ran.complaint = complaints.end();
  ran.out = out.end();
  return ran;
}

bool has(const Ran& ran, std::string_view text) { return ran.out.find(text) != std::string::npos; }

// A log with two commands that no program could read.
void make_log(const std::string& log) {
  auto house = House::open(real_env(), log);
  REQUIRE(house.has_value());
  REQUIRE(house->start());
  for (const char* key : {"a", "b"}) {
    std::promise<void> done;
    Append one{topics::shop_commands.name(), {key, "\xff\xff", {}, "ask"}};
    REQUIRE(house->shop->append(std::move(one), [&](auto) { done.set_value(); }));
    done.get_future().wait();
  }
  house->stop();
}

}  // namespace

TEST_CASE("dead letters are listed, shown and replayed once") {
  Folder folder;
  const std::string log = folder.path + "/log";
  make_log(log);
  CHECK(has(run(run_dlq, {"list"}, log), "shop.commands.dlq"));
  const Ran shown = run(run_dlq, {"show", "shop.commands"}, log);
  CHECK(shown.code == 0);
  CHECK(has(shown, R"("of":"shop.commands","of_position":1,)"));
  CHECK(has(shown, R"("value":{"hex":"ffff"}})"));
  CHECK(has(run(run_dlq, {"replay", "shop.commands", "--count", "1"}, log), "1 appended again"));
  CHECK(has(run(run_dlq, {"replay", "shop.commands", "--count", "2"}, log),
            "1 appended again, 1 were before"));
  CHECK(run(run_dlq, {"replay", "shop.events"}, log).code == 1);
  auto house = House::open(real_env(), log);  // in use: nothing is replayed beside a server
  REQUIRE(house.has_value());
  CHECK(run(run_dlq, {"replay", "shop.commands"}, log).code == 1);
}

TEST_CASE("state is told as it was at a position and at a time; a wrong moment is refused") {
  Folder folder;
  const std::string log = folder.path + "/log";
  std::vector<std::string> at;
  {
    auto house = House::open(real_env(), log);
    REQUIRE(house.has_value());
    REQUIRE(house->start());
    for (const char* title : {"The first title", "The second title"}) {
      ShopCommand command;
      auto& product = *command.mutable_put_product()->mutable_product();
      product.set_sku("mug");
      product.set_title(title);
      product.mutable_price()->set_amount(100);
      product.mutable_price()->set_currency("GBP");
      std::promise<Position> done;
      Append one{topics::shop_commands.name(), {"shop_demo", encoded(command), {}, "ask"}};
      REQUIRE(house->shop->append(std::move(one), [&](const Result<Position>& position) {
        done.set_value(position.value());
      }));
      at.push_back(std::to_string(done.get_future().get().value()));
    }
    house->stop();
  }
  const auto asked = [&](std::vector<std::string> more) {
    std::vector<std::string> words{"get", "shop-products", "shop_demo|mug"};
    words.insert(words.end(), more.begin(), more.end());
    return run(run_state, words, log);
  };
  CHECK(has(asked({}), "The second title"));
  CHECK(has(asked({"--as-of", at[0]}), "The first title"));
  CHECK(has(asked({"--as-of", at[1]}), "The second title"));
  CHECK(has(asked({"--as-of", "2100-01-01T00:00Z"}), "The second title"));
  CHECK(asked({"--as-of", "2001-01-31T12:00:00.250Z"}).code == 1);  // nothing was there
  CHECK(asked({"--as-of", "1000000"}).code == 1);                   // nor is it yet
  CHECK(asked({"--as-of", "yesterday"}).code == 2);
}

TEST_CASE("moments are read as they are written") {
  for (const char* text : {"2026-01-31T12:00:00.250Z", "1970-01-01T00:00:00.000Z"})
    CHECK(time_text(*as_of_from(text)->before) == text);
  CHECK(time_text(*as_of_from("2026-01-31")->before) == "2026-01-31T00:00:00.000Z");
  CHECK(as_of_from("17")->at == Position{17});
  for (const char* text : {"", "0", "-1", "2026-13-01", "2026-01-31T25:00Z", "2026-01-31T12:00",
                           "2026-01-31 12:00Z", "2026-01-31T12:00:00Zx"})
    CHECK_FALSE(as_of_from(text));
}

TEST_CASE("topics are told with what is known of them and what they hold") {
  Folder folder;
  const std::string log = folder.path + "/log";
  make_log(log);
  const Ran all = run(run_topic, {"list"}, log);
  CHECK(has(all, "shop.commands "));
  CHECK(has(all, "for ever"));
  CHECK(has(all, "1.."));
  CHECK(run(run_topic, {"list"}, folder.path + "/nowhere").code == 1);
  const Ran one = run(run_topic, {"list"}, log + "/shop");  // one engine's folder
  CHECK(has(one, "shop.commands.dlq"));
}

TEST_CASE("a backup is checked, restored and refused where it would do harm") {
  Folder folder;
  const std::string log = folder.path + "/log", copy = folder.path + "/copy";
  make_log(log);
  CHECK(run(run_backup, {copy}, log).code == 0);
  CHECK(run(run_backup, {copy}, log).code == 1);  // there is one
  CHECK(run(run_restore, {copy}, log).code == 1);  // there is a log
  const std::string fresh = folder.path + "/fresh";
  CHECK(run(run_restore, {copy, "--check"}, fresh).code == 0);
  CHECK_FALSE(std::filesystem::exists(fresh));
  CHECK(run(run_restore, {copy}, fresh).code == 0);
  CHECK(has(run(run_dlq, {"list"}, fresh), "shop.commands.dlq"));

  CHECK(run(run_savepoint, {"create", "monday"}, log).code == 0);
  CHECK(has(run(run_savepoint, {"list"}, log), "savepoint monday shop"));
  CHECK(run(run_savepoint, {"remove", "monday"}, log).code == 0);
  CHECK(run(run_savepoint, {"list"}, log).out.empty());
  CHECK(run(run_savepoint, {"remove", "monday"}, log).code == 1);
}

TEST_CASE("the house's topics are moved to Kafka as an archive only; what is wrong is said first") {
  Folder folder;
  const std::string log = folder.path + "/log";
  make_log(log);
  const std::string nowhere = "kafka://127.0.0.1:1";  // nobody is asked
  const auto complaint = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"--to", nowhere});
    const Ran ran = run(run_migrate, words, log);
    CHECK(ran.code == 1);
    return ran.complaint;
  };
  CHECK(complaint({}).find("--as archive.") != std::string::npos);
  CHECK(complaint({"--topics", "shop.comands"}).find("`vitrine topic list`") != std::string::npos);
  CHECK(complaint({"--where", "shop.commands"}).find("TOPIC@POSITION") != std::string::npos);
  CHECK(complaint({"--kafka-config", "no-such-file"}).find("no-such-file") != std::string::npos);
  CHECK(run(run_migrate, {}, log).code == 2);
  CHECK(run(run_migrate, {"--to", nowhere, "--partitions", "0"}, log).code == 2);
}

TEST_CASE("states are listed; a wrong name or key says what is wrong") {
  Folder folder;
  const std::string log = folder.path + "/log";
  make_log(log);
  CHECK(has(run(run_state, {"list"}, log), "scoped-row:1 -> proto:"));
  CHECK(run(run_state, {"scan", "no-such"}, log).code == 1);
  CHECK(run(run_state, {"get", "no-such", "x"}, log).code == 1);
  CHECK(run(run_state, {"scan"}, log).code == 2);
}

TEST_CASE("keys and values are told by their types") {
  CHECK(value_json("string", "a\"b") == "\"a\\\"b\"");
  CHECK(value_json("int64", encoded(std::int64_t{-7})) == "-7");
  CHECK(value_json("uint64", "short") == "{\"hex\":\"73686f7274\"}");
  CHECK(value_json("windowed(string)",
                   encoded(Windowed<std::string>{"k", window(Duration{5}, Duration{9})})) ==
        "{\"start\":5,\"end\":9,\"key\":\"k\"}");
  CHECK(value_json("proto:vitrine.Money", "\xff") == "{\"hex\":\"ff\"}");
  CHECK(value_json("struct(string)", "\x01") == "{\"hex\":\"01\"}");
  const Row row{"a", -2, {1, 2}, OrderNumber{5}, std::nullopt};
  CHECK(value_json(Serde<Row>::name, encoded(row)) == R"(["a",-2,[1,2],5,null])");
  CHECK(value_json(Serde<std::vector<Row>>::name, encoded(std::vector<Row>{row})) ==
        R"([["a",-2,[1,2],5,null]])");
  const ScopedRow below{"shop_1", "mug|red"};
  CHECK(value_json("scoped-row:1", encoded(below)) == "\"shop_1|mug|red\"");
  CHECK(key_bytes_of("scoped-row:1", "shop_1|mug|red") == encoded(below));
  CHECK(encoded(below).starts_with(key_bytes_of("scoped-row:1", "shop_1").value()));
  CHECK(key_bytes_of("int64", "5") == encoded(std::int64_t{5}));
  CHECK_FALSE(key_bytes_of("int64", "five").has_value());
  CHECK(key_bytes_of("struct(string)", "01ff") == Bytes("\x01\xff"));
  CHECK_FALSE(key_bytes_of("struct(string)", "01f").has_value());
}

}  // namespace vitrine
