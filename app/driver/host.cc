#include "app/driver/host.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "app/driver/json.h"
#include "base/env.h"

namespace vitrine::driver {
namespace {

constexpr std::size_t kPinsMax = 3;
constexpr std::int64_t kStepBackMs = 120'000;

struct Question {
  const char* text;
  std::array<const char*, 3> answers;
};
constexpr std::array kQuestions{
    Question{"What shall we look at next?", {"Kitchen", "Party", "Bags"}},
    Question{"Which colour do you like best?", {"Red retrospot", "Pink polkadot", "Suki"}},
    Question{"Is it a gift?", {"Yes, for a friend", "For my family", "For me"}},
    Question{"Tea or coffee?", {"Tea", "Coffee", "Cake"}}};

std::int64_t wall_ms() { return millis_of(real_env().clock.now()); }

class SimulatedHost {
 public:
  SimulatedHost(const std::atomic<bool>& stop, Api api, std::string show,
                const DriverOptions& options, const Material& material, Dice dice)
      : stop_(stop),
        api_(std::move(api)),
        show_("/v1/host/shows/" + show),
        public_show_("/v1/store/shows/" + show),
        options_(options),
        material_(material),
        dice_(dice),
        run_(fmt::format("h{:x}", wall_ms())) {
    remember_pins();
  }

  void run() {
    auto pin_at = wall_ms() + scaled(4'000), poll_at = wall_ms() + scaled(20'000);
    auto restock_at = wall_ms();
    while (!stop_) {
      const auto now = wall_ms();
      if (now >= restock_at) {
        restock(stop_, api_, material_, fmt::format("{}-s{}", run_, ++restocks_));
        restock_at = now + scaled(10'000);
      }
      if (now >= poll_at) poll_at = now + scaled(open_or_close_poll());
      if (now >= pin_at) {
        if (somebody_else_is_at_work()) quiet_until_ms_ = now + kStepBackMs;
        if (now >= quiet_until_ms_) show_next_product();
        pin_at = now + scaled(20'000 + static_cast<std::int64_t>(dice_.below(20'000)));
      }
      rest(stop_, 100);
    }
  }

 private:
  std::int64_t scaled(std::int64_t ms) const {
    return std::max<std::int64_t>(
        200, static_cast<std::int64_t>(static_cast<double>(ms) / options_.speed));
  }

  std::vector<std::string> pins_now() {
    return json_items(api_.insist(stop_, "GET", public_show_).body, "/pins");
  }
  void remember_pins() { pins_ = pins_now(); }
  bool somebody_else_is_at_work() {
    auto now = pins_now();
    const bool changed = now != pins_;
    pins_ = std::move(now);
    return changed && !stop_;
  }

  void show_next_product() {
    const auto body = fmt::format(R"({{"media_time_ms":{}}})", wall_ms());
    if (pins_.size() >= kPinsMax)
      api_.insist(stop_, "DELETE", show_ + "/pins/" + pins_.front(), body);
    // The best sellers come first in the catalogue and are shown more often.
    const auto reach = 1 + dice_.below(material_.catalogue.size());
    const auto& sku = material_.catalogue[dice_.below(reach)].sku;
    if (std::find(pins_.begin(), pins_.end(), sku) == pins_.end())
      api_.insist(stop_, "PUT", show_ + "/pins/" + sku, body);
    remember_pins();
  }

  // Milliseconds until the next step of a poll.
  std::int64_t open_or_close_poll() {
    if (wall_ms() < quiet_until_ms_) return 30'000;
    if (!poll_.empty()) {
      api_.insist(stop_, "POST", show_ + "/polls/" + poll_ + "/close", "{}");
      poll_.clear();
      return 120'000;
    }
    const auto& q = kQuestions[dice_.below(kQuestions.size())];
    const auto body = fmt::format(R"({{"question":{},"answers":[{},{},{}]}})", json_quoted(q.text),
                                  json_quoted(q.answers[0]), json_quoted(q.answers[1]),
                                  json_quoted(q.answers[2]));
    poll_ = json_text(api_.insist(stop_, "POST", show_ + "/polls", body).body, "/id");
    return 60'000;
  }

  const std::atomic<bool>& stop_;
  Api api_;
  std::string show_, public_show_;
  const DriverOptions& options_;
  const Material& material_;
  Dice dice_;
  std::string run_;  // makes this run's idempotency keys its own
  std::vector<std::string> pins_;
  std::string poll_;  // the one we opened
  std::int64_t quiet_until_ms_ = 0;
  int restocks_ = 0;
};

}  // namespace

void restock(const std::atomic<bool>& stop, Api& api, const Material& material,
             const std::string& key) {
  std::map<std::string, std::int64_t> full;
  for (const auto& item : material.catalogue) full[item.sku] = item.stock;
  std::string cursor;
  do {
    const auto page = api.insist(
        stop, "GET", "/v1/store/products?limit=100" + (cursor.empty() ? "" : "&cursor=" + cursor));
    cursor = json_text(page.body, "/next_cursor");
    for (const auto& item : json_items(page.body, "/items")) {
      const auto sku = json_text(item, "/product/sku");
      const auto shipped = full.find(sku);
      const auto available = json_number(item, "/available"),
                 on_hand = json_number(item, "/on_hand");
      if (shipped == full.end() || available * 10 >= shipped->second) continue;
      const auto body = fmt::format(R"({{"on_hand":{}}})", on_hand - available + shipped->second);
      api.insist(stop, "PUT", "/v1/host/products/" + sku + "/stock", body, key + sku);
    }
  } while (!cursor.empty() && !stop);
}

void run_host(const std::atomic<bool>& stop, Api api, const std::string& show,
              const DriverOptions& options, const Material& material, Dice dice) {
  SimulatedHost(stop, std::move(api), show, options, material, dice).run();
}

}  // namespace vitrine::driver
