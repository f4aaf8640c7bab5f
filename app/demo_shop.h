#pragma once
// The first steps of the demo's shop, through the public API with the host's token: catalogue,
// stock, a live show, pins.
//
// Everything is done once: what is there already is left as it is, and keys make repeats harmless.
#include <atomic>
#include <string>

#include "app/driver/api.h"
#include "base/result.h"

namespace vitrine {

struct DemoFolder {
  std::string path;  // <log>/demo
  std::string host_codes() const { return path + "/host-codes"; }
  std::string host_token() const { return path + "/host-token"; }
  std::string counters() const { return path + "/counters.json"; }
  std::string ledger() const { return path + "/ledger"; }
  std::string server_output() const { return path + "/server.log"; }
  std::string driver_output() const { return path + "/driver.log"; }
};

// The token kept from an earlier start while the server takes it, else a new one for the first of
// the fresh codes.
Result<std::string> host_token(const std::atomic<bool>& stop, driver::Api& api,
                               const DemoFolder& folder);
// The second code, for a person; empty when the server wrote none.
std::string host_code_for_a_person(const DemoFolder& folder);

// Returns the id of the live show. `api` holds the host's token.
Result<std::string> open_shop(const std::atomic<bool>& stop, driver::Api& api,
                              const std::string& data);

}  // namespace vitrine
