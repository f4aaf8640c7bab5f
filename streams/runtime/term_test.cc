#include "streams/runtime/term.h"

#include <doctest/doctest.h>

#include "sim/power_disk.h"

using namespace vitrine;

namespace {

Term example() {
  Term term;
  term.log = 0x1122334455667788;
  term.self = 7;
  term.term = 3;
  term.role = Term::Role::Standby;
  term.complete = true;
  term.heard = Epoch{90};
  term.primary = "10.0.0.1:7000";
  term.begins = {{2, Epoch{40}}, {3, Epoch{80}}};
  return term;
}

}  // namespace

TEST_CASE("a term is there again after a power cut, and a flipped bit in it is refused") {
  sim::PowerDisk disk;
  REQUIRE(disk.make_folder("/log"));
  CHECK_FALSE(read_term(disk, "/log").value().has_value());
  REQUIRE(write_term(disk, "/log", example()));
  disk.cut(1, sim::Cut::LoseAll);
  const Term back = read_term(disk, "/log").value().value();
  CHECK(back.log == example().log);
  CHECK(back.self == 7);
  CHECK(back.term == 3);
  CHECK(back.role == Term::Role::Standby);
  CHECK(back.complete);
  CHECK(back.heard == Epoch{90});
  CHECK(back.primary == "10.0.0.1:7000");
  REQUIRE(back.begins.size() == 2);
  CHECK(back.begins[1].after == Epoch{80});
  for (std::size_t bit = 0; bit < disk.content("/log/term").size() * 8; ++bit) {
    disk.flip_bit("/log/term", bit);
    const auto damaged = read_term(disk, "/log");
    CHECK((!damaged && damaged.error().code == Code::Corrupt));
    CHECK_FALSE(check_term(disk, "/log"));
    disk.flip_bit("/log/term", bit);
  }
}

TEST_CASE("only a primary's folder may be opened") {
  sim::PowerDisk disk;
  REQUIRE(disk.make_folder("/log"));
  CHECK(check_term(disk, "/log"));  // it never had a standby
  Term term = example();
  for (const auto& [role, word] : {std::pair{Term::Role::Standby, "promote"},
                                   std::pair{Term::Role::Fenced, "fenced"}}) {
    term.role = role;
    REQUIRE(write_term(disk, "/log", term));
    const auto refused = check_term(disk, "/log");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Code::Conflict);
    CHECK(refused.error().message.find(word) != std::string::npos);
  }
  term.role = Term::Role::Primary;
  REQUIRE(write_term(disk, "/log", term));
  CHECK(check_term(disk, "/log"));
}

TEST_CASE("a copy of an earlier term has all groups in common up to the first promotion after it") {
  const Term term = example();
  CHECK(term.common_with(1) == Epoch{40});
  CHECK(term.common_with(2) == Epoch{80});
  CHECK(term.common_with(3) > Epoch{1'000'000});
}
