#pragma once
// A real server in a temporary folder, for tests and benches that talk to it as strangers do.
#include <atomic>
#include <string>
#include <vector>

#include "app/demo_child.h"
#include "app/driver/api.h"
#include "base/result.h"

namespace vitrine::durability {

struct Buyer {
  std::string id, token;
};

class RealServer {
 public:
  // Starts <folder of this program>/vitrine, or `program`, on a free port. Invalid when the
  // temporary folder ($TMPDIR or /var/tmp) is in memory: nothing can be shown there.
  static Result<RealServer> start(const std::string& program);
  ~RealServer();
  RealServer(RealServer&&) noexcept;
  RealServer& operator=(RealServer&&) = delete;

  const net::Endpoint& endpoint() const { return endpoint_; }
  driver::Api host() const { return {endpoint_, host_token_}; }
  driver::Api api(const std::string& token = {}) const { return {endpoint_, token}; }
  // Guests are admitted slowly on purpose; takes count/20 seconds beyond the first 200.
  Result<std::vector<Buyer>> guests(int count) const;
  Result<void> put_product(const std::string& sku, std::int64_t price_pence, std::int64_t on_hand);
  Result<void> set_stock(const std::string& sku, std::int64_t on_hand);

 private:
  RealServer() = default;
  std::string folder_, host_token_;
  net::Endpoint endpoint_;
  Child child_;
  int keys_ = 0;
};

}  // namespace vitrine::durability
