#pragma once
// One basket of a viewer: lines into the cart, a reservation, an order.
#include <atomic>
#include <string>

#include "app/driver/api.h"
#include "app/driver/ledger.h"
#include "app/driver/material.h"

namespace vitrine::driver {

struct Purchase {
  std::string viewer_token;
  std::string show;
  std::string shop;
  Basket basket;
  std::string key;            // unique; the reservation's key is <key>-r, the order's <key>-o
  std::string payment_token;  // tok_approve, tok_decline, tok_slow, tok_timeout
};

// Every step is insisted on with its key, whatever happens to the server meanwhile; the order's
// fate goes to the ledger. A basket that was refused is taken out of the cart again.
void make_purchase(const std::atomic<bool>& stop, Api& api, Ledger& ledger,
                   const Purchase& purchase);

}  // namespace vitrine::driver
