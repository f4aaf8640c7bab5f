#include "tests/durability/server.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "app/demo_terminal.h"
#include "app/driver/json.h"
#include "base/env.h"

namespace vitrine::durability {
namespace {

const std::atomic<bool> g_never = false;

std::string beside_this_program(const std::string& name) {
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / name).string();
}

Result<void> expect(const driver::Answer& answer, const std::string& what) {
  if (answer.ok()) return {};
  return fail(Code::Unavailable, what + ": " + answer.describe());
}

Result<std::string> temporary_folder() {
  const char* chosen = std::getenv("TMPDIR");
  auto pattern =
      std::string(chosen != nullptr ? chosen : "/var/tmp") + "/vitrine-durability-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) {
    return fail(Code::Io, "make the folder " + pattern + "; give TMPDIR a folder on a disk");
  }
  const auto kind = real_env().disk.file_system(pattern);
  fmt::print("folder {} on {}\n", pattern, kind);
  if (kind != "tmpfs" && kind != "ramfs") return pattern;
  std::filesystem::remove_all(pattern);
  return fail(Code::Invalid, "the temporary folder is in memory; give TMPDIR a folder on a disk");
}

}  // namespace

Result<RealServer> RealServer::start(const std::string& program) {
  RealServer server;
  VT_TRY(server.folder_, temporary_folder());
  VT_TRY(const auto port, free_port("127.0.0.1", 0));
  const auto codes = server.folder_ + "/codes-for-the-test";
  VT_TRY(server.child_, Child::start({program.empty() ? beside_this_program("vitrine") : program,
                                      "serve", "--demo", "--port", std::to_string(port), "--log",
                                      server.folder_ + "/log", "--host-code-file", codes},
                                     server.folder_ + "/server.log"));
  VT_TRY(server.endpoint_, driver::endpoint_of("http://127.0.0.1:" + std::to_string(port)));
  auto api = server.api();
  while (!api.call("GET", "/healthz").ok()) {
    if (server.child_.ended()) {
      std::ifstream log(server.folder_ + "/server.log");
      return fail(Code::Unavailable, "start the server: it ended with " +
                                         server.child_.how_it_ended() + "\n" +
                                         std::string(std::istreambuf_iterator<char>(log), {}));
    }
    driver::rest(g_never, 50);
  }
  std::ifstream in(codes);
  std::string code;
  std::getline(in, code);
  const auto host =
      api.insist(g_never, "POST", "/v1/auth/host", "{\"code\":" + driver::json_quoted(code) + "}");
  VT_TRY_VOID(expect(host, "become the host"));
  server.host_token_ = driver::json_text(host.body, "/token");
  return server;
}

RealServer::RealServer(RealServer&& other) noexcept
    : folder_(std::exchange(other.folder_, {})),
      host_token_(std::move(other.host_token_)),
      endpoint_(std::move(other.endpoint_)),
      child_(std::exchange(other.child_, {})),
      keys_(other.keys_) {}

RealServer::~RealServer() {
  child_.stop(10'000);
  if (!folder_.empty()) std::filesystem::remove_all(folder_);
}

Result<std::vector<Buyer>> RealServer::guests(int count) const {
  auto door = api();
  std::vector<Buyer> buyers;
  for (int i = 0; i < count; ++i) {
    const auto answer = door.insist(g_never, "POST", "/v1/auth/guest",
                                    fmt::format(R"({{"nickname":"Guest {}"}})", i));
    VT_TRY_VOID(expect(answer, "join as a guest"));
    buyers.push_back(
        {driver::json_text(answer.body, "/id"), driver::json_text(answer.body, "/token")});
  }
  return buyers;
}

Result<void> RealServer::put_product(const std::string& sku, std::int64_t price_pence,
                                     std::int64_t on_hand) {
  const auto body =
      fmt::format(R"({{"title":"{}","price":{{"amount":{},"currency":"GBP"}}}})", sku, price_pence);
  VT_TRY_VOID(
      expect(host().insist(g_never, "PUT", "/v1/host/products/" + sku, body), "put " + sku));
  return set_stock(sku, on_hand);
}

Result<void> RealServer::set_stock(const std::string& sku, std::int64_t on_hand) {
  const auto answer =
      host().insist(g_never, "PUT", "/v1/host/products/" + sku + "/stock",
                    fmt::format(R"({{"on_hand":{}}})", on_hand), fmt::format("stock-{}", ++keys_));
  return expect(answer, "set the stock of " + sku);
}

}  // namespace vitrine::durability
