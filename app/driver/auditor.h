#pragma once
// Reads the shop back through the public API and holds it against the ledger: what was acknowledged
// must be there, once.
#include <atomic>
#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "app/driver/api.h"
#include "app/driver/ledger.h"

namespace vitrine::driver {

struct Counters {
  std::uint64_t acknowledged = 0, found = 0, lost = 0, doubled = 0;
  std::string json() const;
};

// Threads: one.
class Auditor {
 public:
  // Without a host's token orders are neither counted nor looked for.
  Auditor(Ledger& ledger, Api viewer, Api* host, std::string show);

  // Reads what is new since the last time; everything anew when `from_the_beginning` (after a
  // restart nothing read before is evidence). False when the server did not answer to the end: then
  // nothing was concluded.
  bool read(const std::atomic<bool>& stop, bool from_the_beginning);
  const Counters& counters() const { return counters_; }

 private:
  bool read_chat(const std::atomic<bool>& stop);
  bool read_orders(const std::atomic<bool>& stop);
  void conclude(const std::map<std::string, std::string>& messages,
                const std::map<std::string, std::string>& orders);

  Ledger& ledger_;
  Api viewer_;
  Api* host_;
  std::string show_;
  std::string chat_cursor_;
  std::map<std::string, int> messages_seen_;  // message id -> how often
  std::set<std::string> orders_seen_, reservations_seen_;
  std::uint64_t doubled_orders_ = 0;
  Counters counters_;
};

// Every few seconds, and at once after the server was away (`losses` grew); writes the counters to
// `file` when not empty.
void run_auditor(const std::atomic<bool>& stop, Auditor& auditor,
                 const std::atomic<std::uint64_t>& losses, const std::string& file);

}  // namespace vitrine::driver
