#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "app/demo_child.h"
#include "app/demo_options.h"
#include "app/demo_terminal.h"

namespace vitrine {
namespace {

struct Folder {
  Folder() {
    auto pattern = (std::filesystem::temp_directory_path() / "demo-XXXXXX").string();
    path = ::mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string path;
};

std::string text_of(const std::string& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Waits for the child's end; a stuck one fails the whole test program by its time limit.
void join(Child& child) {
  while (!child.ended()) ::usleep(1'000);
}

TEST_CASE("a busy port is told with what to do, and port 0 picks a free one") {
  const auto free = free_port("127.0.0.1", 0);
  REQUIRE(free);
  CHECK(*free != 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(*free);
  const int taken = ::socket(AF_INET, SOCK_STREAM, 0);
  REQUIRE(::bind(taken, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(::listen(taken, 1) == 0);
  const auto busy = free_port("127.0.0.1", *free);
  ::close(taken);
  REQUIRE(!busy);
  CHECK(busy.error().code == Code::Conflict);
  CHECK(busy.error().message.find("--port") != std::string::npos);
  CHECK(free_port("somewhere", 0).error().code == Code::Invalid);
}

TEST_CASE("a QR code is square, and has its three corner squares") {
  const auto code = qr_code("http://192.168.0.10:8080/", false);
  const auto lines = std::count(code.begin(), code.end(), '\n');
  CHECK(lines == (25 + 4 + 1) / 2);  // version 2 with its border, two rows a line
  CHECK(code.find("█ ▄▄▄▄▄ █") != std::string::npos);
  CHECK(qr_code(std::string(5'000, 'x'), false).empty());
}

TEST_CASE("what a child prints and how it ended is kept") {
  const Folder folder;
  auto child = Child::start({"/bin/sh", "-c", "echo hello; exit 3"}, folder.path + "/out");
  REQUIRE(child);
  join(*child);
  CHECK(child->how_it_ended() == "exit 3");
  CHECK(!child->was_killed());
  CHECK(text_of(folder.path + "/out") == "hello\n");
}

TEST_CASE("a killed child is seen as killed") {
  const Folder folder;
  auto child = Child::start({"/bin/sleep", "1000"}, folder.path + "/out");
  REQUIRE(child);
  CHECK(!child->ended());
  ::kill(child->pid(), SIGKILL);
  join(*child);
  CHECK(child->how_it_ended() == "signal 9");
  CHECK(child->was_killed());
}

TEST_CASE("a child that ignores the polite signal is ended all the same") {
  const Folder folder;
  const auto stubborn = "trap '' TERM; echo ready; while :; do sleep 0.01; done";
  auto child = Child::start({"/bin/sh", "-c", stubborn}, folder.path + "/out");
  REQUIRE(child);
  while (text_of(folder.path + "/out").empty()) ::usleep(1'000);
  child->stop(40);
  CHECK(child->ended());
  CHECK(child->how_it_ended() == "signal 9");
}

TEST_CASE("the demo's options have bounds") {
  const auto parsed = [](std::vector<std::string> words) {
    words.insert(words.begin(), "demo");
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    return parse_demo_options(static_cast<int>(argv.size()), argv.data());
  };
  CHECK(parsed({"--port", "0", "--for", "60s"}).value().for_ms == 60'000);
  CHECK(parsed({}).value().port == 8080);
  CHECK(!parsed({"--port", "70000"}));
  CHECK(!parsed({"--viewers", "none"}));
  CHECK(!parsed({"--prot", "80"}));
}

}  // namespace
}  // namespace vitrine
