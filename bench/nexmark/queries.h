#pragma once
// NEXMARK's queries as Apps. Each reads `all_events` and writes one topic, and keeps its state in
// the library's stores.
//
// Queries that SQL would run over changing tables (q4, q17, q18, q19) emit every change. Tables
// that SQL never forgets (q3, q20: people, auctions; q17, q18, q19: a row a key) grow with their
// keys here too; everything else goes with its window or when the auction has ended.
#include <span>
#include <string_view>

#include "vitrine/app.h"

namespace vitrine::nexmark {

App q0();   // passes every bid on
App q1();   // prices in euros
App q2();   // bids on every 123rd auction
App q3();   // who sells in a category, of three states
App q4();   // the average closing price per category
App q5();   // the auctions with the most bids in 10 s, every 2 s
App q7();   // the highest bids of every 10 s
App q8();   // people who are new and have an auction in the same 10 s
App q9();   // the winning bid of each auction
App q11();  // bids per bidder in a session of 10 s
App q12();  // bids per bidder in 10 s of the wall clock
App q17();  // bids per auction and day
App q18();  // the last bid per bidder and auction
App q19();  // the ten highest bids per auction
App q20();  // bids on auctions of one category, with their auction

struct Query {
  std::string_view name;
  App (*make)();
  double goal_per_s;      // 0: none was set
  std::string_view flink;  // published, per core
};

std::span<const Query> queries();

}  // namespace vitrine::nexmark
