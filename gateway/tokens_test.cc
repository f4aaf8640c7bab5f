#include "gateway/tokens.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>

#include "gateway/codes.h"
#include "gateway/cursor.h"
#include "gateway/rate.h"
#include "gateway/temp_folder.h"

using namespace vitrine;
using namespace vitrine::gateway;

namespace {

const Caller kAda{"vwr_1", Role::Viewer, "Ada \"the\" first", time_of_millis(5'000'000)};

}  // namespace

TEST_CASE("a token says who somebody is until its time is over") {
  const Tokens tokens(std::string(32, 'k'));
  const auto caller = tokens.check(tokens.issue(kAda), time_of_millis(4'999'999));
  REQUIRE(caller);
  CHECK(caller->id == "vwr_1");
  CHECK(caller->role == Role::Viewer);
  CHECK(caller->nickname == kAda.nickname);
  CHECK_FALSE(tokens.check(tokens.issue(kAda), time_of_millis(5'000'000)));
}

TEST_CASE("a token that was changed, foreign or unsigned is worth nothing") {
  const Tokens tokens(std::string(32, 'k'));
  const Tokens others(std::string(32, 'o'));
  const std::string good = tokens.issue(kAda);
  const Time now = time_of_millis(0);
  CHECK_FALSE(others.check(good, now));
  for (std::size_t i = 0; i + 1 < good.size(); ++i) {  // the last character's low bits are padding
    std::string bad = good;
    bad[i] = bad[i] == 'A' ? 'B' : 'A';
    CHECK_FALSE(tokens.check(bad, now));
  }
  const std::string none = base64url(R"({"alg":"none","typ":"JWT"})");
  const std::string payload = good.substr(good.find('.') + 1, good.rfind('.') - good.find('.') - 1);
  CHECK_FALSE(tokens.check(none + "." + payload + ".", now));
  CHECK_FALSE(tokens.check(none + "." + payload + good.substr(good.rfind('.')), now));
  CHECK_FALSE(tokens.check("", now));
  CHECK_FALSE(tokens.check("..", now));
}

TEST_CASE("the signing key is drawn once, kept private and survives a restart") {
  const TempFolder folder;
  auto first = Tokens::open(real_env(), folder.path());
  REQUIRE(first);
  struct stat facts {};
  REQUIRE(::stat((folder.path() + "/token.key").c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777U) == 0600U);
  auto second = Tokens::open(real_env(), folder.path());
  REQUIRE(second);
  CHECK(second->check(first->issue(kAda), time_of_millis(0)));
}

TEST_CASE("a ticket is good once and for thirty seconds") {
  Tickets tickets;
  Caller caller = kAda;
  const Time now = real_env().clock.now();
  caller.expires_at = now + Duration{3'600'000};
  const std::string ticket = tickets.issue(real_env(), caller);
  CHECK(tickets.redeem(ticket, now));
  CHECK_FALSE(tickets.redeem(ticket, now));
  const std::string late = tickets.issue(real_env(), caller);
  CHECK_FALSE(tickets.redeem(late, now + Duration{31'000}));
  CHECK_FALSE(tickets.redeem("", now));
}

TEST_CASE("a used link stays used after a restart, and is for its role only") {
  const TempFolder folder;
  const Time until = time_of_millis(10'000);
  std::string host, moderator;
  {
    auto codes = Codes::open(real_env(), folder.path());
    REQUIRE(codes);
    CHECK(codes->fresh());
    host = codes->issue(Role::Host, "", until).value();
    moderator = codes->issue(Role::Moderator, "Mo", until).value();
    CHECK_FALSE(codes->redeem(moderator, Role::Host, time_of_millis(1)).value());
    CHECK_FALSE(codes->redeem(host, Role::Host, until).value());
    CHECK(codes->redeem(host, Role::Host, time_of_millis(1)).value());
  }
  auto codes = Codes::open(real_env(), folder.path());
  REQUIRE(codes);
  CHECK_FALSE(codes->fresh());
  CHECK_FALSE(codes->redeem(host, Role::Host, time_of_millis(1)).value());
  const auto mo = codes->redeem(moderator, Role::Moderator, time_of_millis(1)).value();
  REQUIRE(mo);
  CHECK(mo->nickname == "Mo");
  CHECK(mo->id.starts_with("mod_"));
}

TEST_CASE("a link's code is never taken for a card number") {
  const TempFolder folder;
  Codes codes = Codes::open(real_env(), folder.path()).value();
  for (int i = 0; i < 20; ++i) {
    const std::string code = codes.issue(Role::Host, "", time_of_millis(10'000)).value();
    CHECK(code.size() == 32);
    CHECK(std::none_of(code.begin(), code.end(), [](char c) { return c >= '0' && c <= '9'; }));
  }
}

TEST_CASE("a cursor reads back as it was, and nonsense is none") {
  const Cursor cursor{Domain::Audience, Incarnation{0xabcdef12345ULL}, Position{77}};
  CHECK(parse_cursor(cursor_text(cursor)) == cursor);
  for (const char* text :
       {"", "0", "a", "x.1.2", "a.1", "a.1.", "a.g.1", "a.1.1.1", "a.1.11111111111111111"}) {
    CHECK_FALSE(parse_cursor(text));
  }
}

TEST_CASE("a bucket lets a burst through, then its rate") {
  RateLimiter limiter({2, 3});
  const Time now = time_of_millis(0);
  for (int i = 0; i < 3; ++i) CHECK(limiter.take("a", now) == 0);
  CHECK(limiter.take("a", now) == 1);
  CHECK(limiter.take("b", now) == 0);
  CHECK(limiter.take("a", now + Duration{500}) == 0);
  CHECK(limiter.take("a", now + Duration{500}) == 1);
}
