// One unit against many, each asking twice with the same key.
#include <doctest/doctest.h>

#include <atomic>
#include <barrier>

#include "gateway/test_server.h"

using namespace vitrine;
using namespace vitrine::gateway;

namespace {

struct Tally {
  std::atomic<int> won{0}, replayed{0}, in_progress{0}, sold_out{0}, other{0};
};

void count(const std::string& response, Tally& tally) {
  const auto has = [&](std::string_view text) { return response.find(text) != std::string::npos; };
  if (has("HTTP/1.1 201")) {
    ++(has("Idempotent-Replayed: true") ? tally.replayed : tally.won);
  } else if (has("stock-unavailable")) {
    ++tally.sold_out;
  } else if (has("in-progress")) {
    ++tally.in_progress;
  } else {
    ++tally.other;
  }
}

// Two requests of one buyer on connections of their own, written at the barrier by one of the
// writers.
struct Buyer {
  std::unique_ptr<net::ClientSocket> sockets[2];
  std::string request;
};

std::vector<Buyer> buyers_for(TestServer& server, int count, int round) {
  std::vector<Buyer> buyers(static_cast<std::size_t>(count));
  const std::string body = R"({"lines":[{"sku":"mug","quantity":1}]})";
  for (auto& buyer : buyers) {
    for (auto& socket : buyer.sockets)
      socket = std::move(net::ClientSocket::connect(server.endpoint()).value());
    buyer.request =
        "POST /v1/store/reservations HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
        "Authorization: Bearer " +
        server.guest() + "\r\nIdempotency-Key: round-" + std::to_string(round) +
        "\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
        body;
  }
  return buyers;
}

}  // namespace

TEST_CASE(
    "one unit, many buyers released together, each twice with one key: exactly one key wins") {
  constexpr int kBuyers = 200;
  constexpr int kRounds = 3;
  constexpr int kWriters = 4;
  TestServer server;
  for (int round = 0; round < kRounds; ++round) {
    server.put_product("mug", 1999,
                       round + 1);  // on hand counts the units held by the rounds before
    auto buyers = buyers_for(server, kBuyers, round);
    Tally tally;
    std::barrier released(kWriters);
    std::vector<std::thread> writers;
    for (int w = 0; w < kWriters; ++w) {
      writers.emplace_back([&, w] {
        released.arrive_and_wait();
        for (std::size_t i = static_cast<std::size_t>(w); i < buyers.size(); i += kWriters) {
          for (auto& socket : buyers[i].sockets) VT_CHECK(socket->write(buyers[i].request, 10'000));
        }
        for (std::size_t i = static_cast<std::size_t>(w); i < buyers.size(); i += kWriters) {
          for (auto& socket : buyers[i].sockets) {
            std::string response;
            while (socket->read(response, 20'000)) {
            }
            count(response, tally);
          }
        }
      });
    }
    for (auto& writer : writers) writer.join();
    CHECK(tally.won == 1);
    CHECK(tally.other == 0);
    CHECK(tally.won + tally.replayed <= 2);
    CHECK(tally.won + tally.replayed + tally.in_progress + tally.sold_out == 2 * kBuyers);
    CHECK(server.call("GET", "/v1/store/products/mug").at("/available") == "0");
  }
}
