#include "streams/standby/channel.h"

#include <doctest/doctest.h>

#include <future>

#include "sim/test_folder.h"
#include "streams/standby/link_test_kit.h"

using namespace vitrine;
using namespace vitrine::test;
using standby_wire::Kind;

namespace {

constexpr Duration kPatience{20'000};

struct Pair {
  std::unique_ptr<Channel> client, server;
  std::string why;  // of the server's side, when there is none
};

Pair pair_of(const LinkKey& client_key, const LinkKey& server_key) {
  std::array<int, 2> sockets{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, sockets.data()) == 0);
  auto server = std::async(std::launch::async, [&] {
    return Channel::open(sockets[1], Channel::Side::Server, server_key, kPatience);
  });
  auto client = Channel::open(sockets[0], Channel::Side::Client, client_key, kPatience);
  Pair out;
  if (client) out.client = std::move(*client);
  auto other = server.get();
  if (other) out.server = std::move(*other);
  if (!other) out.why = other.error().message;
  return out;
}

}  // namespace

TEST_CASE("two who share the key talk; small and large frames arrive whole") {
  const LinkKey key("a secret of some length");
  const Pair pair = pair_of(key, key);
  REQUIRE(pair.client);
  REQUIRE(pair.server);
  const Bytes large(5U << 20U, 'x');
  auto sent = std::async(std::launch::async, [&] {
    return pair.server->send(Kind::Ack, "small").has_value() &&
           pair.server->send(Kind::Group, large).has_value();
  });
  CHECK(pair.client->receive(kPatience).value()->body == "small");
  CHECK(pair.client->receive(kPatience).value()->body == large);
  CHECK(sent.get());
  CHECK_FALSE(pair.client->receive(Duration{0}).value().has_value());
  pair.server->cut();
  const auto over = pair.client->receive(kPatience);
  CHECK((!over && over.error().code == Code::Unavailable));
}

TEST_CASE("another key, or none, is refused, and nothing of ours is said before") {
  const LinkKey right("a secret of some length"), wrong("a secret of some lengtH");
  CHECK_FALSE(pair_of(wrong, right).server);
  std::array<int, 2> sockets{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, sockets.data()) == 0);
  const Bytes hello = standby_wire::encode(standby_wire::Hello{});
  const Bytes plain = standby_wire::framed(Kind::Hello, hello);
  REQUIRE(::send(sockets[0], plain.data(), plain.size(), 0) > 0);
  const auto server = Channel::open(sockets[1], Channel::Side::Server, right, kPatience);
  CHECK((!server && server.error().code == Code::Unavailable));
  ::close(sockets[0]);
}

TEST_CASE("who says nothing is left alone after a while") {
  std::array<int, 2> sockets{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, sockets.data()) == 0);
  const auto server =
      Channel::open(sockets[1], Channel::Side::Server, LinkKey("sixteen bytes ..."), Duration{50});
  CHECK((!server && server.error().code == Code::Unavailable));
  ::close(sockets[0]);
}

TEST_CASE("one flipped bit on the way ends the link") {
  const LinkKey key("a secret of some length");
  auto listener = Listener::open("127.0.0.1", 0).value();
  Relay relay(listener.port());
  const Wake wake;
  auto accepted = std::async(std::launch::async, [&] {
    return Channel::open(*listener.accept(wake), Channel::Side::Server, key, kPatience).value();
  });
  const auto client = Channel::connect("127.0.0.1", relay.port(), key, kPatience).value();
  const auto server = accepted.get();
  REQUIRE(server->send(Kind::Ack, "good"));
  CHECK(client->receive(kPatience).value()->body == "good");
  relay.flip();
  REQUIRE(server->send(Kind::Ack, "bad"));
  const auto spoilt = client->receive(kPatience);
  CHECK(relay.flipped());
  CHECK((!spoilt && spoilt.error().code == Code::Unavailable));
}

TEST_CASE("a key is read from a file that only its owner may read") {
  const sim::TempFolder folder;
  const std::string path = key_file(folder.path);
  CHECK(LinkKey::read(path).value().bytes() == LinkKey("0123456789abcdef").bytes());
  ::chmod(path.c_str(), 0640);
  CHECK(LinkKey::read(path).error().code == Code::Conflict);
  CHECK(LinkKey::read(key_file(folder.path, "too short")).error().code == Code::Invalid);
  CHECK(LinkKey::read(folder.path + "/none").error().code == Code::NotFound);
}
