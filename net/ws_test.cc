// WebSocket conformance by the case groups of the Autobahn suite: 1 framing, 2 pings, 3 reserved
// bits, 4 opcodes, 5 fragmentation, 6 UTF-8, 7 close handling, 9/10 sizes. The client writes raw
// bytes.
#include <array>

#include <sys/socket.h>

#include "net/test_server.h"
#include "net/ws_frame.h"
#include "net/ws_reader.h"

namespace vitrine::net {
namespace {

constexpr std::string_view kUpgrade =
    "GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Protocol: vitrine.v1.json, other\r\n\r\n";

// A masked frame with any first byte.
std::string frame(unsigned first_byte, std::string_view payload) {
  std::string out = ws_masked_frame(WsOpcode::Text, payload, 0x12345678);
  out[0] = static_cast<char>(first_byte);
  return out;
}
std::string text(std::string_view payload) { return frame(0x81, payload); }
std::string close_frame(std::uint16_t code) { return frame(0x88, ws_close_payload(code, "")); }
std::string server_text(std::string_view payload) { return ws_frame(WsOpcode::Text, payload); }
std::string server_close(std::uint16_t code) {
  return ws_frame(WsOpcode::Close, ws_close_payload(code, ""));
}

struct EchoServer {
  explicit EchoServer(ServerOptions options = {})
      : t(
            [this](Request&&, std::unique_ptr<Responder> responder) {
              connection = responder->upgrade("vitrine.v1.json", owner);
            },
            std::move(options)) {}

  std::unique_ptr<ClientSocket> connect() {
    auto socket = t.raw();
    REQUIRE(socket->write(kUpgrade, 5000));
    std::string head;
    while (!head.ends_with("\r\n\r\n")) REQUIRE(socket->read(head, 5000));
    CHECK(head.starts_with("HTTP/1.1 101 "));
    CHECK(head.find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n") != std::string::npos);
    CHECK(head.find("Sec-WebSocket-Protocol: vitrine.v1.json\r\n") != std::string::npos);
    return socket;
  }
  // All the server says to these bytes, sent in pieces of `step`, until it closes.
  std::string talk(std::string_view bytes, std::size_t step = 1U << 20U) {
    const auto socket = connect();
    while (!bytes.empty()) {
      if (!socket->write(bytes.substr(0, step), 5000)) break;
      bytes.remove_prefix(std::min(step, bytes.size()));
    }
    return TestServer::read_all(*socket);
  }

  std::shared_ptr<EchoOwner> owner = std::make_shared<EchoOwner>();
  Connection* connection = nullptr;
  TestServer t;
};

// The status code of the close frame that must be all the server said.
int code_of(const std::string& said) {
  CAPTURE(said);
  if (said.size() < 4 || static_cast<unsigned char>(said[0]) != 0x88U) return -1;
  CHECK(said.size() == 2U + static_cast<unsigned char>(said[1]));
  return static_cast<unsigned char>(said[2]) << 8U | static_cast<unsigned char>(said[3]);
}

}  // namespace

TEST_CASE("group 1: texts of every length form are echoed, in one piece or byte by byte") {
  EchoServer s;
  for (const std::size_t size : {0U, 1U, 125U, 126U, 127U, 128U, 65535U}) {
    CAPTURE(size);
    const std::string payload(size, '*');
    const std::string expected = server_text(payload) + server_close(1000);
    CHECK(s.talk(text(payload) + close_frame(1000)) == expected);
    CHECK(s.talk(text(payload) + close_frame(1000), 997) == expected);
  }
  CHECK(s.talk(text("abc") + close_frame(1000), 1) == server_text("abc") + server_close(1000));
  CHECK(code_of(s.talk(frame(0x82, "binary"))) == 1003);
}

TEST_CASE("group 2: pings are answered with their payload, pongs are ignored") {
  EchoServer s;
  const std::string full(125, 'p');
  CHECK(s.talk(frame(0x89, "") + frame(0x89, full) + frame(0x8a, "unasked") + close_frame(1000)) ==
        ws_frame(WsOpcode::Pong, "") + ws_frame(WsOpcode::Pong, full) + server_close(1000));
  CHECK(code_of(s.talk(frame(0x89, std::string(126, 'p')))) == 1002);
}

TEST_CASE("group 3 and 4: reserved bits and opcodes get 1002, and what follows is ignored") {
  EchoServer s;
  for (const unsigned first : {0xc1U, 0xa1U, 0x91U, 0xf1U, 0xc9U, 0x83U, 0x87U, 0x8bU, 0x8fU}) {
    CAPTURE(first);
    CHECK(code_of(s.talk(frame(first, "x") + text("ignored"))) == 1002);
  }
}

TEST_CASE("an unmasked frame gets 1002") {
  EchoServer s;
  CHECK(code_of(s.talk(ws_frame(WsOpcode::Text, "bare") + text("ignored"))) == 1002);
  CHECK(code_of(s.talk(ws_frame(WsOpcode::Ping, ""))) == 1002);
}

TEST_CASE("group 5: fragments are joined, with pings between, and bad sequences get 1002") {
  EchoServer s;
  const std::string joined = frame(0x01, "one ") + frame(0x89, "?") + frame(0x00, "two ") +
                             frame(0x80, "three") + close_frame(1000);
  const std::string expected =
      ws_frame(WsOpcode::Pong, "?") + server_text("one two three") + server_close(1000);
  CHECK(s.talk(joined, 1) == expected);
  CHECK(s.talk(joined) == expected);
  CHECK(code_of(s.talk(frame(0x09, "fragmented ping"))) == 1002);
  CHECK(code_of(s.talk(frame(0x80, "nothing to continue"))) == 1002);
  CHECK(code_of(s.talk(frame(0x00, "nothing to continue"))) == 1002);
  CHECK(code_of(s.talk(frame(0x01, "begun") + text("another"))) == 1002);
}

TEST_CASE("group 6: broken UTF-8 gets 1007, a character across fragments is fine") {
  EchoServer s;
  const std::string word = "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5 \xf0\x9f\x9b\x8d";
  CHECK(s.talk(text(word) + close_frame(1000)) == server_text(word) + server_close(1000));
  CHECK(s.talk(frame(0x01, word.substr(0, 3)) + frame(0x80, word.substr(3)) + close_frame(1000)) ==
        server_text(word) + server_close(1000));
  for (const std::string_view bad : {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xce",
                                     "ok\x80", "\xf8\x88\x80\x80\x80"}) {
    CHECK(code_of(s.talk(text(bad))) == 1007);
    CHECK(code_of(s.talk(frame(0x01, bad) + frame(0x80, ""))) == 1007);
  }
}

TEST_CASE("group 7: a close is answered with its code, and bad closes with 1002 or 1007") {
  EchoServer s;
  CHECK(s.talk(frame(0x88, "")) == ws_frame(WsOpcode::Close, ""));
  for (const int code : {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 4999}) {
    CAPTURE(code);
    CHECK(code_of(s.talk(close_frame(static_cast<std::uint16_t>(code)) + text("late"))) == code);
  }
  for (const int code : {0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535}) {
    CAPTURE(code);
    CHECK(code_of(s.talk(close_frame(static_cast<std::uint16_t>(code)))) == 1002);
  }
  CHECK(code_of(s.talk(frame(0x88, "x"))) == 1002);
  CHECK(code_of(s.talk(frame(0x88, "\x03\xe8\xff"))) == 1007);
  CHECK(s.owner->messages.load() == 0);
}

TEST_CASE("group 9: a message beyond the limit gets 1009, whole or in fragments") {
  ServerOptions options;
  options.limits.message_bytes_max = 1000;
  EchoServer s(options);
  const std::string fits(1000, 'x');
  CHECK(s.talk(text(fits) + close_frame(1000)) == server_text(fits) + server_close(1000));
  CHECK(code_of(s.talk(text(fits + "y"))) == 1009);
  CHECK(code_of(s.talk(frame(0x01, fits) + frame(0x80, "y"))) == 1009);
  // The head and one byte of an enormous frame: refused before the rest of it is there.
  CHECK(code_of(s.talk(std::string("\x81\xff\x7f\0\0\0\0\0\0\0mask?", 15))) == 1009);
}

TEST_CASE("the handshake refuses what is no WebSocket 13 request") {
  EchoServer s;
  const auto status = [&](std::string_view from, std::string_view to) {
    std::string request(kUpgrade);
    request.replace(request.find(from), from.size(), to);
    const auto socket = s.t.raw();
    REQUIRE(socket->write(request, 5000));
    std::string input;
    const auto response = read_response(*socket, input, false, 5000);
    REQUIRE(response);
    return response->status;
  };
  CHECK(status("Version: 13", "Version: 8") == 426);
  CHECK(status("Upgrade: websocket", "Upgrade: h2c") == 426);
  CHECK(status("keep-alive, Upgrade", "keep-alive") == 426);
  CHECK(status("dGhlIHNhbXBsZSBub25jZQ==", "too-short") == 400);
  CHECK(status("GET /ws", "POST /ws") == 400);
}

TEST_CASE("frames sent behind the handshake in one packet are read") {
  EchoServer s;
  const auto socket = s.t.raw();
  REQUIRE(socket->write(std::string(kUpgrade) + text("early") + close_frame(1000), 5000));
  CHECK(TestServer::read_all(*socket).ends_with(server_text("early") + server_close(1000)));
}

TEST_CASE("a client that never reads: the queue stays bounded and send says no, then drains") {
  EchoServer s;
  const auto socket = s.connect();
  const std::string payload(10'000, 'q');
  const Frame shared = ws_text_frame(payload);
  std::size_t sent = 0;
  bool accepted = true;
  while (accepted) {
    accepted = s.t.on_loop([&] {
      CHECK(s.connection->queued_bytes() <= Limits{}.queue_bytes_max);
      return s.connection->send(shared);
    });
    sent += accepted ? 1 : 0;
  }
  std::string got;
  while (got.size() < sent * shared->size()) REQUIRE(socket->read(got, 5000));
  CHECK(got.size() == sent * shared->size());
  CHECK(got.ends_with(*shared));
  CHECK(s.owner->wait_for(s.owner->drained, 1));
}

TEST_CASE("frames sent during one visit leave in order and together") {
  EchoServer s;
  const auto socket = s.connect();
  std::string expected;
  for (int i = 0; i < 500; ++i) expected += server_text("n" + std::to_string(i));
  s.t.on_loop([&] {
    for (int i = 0; i < 500; ++i) s.connection->send(ws_text_frame("n" + std::to_string(i)));
  });
  std::string got;
  REQUIRE(socket->read(got, 5000));
  CHECK(got.size() == expected.size());  // one write, one read
  CHECK(got == expected);
}

TEST_CASE("silent clients are pinged, those who answer stay, those who do not are closed") {
  ServerOptions options;
  options.limits.idle_ms_max = 150;
  EchoServer s(options);
  const auto silent = s.connect();
  std::string said = TestServer::read_all(*silent);
  CHECK(said.starts_with(ws_frame(WsOpcode::Ping, "")));
  CHECK(said.find(std::string("\x88\x14\x03\xe9", 4)) != std::string::npos);
  CHECK(s.owner->wait_for(s.owner->closed, 1));
}

TEST_CASE("the server's close waits for the client's and then tells the owner") {
  EchoServer s;
  auto client = WsClient::connect(s.t.endpoint(), "/ws", "vitrine.v1.json");
  REQUIRE(client);
  CHECK(client->subprotocol() == "vitrine.v1.json");
  s.t.on_loop([&] {
    s.connection->close(4408, "too slow");
    CHECK_FALSE(s.connection->send(ws_text_frame("after the close")));
  });
  CHECK_FALSE(client->receive(5000));
  CHECK(client->close_code() == 4408);
  CHECK(s.owner->wait_for(s.owner->closed, 1));
}

TEST_CASE("a dead peer is found and its owner told") {
  EchoServer s;
  auto socket = s.connect();
  socket.reset();
  CHECK(s.owner->wait_for(s.owner->closed, 1));
  CHECK(s.t.on_loop([&] { return s.t.server->connections(); }) == 0);
}

TEST_CASE("a server that ends says 1012 to everybody") {
  EchoServer s;
  auto client = WsClient::connect(s.t.endpoint(), "/ws");
  REQUIRE(client);
  s.t.stop();
  CHECK_FALSE(client->receive(5000));
  CHECK(client->close_code() == 1012);
  CHECK(s.owner->wait_for(s.owner->closed, 1));
}

TEST_CASE("between messages a reader holds no buffers") {
  WsReader reader(1000);
  Bytes replies;
  const std::string bytes = frame(0x01, "a") + frame(0x89, "") + frame(0x80, std::string(200, 'b'));
  int texts = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    reader.feed(
        bytes.substr(i, 1), [&](std::string_view) { ++texts; }, replies);
    CHECK(reader.idle() == (i + 1 == bytes.size()));
  }
  CHECK(texts == 1);
  CHECK(reader.open());
}

}  // namespace vitrine::net
