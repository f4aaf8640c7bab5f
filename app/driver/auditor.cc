#include "app/driver/auditor.h"

#include <fmt/format.h>

#include <cstdio>
#include <fstream>

#include "app/driver/json.h"

namespace vitrine::driver {
namespace {

constexpr int kPauseMs = 3'000;
constexpr int kPauseAfterLossMs = 300;

// Whole or not at all: who reads the file while it is replaced sees the old one.
void replace_file(const std::string& path, const std::string& text) {
  std::ofstream(path + ".new", std::ios::trunc) << text << '\n';
  std::rename((path + ".new").c_str(), path.c_str());
}

}  // namespace

std::string Counters::json() const {
  return fmt::format(R"({{"acknowledged":{},"found":{},"lost":{},"doubled":{}}})", acknowledged,
                     found, lost, doubled);
}

Auditor::Auditor(Ledger& ledger, Api viewer, Api* host, std::string show)
    : ledger_(ledger), viewer_(std::move(viewer)), host_(host), show_(std::move(show)) {}

bool Auditor::read(const std::atomic<bool>& stop, bool from_the_beginning) {
  if (from_the_beginning) {
    chat_cursor_ = "0";
    messages_seen_.clear();
    orders_seen_.clear();
    reservations_seen_.clear();
    doubled_orders_ = 0;
  }
  // Taken before reading: what is acknowledged meanwhile is the next reading's business.
  const auto messages = ledger_.snapshot_of_acknowledged("chat");
  const auto orders = ledger_.snapshot_of_acknowledged("order");
  if (!read_chat(stop) || (host_ != nullptr && !read_orders(stop))) return false;
  conclude(messages, orders);
  return true;
}

bool Auditor::read_chat(const std::atomic<bool>& stop) {
  // A host reads also what is shown to its author only: under a shadow ban nothing is lost.
  Api& reader = host_ != nullptr ? *host_ : viewer_;
  while (!stop) {
    const auto page =
        reader.call("GET", "/v1/store/shows/" + show_ + "/chat?limit=100&cursor=" + chat_cursor_);
    if (!page.ok()) return false;
    const auto items = json_items(page.body, "/items");
    for (const auto& item : items)
      if (const auto id = json_text(item, "/posted/id"); !id.empty()) ++messages_seen_[id];
    const auto next = json_text(page.body, "/next_cursor");
    if (next.empty() || next == chat_cursor_) return true;
    chat_cursor_ = next;
  }
  return false;
}

bool Auditor::read_orders(const std::atomic<bool>& stop) {
  std::string cursor;
  std::set<std::string> in_this_reading;
  while (!stop) {
    const auto page = host_->call(
        "GET", "/v1/host/orders?limit=100" + (cursor.empty() ? "" : "&cursor=" + cursor));
    if (!page.ok()) return false;
    bool all_known = true;
    for (const auto& item : json_items(page.body, "/items")) {
      const auto id = json_text(item, "/id");
      if (!in_this_reading.insert(id).second) ++doubled_orders_;
      if (!orders_seen_.insert(id).second) continue;
      all_known = false;
      if (!reservations_seen_.insert(json_text(item, "/reservation")).second) ++doubled_orders_;
    }
    const auto next = json_text(page.body, "/next_cursor");
    if (all_known || next.empty() || next == cursor) return true;
    cursor = next;
  }
  return false;
}

void Auditor::conclude(const std::map<std::string, std::string>& messages,
                       const std::map<std::string, std::string>& orders) {
  Counters c;
  c.doubled = doubled_orders_ + ledger_.contradictions();
  for (const auto& [id, times] : messages_seen_)
    if (times > 1) ++c.doubled;
  for (const auto& [id, number] : messages) {
    ++c.acknowledged;
    if (messages_seen_.contains(id)) ++c.found;
  }
  if (host_ != nullptr) {
    for (const auto& [key, order] : orders) {
      ++c.acknowledged;
      if (orders_seen_.contains(order)) ++c.found;
    }
  }
  c.lost = c.acknowledged - c.found;
  counters_ = c;
}

void run_auditor(const std::atomic<bool>& stop, Auditor& auditor,
                 const std::atomic<std::uint64_t>& losses, const std::string& file) {
  std::uint64_t losses_read = ~std::uint64_t{0};
  while (!stop) {
    const auto before = losses.load();
    const bool concluded = auditor.read(stop, before != losses_read);
    losses_read = concluded ? before : ~std::uint64_t{0};
    if (concluded && !file.empty()) replace_file(file, auditor.counters().json());
    rest(stop, concluded ? kPauseMs : kPauseAfterLossMs);
  }
}

}  // namespace vitrine::driver
