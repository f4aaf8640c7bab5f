#include "net/tls.h"

#include <cstdlib>
#include <filesystem>

#include <sys/stat.h>

#include "net/test_server.h"

namespace vitrine::net {
namespace {

struct TempFolder {
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "vitrine-tls-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~TempFolder() { std::filesystem::remove_all(path); }
  std::string path;
};

}  // namespace

TEST_CASE("HTTP and WebSocket work over TLS with the self-signed certificate") {
  const TempFolder folder;
  const auto files = self_signed(folder.path);
  REQUIRE(files);
  struct stat info {};
  REQUIRE(stat(files->key.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777U) == 0600U);
  ServerOptions options;
  options.tls = *files;
  const std::string large(3U << 20U, 'v');
  const auto owner = std::make_shared<EchoOwner>();
  TestServer t([&](Request&& request, std::unique_ptr<Responder> responder) {
    CHECK(request.tls);
    if (request.path == "/ws") responder->upgrade("", owner);
    else responder->respond(Response::text(200, "text/plain", large + request.body));
  }, options);
  HttpClient client(t.endpoint());
  const std::string body(200'000, 'b');
  const auto response = client.post("/", body);
  REQUIRE_MESSAGE(response, (response ? "" : response.error().message));
  CHECK(response->body == large + body);
  auto socket = WsClient::connect(t.endpoint(), "/ws");
  REQUIRE(socket);
  REQUIRE(socket->send("hello"));
  CHECK(socket->receive(5000).value() == "hello");
  CHECK(socket->close());
}

TEST_CASE("a certificate that is kept is not made again") {
  const TempFolder folder;
  REQUIRE(self_signed(folder.path));
  const auto made = std::filesystem::last_write_time(folder.path + "/key.pem");
  REQUIRE(self_signed(folder.path));
  CHECK(std::filesystem::last_write_time(folder.path + "/key.pem") == made);
}

TEST_CASE("a client without trust in the certificate refuses, a plain one is hung up on") {
  const TempFolder folder;
  const TempFolder other;
  ServerOptions options;
  options.tls = self_signed(folder.path).value();
  TestServer t([](Request&&, std::unique_ptr<Responder>) {}, options);
  Endpoint stranger = t.endpoint();
  stranger.trusted_pem = self_signed(other.path).value().certificate;
  CHECK_FALSE(HttpClient(stranger).get("/"));
  Endpoint plain = t.endpoint();
  plain.tls = false;
  CHECK_FALSE(HttpClient(plain).get("/"));
}

TEST_CASE("missing certificate files are an error that names the file") {
  auto loop = std::move(*Loop::create());
  ServerOptions options;
  options.tls = {"/nowhere/certificate.pem", "/nowhere/key.pem"};
  const auto server = Server::listen(*loop, options, {});
  REQUIRE_FALSE(server);
  CHECK(server.error().message.find("/nowhere/certificate.pem") != std::string::npos);
}

}  // namespace vitrine::net
