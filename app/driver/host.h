#pragma once
// The simulated host: shows a product every half minute, asks the viewers something every few
// minutes, fills the shelves.
#include <atomic>
#include <string>

#include "app/driver/api.h"
#include "app/driver/dice.h"
#include "app/driver/material.h"
#include "app/driver/options.h"

namespace vitrine::driver {

// Runs until `stop`. Steps back for two minutes whenever the pins are not as it left them: then a
// real host is at work.
void run_host(const std::atomic<bool>& stop, Api api, const std::string& show,
              const DriverOptions& options, const Material& material, Dice dice);

// Raises the stock of every product that has less than a tenth of its shipped stock left.
void restock(const std::atomic<bool>& stop, Api& api, const Material& material,
             const std::string& key);

}  // namespace vitrine::driver
