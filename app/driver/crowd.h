#pragma once
// The hundred viewers: one thread looks at all their sockets forty times a second, talks, reacts,
// votes and sends shoppers off.
//
// Nothing here waits for the server but the opening of a socket. What was said and not acknowledged
// is said again, with the same id, on the next socket. Who does what when is drawn from the seed.
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "app/driver/dice.h"
#include "app/driver/ledger.h"
#include "app/driver/material.h"
#include "app/driver/options.h"
#include "app/driver/person.h"
#include "app/driver/workers.h"

namespace vitrine::driver {

class Crowd {
 public:
  // `people` is not empty; all references outlive the crowd. `run_id` makes this run's ids its own.
  Crowd(const DriverOptions& options, const net::Endpoint& server, const Material& material,
        Ledger& ledger, std::vector<std::unique_ptr<Person>>& people, std::string show,
        std::string run_id);

  void run(const std::atomic<bool>& stop);
  // How often a socket was lost: after it grew, the server may have been restarted.
  const std::atomic<std::uint64_t>& losses() const { return losses_; }
  std::string summary() const;

 private:
  struct Vote {
    std::int64_t at_ms;
    Person* person;
    std::string poll;
    int answer;
  };

  void connect(Person& person, std::int64_t now);
  void lose(Person& person, std::int64_t now);
  void listen(Person& person, std::int64_t now);
  void on_frame(Person& person, std::string_view frame, std::int64_t now);
  void on_answer(Person& person, std::string_view frame, bool acknowledged);
  void on_timeline(std::string_view frame, std::int64_t now);
  void tell(Person& person, const std::string& frame, std::int64_t now);
  void beat(Person& person, std::int64_t now);
  void chat(std::int64_t now);
  void react(std::int64_t now);
  void look(const std::atomic<bool>& stop);
  void shop(const std::atomic<bool>& stop);
  void vote(const std::atomic<bool>& stop, std::int64_t now);
  Person& anybody() { return *people_[dice_.below(people_.size())]; }
  bool due(double& at_ms, double per_second, std::int64_t now);
  Basket next_basket();
  Basket basket_of(Person& person);
  std::string payment_token();

  const DriverOptions& options_;
  net::Endpoint server_;
  const Material& material_;
  Ledger& ledger_;
  std::vector<std::unique_ptr<Person>>& people_;
  std::string show_, run_id_;
  Dice dice_;
  Api tickets_;
  std::vector<std::string> pins_;
  std::deque<Vote> votes_;
  double chat_at_ms_ = 0, react_at_ms_ = 0, shop_at_ms_ = 0, look_at_ms_ = 0;
  std::uint64_t said_ = 0, answered_ = 0, taps_ = 0, baskets_ = 0, cast_ = 0, looks_ = 0;
  std::atomic<std::uint64_t> losses_ = 0;
  Workers workers_;  // last: its threads end before what they use
};

}  // namespace vitrine::driver
