#include "net/server.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/test_server.h"
#include "net/text.h"

namespace vitrine::net {
namespace {

// Says what it got, so that tests can see what arrived.
void describe(Request&& request, std::unique_ptr<Responder> responder) {
  responder->respond(Response::text(200, "text/plain",
                                    request.method + " " + request.path + " " + request.body));
}

ServerOptions with_limits(const Limits& limits) {
  ServerOptions options;
  options.limits = limits;
  return options;
}

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos;
       at = text.find(part, at + part.size())) {
    ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("requests on one connection are answered, each with length and date") {
  TestServer t(describe);
  HttpClient client(t.endpoint());
  for (int i = 0; i < 3; ++i) {
    const auto response = client.post("/carts/7", "two cups");
    REQUIRE(response);
    CHECK(response->status == 200);
    CHECK(response->body == "POST /carts/7 two cups");
    CHECK(response->header("connection") == "keep-alive");
    CHECK(response->header("date").ends_with(" GMT"));
  }
  CHECK(t.on_loop([&] { return t.server->connections(); }) == 1);
}

TEST_CASE("pipelined requests are answered in order although the first answer comes late") {
  std::unique_ptr<Responder> late;
  std::promise<void> first_arrived;
  TestServer t([&](Request&& request, std::unique_ptr<Responder> responder) {
    if (request.path == "/slow") {
      late = std::move(responder);
      first_arrived.set_value();
    } else {
      describe(std::move(request), std::move(responder));
    }
  });
  const auto socket = t.raw();
  REQUIRE(socket->write("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n"
                        "GET /2 HTTP/1.1\r\nHost: h\r\n\r\n"
                        "GET /3 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", 5000));
  first_arrived.get_future().wait();
  t.on_loop([&] { late->respond(Response::text(200, "text/plain", "first")); });
  const std::string all = TestServer::read_all(*socket);
  const auto first = all.find("first");
  const auto second = all.find("GET /2");
  const auto third = all.find("GET /3");
  REQUIRE(third != std::string::npos);
  CHECK(first < second);
  CHECK(second < third);
}

TEST_CASE("HEAD gets the length of a body and no body") {
  TestServer t(describe);
  HttpClient client(t.endpoint());
  const auto response = client.request("HEAD", "/x");
  REQUIRE(response);
  CHECK(response->header("content-length") == "8");
  CHECK(response->body.empty());
  const auto next = client.get("/y");  // would read a body's bytes as its head
  REQUIRE(next);
  CHECK(next->body == "GET /y ");
}

TEST_CASE("a client that expects 100 Continue is told to go on") {
  TestServer t(describe);
  const auto socket = t.raw();
  REQUIRE(socket->write("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
                        "Content-Length: 4\r\nConnection: close\r\n\r\n", 5000));
  std::string got;
  while (got.find("\r\n\r\n") == std::string::npos) REQUIRE(socket->read(got, 5000));
  CHECK(got == "HTTP/1.1 100 Continue\r\n\r\n");
  REQUIRE(socket->write("body", 5000));
  CHECK(TestServer::read_all(*socket).ends_with("POST / body"));
}

TEST_CASE("what the protocol forbids is answered with a problem and a close") {
  Limits limits;
  limits.body_bytes_max = 100;
  TestServer t(describe, with_limits(limits));
  const std::string refused = t.talk("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n"
                                     "Transfer-Encoding: chunked\r\n\r\n");
  CHECK(refused.starts_with("HTTP/1.1 400 Bad Request\r\n"));
  CHECK(refused.find("Content-Type: application/problem+json\r\n") != std::string::npos);
  CHECK(refused.find("Connection: close\r\n") != std::string::npos);
  const std::string large =
      t.talk("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 101\r\n\r\n" + std::string(101, 'x'));
  CHECK(large.starts_with("HTTP/1.1 413 "));
  CHECK(large.find("\"type\":\"/problems/too-large\"") != std::string::npos);
  CHECK(large.find("\"code\":\"too-large\"") != std::string::npos);
  CHECK(t.talk("GET / HTTP/3.0\r\n\r\n").starts_with("HTTP/1.1 505 "));
}

TEST_CASE("a request that does not arrive in time gets 408, an idle connection is closed") {
  Limits limits;
  limits.request_ms_max = 60;
  limits.idle_ms_max = 60;
  TestServer t(describe, with_limits(limits));
  CHECK(t.talk("GET / HTTP/1.1\r\nHos").starts_with("HTTP/1.1 408 "));
  CHECK(t.talk("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc")
            .starts_with("HTTP/1.1 408 "));
  CHECK(t.talk("").empty());
  CHECK(count_of(t.talk("GET /x HTTP/1.1\r\nHost: h\r\n\r\n"), "HTTP/1.1") == 1);
}

TEST_CASE("a half-closed client still gets its answer") {
  TestServer t(describe);
  const auto socket = t.raw();
  REQUIRE(socket->write("GET /last HTTP/1.1\r\nHost: h\r\n\r\n", 5000));
  shutdown(socket->fd(), SHUT_WR);
  CHECK(TestServer::read_all(*socket).ends_with("GET /last "));
}

TEST_CASE("a responder that is dropped answers 500, and one whose client left is not alive") {
  std::promise<std::unique_ptr<Responder>> kept;
  TestServer t([&](Request&& request, std::unique_ptr<Responder> responder) {
    if (request.path == "/keep") kept.set_value(std::move(responder));
    if (request.path == "/throw") throw std::runtime_error("planned");
  });
  HttpClient client(t.endpoint());
  CHECK(client.get("/drop")->status == 500);
  CHECK(client.get("/throw")->status == 500);
  auto socket = t.raw();
  REQUIRE(socket->write("GET /keep HTTP/1.1\r\nHost: h\r\n\r\n", 5000));
  auto responder = kept.get_future().get();
  CHECK(t.on_loop([&] { return responder->alive(); }));
  const linger reset{1, 0};
  setsockopt(socket->fd(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  socket.reset();
  while (t.on_loop([&] { return responder->alive(); })) std::this_thread::yield();
  t.on_loop([&] { responder.reset(); });
}

TEST_CASE("a large body reaches a slow reader whole, in many partial writes") {
  auto body = std::make_shared<std::string>(6U << 20U, '\0');
  for (std::size_t i = 0; i < body->size(); ++i) (*body)[i] = static_cast<char>(i * 31 >> 7U);
  TestServer t([&](Request&&, std::unique_ptr<Responder> responder) {
    Response response;
    response.body = body;
    responder->respond(std::move(response));
  });
  const auto socket = t.raw();
  const int small = 64 << 10;
  setsockopt(socket->fd(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  REQUIRE(socket->write("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", 5000));
  const std::string all = TestServer::read_all(*socket);
  CHECK(all.substr(all.find("\r\n\r\n") + 4) == *body);
}

TEST_CASE("connections beyond the limit get 503 with Retry-After, and places become free again") {
  Limits limits;
  limits.connections_max = 2;
  TestServer t(describe, with_limits(limits));
  auto first = std::make_unique<HttpClient>(t.endpoint());
  HttpClient second(t.endpoint());
  REQUIRE(first->get("/1"));
  REQUIRE(second.get("/2"));
  const std::string refused = t.talk("GET /3 HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(refused.starts_with("HTTP/1.1 503 "));
  CHECK(refused.find("Retry-After: ") != std::string::npos);
  first.reset();
  while (t.on_loop([&] { return t.server->connections(); }) > 1) std::this_thread::yield();
  HttpClient third(t.endpoint());
  CHECK(third.get("/4")->status == 200);
}

TEST_CASE("connections of one address can be limited") {
  Limits limits;
  limits.connections_per_address_max = 1;
  TestServer t(describe, with_limits(limits));
  HttpClient first(t.endpoint());
  REQUIRE(first.get("/1"));
  HttpClient second(t.endpoint());
  CHECK(second.get("/2")->status == 503);
}

// UBSan looks at an object's type through a pipe: without a file left it takes every new one for
// wrong. Builds with it are those with ASan.
#ifndef __SANITIZE_ADDRESS__
TEST_CASE("when the process has no file left, accepting pauses and goes on later") {
  TestServer t(describe);
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  HttpClient waiting(t.endpoint());
  const int lowest_free = dup(0);
  rlimit scarce = before;
  // Room for the client's own socket, none for the server's side of it.
  scarce.rlim_cur = static_cast<rlim_t>(lowest_free) + 1;
  close(lowest_free);
  setrlimit(RLIMIT_NOFILE, &scarce);
  auto answer = std::async(std::launch::async, [&] { return waiting.get("/later"); });
  while (fcntl(lowest_free, F_GETFD) < 0) std::this_thread::yield();
  t.on_loop([] {});
  setrlimit(RLIMIT_NOFILE, &before);
  const auto response = answer.get();
  REQUIRE(response);
  CHECK(response->body == "GET /later ");
}
#endif

TEST_CASE("a stream begins at once, carries frames as they are, and ends when it is closed") {
  auto owner = std::make_shared<EchoOwner>();
  Connection* connection = nullptr;
  std::promise<void> begun;
  TestServer t([&](Request&&, std::unique_ptr<Responder> responder) {
    Response head;
    head.headers.push_back({"Content-Type", "text/event-stream"});
    connection = responder->stream(std::move(head), owner);
    begun.set_value();
  });
  const auto socket = t.raw();
  REQUIRE(socket->write("GET /events HTTP/1.1\r\nHost: h\r\n\r\n", 5000));
  std::string got;
  while (got.find("\r\n\r\n") == std::string::npos) REQUIRE(socket->read(got, 5000));
  CHECK(got.find("Content-Length") == std::string::npos);
  begun.get_future().wait();
  t.on_loop([&] {
    connection->send(std::make_shared<const std::string>("data: 1\n\n"));
    connection->send(std::make_shared<const std::string>("data: 2\n\n"));
    connection->close(1000, "");
  });
  CHECK(TestServer::read_all(*socket) == "data: 1\n\ndata: 2\n\n");
  shutdown(socket->fd(), SHUT_RDWR);
  CHECK(owner->wait_for(owner->closed, 1));
}

TEST_CASE("a header's value cannot smuggle a second header") {
  Response response;
  response.headers.push_back({"Location", "/x\r\nSet-Cookie: stolen=1"});
  const std::string head = response_head(response, Persist::Close, false);
  CHECK(head.find("Location: /xSet-Cookie: stolen=1\r\n") != std::string::npos);
}

TEST_CASE("timers run in order, repeat until cancelled, and may cancel themselves") {
  auto loop = std::move(*Loop::create());
  std::string order;
  std::uint64_t repeating = 0;
  int repeats = 0;
  loop->after(2, [&] { order += 'b'; });
  loop->after(1, [&] { order += 'a'; });
  const auto never = loop->after(1, [&] { order += 'x'; });
  loop->cancel(never);
  repeating = loop->every(1, [&] {
    if (++repeats == 3) {
      loop->cancel(repeating);
      loop->after(3, [&] { loop->stop(); });
    }
  });
  loop->run();
  CHECK(order == "ab");
  CHECK(repeats == 3);
}

}  // namespace vitrine::net
