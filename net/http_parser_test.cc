#include "net/http_parser.h"

#include <doctest/doctest.h>

namespace vitrine::net {
namespace {

struct Outcome {
  int status = 0;  // 0 while incomplete, 200 when a request came out
  Request request;
};

// Feeds `bytes` in pieces of `step`, the way a slow network would.
Outcome parse(std::string_view bytes, std::size_t step = 1U << 20U, const Limits& limits = {}) {
  HttpParser parser(limits);
  std::string input;
  while (!parser.done() && !parser.failed() && !bytes.empty()) {
    input += bytes.substr(0, step);
    bytes.remove_prefix(std::min(step, bytes.size()));
    input.erase(0, parser.feed(input));
  }
  if (parser.failed()) return {parser.refusal().status, {}};
  if (!parser.done()) return {};
  return {200, parser.take()};
}

std::string get(const std::string& headers) {
  return "GET / HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n";
}

}  // namespace

TEST_CASE("a request is the same however its bytes are cut") {
  const std::string bytes =
      "POST /a%20b/c?x=1&y=a+b&flag HTTP/1.1\r\nHost: shop\r\nContent-Type: text/plain\r\n"
      "Content-Length: 5\r\n\r\nhello";
  for (const std::size_t step : {1U, 2U, 3U, 7U, 64U, 4096U}) {
    CAPTURE(step);
    const Outcome outcome = parse(bytes, step);
    REQUIRE(outcome.status == 200);
    CHECK(outcome.request.method == "POST");
    CHECK(outcome.request.path == "/a b/c");
    CHECK(outcome.request.body == "hello");
    CHECK(outcome.request.header("content-TYPE") == "text/plain");
    REQUIRE(outcome.request.query.size() == 3);
    CHECK(*outcome.request.query_value("y") == "a b");
    CHECK(outcome.request.query_value("flag")->empty());
    CHECK(outcome.request.query_value("z") == nullptr);
  }
}

TEST_CASE("chunks become one body and trailers are not headers") {
  const std::string bytes =
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3;note=1\r\nabc\r\n2\r\nde\r\n0\r\nAuthorization: Bearer stolen\r\n\r\n";
  for (const std::size_t step : {1U, 5U, 4096U}) {
    const Outcome outcome = parse(bytes, step);
    REQUIRE(outcome.status == 200);
    CHECK(outcome.request.body == "abcde");
    CHECK(outcome.request.header("authorization").empty());
  }
}

TEST_CASE("malformed and ambiguous requests get 400") {
  for (const std::string& bytes : {
           std::string("nonsense\r\n\r\n"),
           std::string("GET / HTTQ/1.1\r\nHost: h\r\n\r\n"),
           std::string("GET  / HTTP/1.1\r\nHost: h\r\n\r\n"),
           std::string("GET /\x01 HTTP/1.1\r\nHost: h\r\n\r\n"),
           std::string("GET noslash HTTP/1.1\r\nHost: h\r\n\r\n"),
           std::string("GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n"),
           std::string("GET /a%00b HTTP/1.1\r\nHost: h\r\n\r\n"),
           std::string("GET /%ff HTTP/1.1\r\nHost: h\r\n\r\n"),
           std::string("GET / HTTP/1.1\r\n\r\n"),
           std::string("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
           get("Broken header\r\n"),
           get("Name : space before colon\r\n"),
           get("Content-Length: 5, 6\r\n"),
           get("Content-Length: -1\r\n"),
           get("Content-Length: 1\r\nContent-Length: 2\r\n"),
           get("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
           get("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
           std::string("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"),
           get("Transfer-Encoding: chunked\r\n") + "zz\r\nabc\r\n",
       }) {
    CAPTURE(bytes);
    CHECK(parse(bytes).status == 400);
    CHECK(parse(bytes, 1).status == 400);
  }
}

TEST_CASE("what is too long is refused before it is buffered") {
  Limits limits;
  limits.head_bytes_max = 1024;
  limits.uri_bytes_max = 100;
  limits.body_bytes_max = 50;
  const auto status = [&](const std::string& bytes, std::size_t step) {
    return parse(bytes, step, limits).status;
  };
  for (const std::size_t step : {1U, 100'000U}) {
    CAPTURE(step);
    const std::string long_path(200, 'a');
    CHECK(status("GET /" + long_path + " HTTP/1.1\r\nHost: h\r\n\r\n", step) == 414);
    CHECK(status("GET /" + long_path, step) == 414);
    CHECK(status(get("X: " + std::string(2000, 'x') + "\r\n"), step) == 431);
    CHECK(status("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(5000, 'x'), step) == 431);
    CHECK(status(get("Content-Length: 51\r\n"), step) == 413);
    CHECK(status(get("Transfer-Encoding: chunked\r\n") + "28\r\n" + std::string(40, 'a') +
                     "\r\n28\r\n" + std::string(40, 'b') + "\r\n0\r\n\r\n", step) == 413);
    CHECK(status(get("Transfer-Encoding: chunked\r\n") + "1;" + std::string(9000, 'e'), step) ==
          413);
    CHECK(status(get("Content-Length: 50\r\n") + std::string(50, 'a'), step) == 200);
  }
}

TEST_CASE("other versions, methods, codings and expectations are named as such") {
  CHECK(parse("GET / HTTP/2.0\r\nHost: h\r\n\r\n").status == 505);
  CHECK(parse("GET / HTTP/1.2\r\nHost: h\r\n\r\n").status == 505);
  CHECK(parse("BREW / HTTP/1.1\r\nHost: h\r\n\r\n").status == 501);
  CHECK(parse("CONNECT h:1 HTTP/1.1\r\nHost: h\r\n\r\n").status == 501);
  CHECK(parse(get("Transfer-Encoding: gzip\r\n")).status == 501);
  CHECK(parse(get("Transfer-Encoding: gzip, chunked\r\n")).status == 501);
  CHECK(parse(get("Expect: miracles\r\n")).status == 417);
}

TEST_CASE("a head that expects 100 Continue says so once, and not when its body came along") {
  const Limits limits;
  const std::string head =
      "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
  HttpParser waiting(limits);
  CHECK(waiting.feed(head) == head.size());
  CHECK(waiting.take_continue());
  CHECK_FALSE(waiting.take_continue());
  HttpParser whole(limits);
  whole.feed(head + "ok");
  CHECK(whole.done());
  CHECK_FALSE(whole.take_continue());
}

TEST_CASE("keep-alive follows the version and the Connection header") {
  const Limits limits;
  const auto keeps = [&](const std::string& bytes) {
    HttpParser parser(limits);
    parser.feed(bytes);
    REQUIRE(parser.done());
    return parser.keep_alive();
  };
  CHECK(keeps(get("")));
  CHECK_FALSE(keeps(get("Connection: close\r\n")));
  CHECK_FALSE(keeps("GET / HTTP/1.0\r\n\r\n"));
  CHECK(keeps("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
}

TEST_CASE("an absolute target and a leading empty line are understood") {
  const Outcome outcome = parse("\r\nGET http://shop.example/x?q=1 HTTP/1.1\r\nHost: h\r\n\r\n");
  REQUIRE(outcome.status == 200);
  CHECK(outcome.request.path == "/x");
  CHECK(*outcome.request.query_value("q") == "1");
}

}  // namespace vitrine::net
