// One unit, a thousand buyers. Usage: one_unit [--server PATH] [--buyers 1000] [--rounds 20]
//
// Every round: one unit in stock; every buyer has two connections open and sends the same
// reservation with the same key on both; all are released together, in another order each time.
// Then: one key got 201 (its twin a replayed 201, or 409 in-progress), no other key got 201, every
// other key read 409 stock-unavailable. The winner buys, the unit is restocked.
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>

#include <fmt/format.h>

#include "app/driver/dice.h"
#include "app/driver/json.h"
#include "app/driver/options.h"
#include "tests/durability/server.h"

namespace vitrine::durability {
namespace {

const char* const kSku = "ONEUNIT";
const std::atomic<bool> g_never = false;

struct Try {
  std::size_t buyer = 0;
  std::unique_ptr<net::ClientSocket> socket;
  std::string request;
  net::HttpResponse answer;
};

struct Tally {
  int won = 0, replayed = 0, sold_out = 0, in_progress = 0;
  std::string other;  // an answer that may not be
  std::string reservation;
};

std::string reservation_request(const net::Endpoint& server, const std::string& token,
                                const std::string& key) {
  const auto body =
      fmt::format(R"({{"lines":[{{"sku":"{}","quantity":1}}],"shop":"shop_demo"}})", kSku);
  return fmt::format(
      "POST /v1/store/reservations HTTP/1.1\r\nHost: {}:{}\r\nAuthorization: Bearer {}\r\n"
      "Idempotency-Key: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
      server.host, server.port, token, key, body.size(), body);
}

void count(Tally& tally, const net::HttpResponse& answer) {
  const auto code = answer.status == 409 ? driver::json_text(answer.body, "/code") : std::string{};
  if (answer.status == 201) {
    ++(answer.header("idempotent-replayed") == "true" ? tally.replayed : tally.won);
    tally.reservation = driver::json_text(answer.body, "/id");
  } else if (code == "stock-unavailable") {
    ++tally.sold_out;
  } else if (code == "in-progress") {
    ++tally.in_progress;
  } else {
    tally.other = fmt::format("{} {}", answer.status, answer.body);
  }
}

Result<std::map<std::size_t, Tally>> release_all(const net::Endpoint& server,
                                                 std::vector<Try>& tries) {
  for (auto& attempt : tries) {
    VT_TRY(attempt.socket, net::ClientSocket::connect(server));
  }
  for (auto& attempt : tries) VT_TRY_VOID(attempt.socket->write(attempt.request, 5'000));
  std::map<std::size_t, Tally> tallies;
  for (auto& attempt : tries) {
    std::string input;
    VT_TRY(attempt.answer, net::read_response(*attempt.socket, input, false, 30'000));
    count(tallies[attempt.buyer], attempt.answer);
  }
  return tallies;
}

// Empty when the round went as it must; else what is wrong.
std::string judge(const std::map<std::size_t, Tally>& tallies) {
  std::size_t winners = 0;
  for (const auto& [buyer, t] : tallies) {
    if (!t.other.empty()) return fmt::format("buyer {} was answered {}", buyer, t.other);
    if (t.won > 1) return fmt::format("buyer {} got two first answers for one key", buyer);
    if (t.replayed > 0 && t.won == 0) return fmt::format("buyer {} got a replay of nothing", buyer);
    winners += t.won > 0;
    if (t.won > 0 && t.sold_out > 0)
      return fmt::format("buyer {} got the unit and was refused it", buyer);
    if (t.won == 0 && t.sold_out == 0)
      return fmt::format("buyer {} was never told that it is sold out", buyer);
  }
  return winners == 1 ? "" : fmt::format("{} keys got the one unit", winners);
}

Result<std::string> play(RealServer& server, const std::vector<Buyer>& buyers, int round,
                         driver::Dice& dice) {
  std::vector<Try> tries;
  for (std::size_t i = 0; i < buyers.size() * 2; ++i) {
    const auto buyer = i / 2;
    tries.push_back({buyer,
                     nullptr,
                     reservation_request(server.endpoint(), buyers[buyer].token,
                                         fmt::format("round-{}", round)),
                     {}});
  }
  for (std::size_t i = tries.size() - 1; i > 0; --i) std::swap(tries[i], tries[dice.below(i + 1)]);
  VT_TRY(const auto tallies, release_all(server.endpoint(), tries));
  if (auto wrong = judge(tallies); !wrong.empty()) return wrong;

  const auto winner =
      std::find_if(tallies.begin(), tallies.end(), [](const auto& t) { return t.second.won > 0; });
  auto api = server.api(buyers[winner->first].token);
  const auto body = fmt::format(R"({{"reservation":"{}","payment_token":"tok_approve"}})",
                                winner->second.reservation);
  const auto order =
      api.insist(g_never, "POST", "/v1/store/orders", body, fmt::format("order-{}", round));
  if (order.status != 201) return "the winner could not buy: " + order.describe();
  const auto left = api.insist(g_never, "GET", fmt::format("/v1/store/products/{}", kSku));
  const auto on_hand = driver::json_number(left.body, "/on_hand");
  if (on_hand != 0) return fmt::format("{} units are left of one that was sold", on_hand);
  VT_TRY_VOID(server.set_stock(kSku, 1));
  return std::string{};
}

Result<int> run(const std::string& program, int buyer_count, int rounds) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  VT_TRY(auto server, RealServer::start(program));
  VT_TRY_VOID(server.put_product(kSku, 1999, 1));
  fmt::print("{} buyers come in ...\n", buyer_count);
  std::fflush(stdout);
  VT_TRY(const auto buyers, server.guests(buyer_count));
  driver::Dice dice(1);
  int failed = 0;
  for (int round = 1; round <= rounds; ++round) {
    VT_TRY(const auto wrong, play(server, buyers, round, dice));
    fmt::print("round {}: {}\n", round,
               wrong.empty() ? "one won, the others read stock-unavailable" : wrong);
    std::fflush(stdout);
    failed += !wrong.empty();
    if (!wrong.empty()) VT_TRY_VOID(server.set_stock(kSku, 1));
  }
  fmt::print("{} passed, {} failed\n", rounds - failed, failed);
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace vitrine::durability

int main(int argc, char** argv) {
  std::string program;
  int buyers = 1000, rounds = 20;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::strcmp(argv[i], "--server") == 0) program = argv[i + 1];
    else if (std::strcmp(argv[i], "--buyers") == 0) buyers = std::atoi(argv[i + 1]);
    else if (std::strcmp(argv[i], "--rounds") == 0) rounds = std::atoi(argv[i + 1]);
  }
  const auto done = vitrine::durability::run(program, buyers, rounds);
  if (done) return *done;
  std::fprintf(stderr, "one_unit: %s\n0 passed, 1 failed\n", done.error().message.c_str());
  return 1;
}
