#include "app/demo_shop.h"

#include <fmt/format.h>

#include <fstream>
#include <map>
#include <vector>

#include "app/driver/json.h"
#include "app/driver/material.h"
#include "base/env.h"

namespace vitrine {
namespace {

using driver::Answer;
using driver::Api;
using driver::json_items;
using driver::json_number;
using driver::json_quoted;
using driver::json_text;

std::vector<std::string> lines_of(const std::string& file) {
  std::ifstream in(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);)
    if (!line.empty()) lines.push_back(line);
  return lines;
}

Result<void> expect(const Answer& answer, const std::string& what) {
  if (answer.ok()) return {};
  return fail(Code::Unavailable, what + ": the server answered " + answer.describe());
}

// sku -> units on hand
Result<std::map<std::string, std::int64_t>> products_there(const std::atomic<bool>& stop,
                                                           Api& api) {
  std::map<std::string, std::int64_t> there;
  std::string cursor;
  do {
    const auto next = cursor.empty() ? std::string{} : "&cursor=" + cursor;
    const auto page = api.insist(stop, "GET", "/v1/store/products?limit=100" + next);
    VT_TRY_VOID(expect(page, "list the products"));
    for (const auto& item : json_items(page.body, "/items"))
      there[json_text(item, "/product/sku")] = json_number(item, "/on_hand");
    cursor = json_text(page.body, "/next_cursor");
  } while (!cursor.empty() && !stop);
  return there;
}

Result<void> fill_catalogue(const std::atomic<bool>& stop, Api& api,
                            const std::vector<driver::CatalogueItem>& catalogue) {
  VT_TRY(const auto there, products_there(stop, api));
  for (const auto& item : catalogue) {
    if (there.contains(item.sku)) continue;
    const auto product = fmt::format(
        R"({{"title":{},"description":{},"category":{},)"
        R"("price":{{"amount":{},"currency":"GBP"}},"image":{}}})",
        json_quoted(item.title), json_quoted(item.description), json_quoted(item.category),
        item.price_pence, json_quoted(item.image));
    const auto path = "/v1/host/products/" + item.sku;
    VT_TRY_VOID(expect(api.insist(stop, "PUT", path, product), "put product " + item.sku));
  }
  for (const auto& item : catalogue) {
    // Also when an earlier start was cut between the two; the key keeps what was sold out since.
    if (const auto at = there.find(item.sku); at != there.end() && at->second > 0) continue;
    const auto stock = fmt::format(R"({{"on_hand":{}}})", item.stock);
    const auto answer = api.insist(stop, "PUT", "/v1/host/products/" + item.sku + "/stock", stock,
                                   "demo-first-stock-" + item.sku);
    VT_TRY_VOID(expect(answer, "set the stock of " + item.sku));
  }
  return {};
}

// What the assistant answers from, once; afterwards it is the host's.
Result<void> fill_faq(const std::atomic<bool>& stop, Api& api, const std::string& data) {
  const auto now = api.insist(stop, "GET", "/v1/store/faq");
  VT_TRY_VOID(expect(now, "read the shop's FAQ"));
  if (json_number(now.body, "/version") > 0) return {};
  std::string entries;
  for (const auto& line : lines_of(data + "/shop/faq.tsv")) {
    std::vector<std::string> fields(1);
    for (const char c : line) c == '\t' ? fields.emplace_back() : fields.back() += c;
    if (fields.size() != 5)
      return fail(Code::Invalid, "read " + data + "/shop/faq.tsv: not five fields: " + line);
    const auto sku = fields[1].empty() ? "" : ",\"sku\":" + json_quoted(fields[1]);
    entries += fmt::format(R"({}{{"id":{}{},"title":{},"text":{},"also":{}}})",
                           entries.empty() ? "" : ",", json_quoted(fields[0]), sku,
                           json_quoted(fields[2]), json_quoted(fields[3]), json_quoted(fields[4]));
  }
  const auto body = R"({"version":0,"entries":[)" + entries + "]}";
  const auto answer = api.insist(stop, "PUT", "/v1/host/faq", body);
  // Precondition: an earlier start was cut after it had set it.
  return answer.status == 412 ? Result<void>{} : expect(answer, "set the shop's FAQ");
}

// Until somebody chooses otherwise the assistant of the demo answers by itself.
Result<void> start_assistant(const std::atomic<bool>& stop, Api& api, const std::string& show) {
  const auto path = "/v1/host/shows/" + show;
  const auto now = api.insist(stop, "GET", path + "/insights");
  VT_TRY_VOID(expect(now, "read the show's insights"));
  if (now.body.find(R"("chosen":true)") != std::string::npos) return {};
  return expect(api.insist(stop, "PUT", path + "/assistant", R"({"mode":"auto"})"),
                "let the assistant answer");
}

// A show that has not ended, else a new one.
Result<std::string> find_or_create_show(const std::atomic<bool>& stop, Api& api) {
  const auto list = api.insist(stop, "GET", "/v1/store/shows");
  VT_TRY_VOID(expect(list, "list the shows"));
  for (const auto& show : json_items(list.body, "/items"))
    if (json_text(show, "/state") != "ended") return json_text(show, "/id");
  const auto created = api.insist(stop, "POST", "/v1/host/shows",
                                  R"({"title":"The Gift Shop, Live","host_name":"Harriet"})",
                                  "demo-show-" + std::to_string(millis_of(real_env().clock.now())));
  VT_TRY_VOID(expect(created, "create the show"));
  return json_text(created.body, "/id");
}

Result<void> go_live(const std::atomic<bool>& stop, Api& api, const std::string& show) {
  const auto path = "/v1/store/shows/" + show;
  for (int step = 0; step < 3 && !stop; ++step) {
    const auto state = json_text(api.insist(stop, "GET", path).body, "/state");
    if (state == "live") return {};
    const auto body = state == "draft" ? fmt::format(R"({{"to":"scheduled","starts_at_ms":{}}})",
                                                     millis_of(real_env().clock.now()))
                                       : std::string(R"({"to":"live"})");
    const auto answer = api.insist(stop, "POST", "/v1/host/shows/" + show + "/state", body);
    VT_TRY_VOID(expect(answer, "take the show from " + state + " towards live"));
  }
  return fail(Code::Unavailable, "take the show live: it did not become live");
}

}  // namespace

Result<std::string> host_token(const std::atomic<bool>& stop, Api& api, const DemoFolder& folder) {
  if (const auto kept = lines_of(folder.host_token()); !kept.empty()) {
    api.set_token(kept.front());
    if (api.insist(stop, "GET", "/v1/host/orders?limit=1").ok()) return kept.front();
    api.set_token({});
  }
  const auto codes = lines_of(folder.host_codes());
  if (codes.empty()) {
    return fail(Code::NotFound, "become the host: the server left no code in " +
                                    folder.host_codes() + "; see " + folder.server_output());
  }
  const auto body = "{\"code\":" + json_quoted(codes.front()) + "}";
  const auto answer = api.insist(stop, "POST", "/v1/auth/host", body);
  VT_TRY_VOID(expect(answer, "become the host"));
  const auto token = json_text(answer.body, "/token");
  std::ofstream(folder.host_token(), std::ios::trunc) << token << '\n';
  return token;
}

std::string host_code_for_a_person(const DemoFolder& folder) {
  const auto codes = lines_of(folder.host_codes());
  return codes.size() < 2 ? std::string{} : codes[1];
}

Result<std::string> open_shop(const std::atomic<bool>& stop, Api& api, const std::string& data) {
  VT_TRY(const auto catalogue, driver::load_catalogue(data));
  VT_TRY_VOID(fill_catalogue(stop, api, catalogue));
  VT_TRY(auto show, find_or_create_show(stop, api));
  VT_TRY_VOID(fill_faq(stop, api, data));
  VT_TRY_VOID(start_assistant(stop, api, show));
  VT_TRY_VOID(go_live(stop, api, show));
  const auto view = api.insist(stop, "GET", "/v1/store/shows/" + show);
  if (json_items(view.body, "/pins").empty()) {
    const auto now = fmt::format(R"({{"media_time_ms":{}}})", millis_of(real_env().clock.now()));
    const auto& first = catalogue.front().sku;
    const auto pinned = api.insist(stop, "PUT", "/v1/host/shows/" + show + "/pins/" + first, now);
    VT_TRY_VOID(expect(pinned, "pin " + first));
  }
  return show;
}

}  // namespace vitrine
