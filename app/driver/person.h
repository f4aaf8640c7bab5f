#pragma once
// A simulated viewer between the crowd's visits: who they are, their socket, and what they have
// said without an answer yet.
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/driver/api.h"
#include "app/driver/material.h"
#include "net/http_client.h"

namespace vitrine::driver {

struct Person {
  std::string id, token, nickname;
  std::optional<net::WsClient> socket;
  std::int64_t connect_at_ms = 0;  // not before
  int backoff_ms = 200;            // doubled by each failure up to 5 s
  std::int64_t beat_at_ms = 0;
  std::map<std::string, std::string>
      unanswered;                      // message id -> frame, sent again after a reconnect
  std::atomic<bool> shopping = false;  // one basket at a time
  Basket basket;                       // what she came for: looked at one by one, bought later
  std::size_t looked = 0;              // of these
  std::vector<std::string> offered;    // skus on her page, best first
};

// Guests of an earlier run come back (their tokens are kept in `file`); the rest are made by POST
// /v1/auth/guest.
Result<void> admit_guests(const std::atomic<bool>& stop, Api& api, const std::string& file,
                          std::vector<std::unique_ptr<Person>>& people, int count);

}  // namespace vitrine::driver
