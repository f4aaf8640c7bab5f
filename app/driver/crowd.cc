#include "app/driver/crowd.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "app/driver/json.h"
#include "app/driver/purchase.h"
#include "base/env.h"

namespace vitrine::driver {
namespace {

constexpr int kVisitMs = 25;
constexpr int kBeatMs = 5'000;
constexpr int kTicketMsMax = 2'000;
constexpr int kWorkers = 8;
constexpr double kQuestionShare = 0.15;
constexpr double kRudeShare = 0.01;
constexpr double kFollowShare = 0.2;  // of looks and of baskets, that go to what is offered
constexpr std::size_t kLinesMax = 3;
// What a moderator has to look at now and then: mild, and on the shop's own word list.
constexpr std::array kRude{"This is a scam", "What a rip off", "You are all losers",
                           "Shut up and show the next one", "Only an idiot would buy this"};
constexpr std::array kKinds{"like", "love", "wow", "fire", "laugh"};

std::int64_t now_ms() { return real_env().clock.monotonic_nanos() / 1'000'000; }

// The member "t" of a frame without parsing it: it is the first one.
std::string_view kind_of(std::string_view frame) {
  constexpr std::string_view kStart = R"({"t":")";
  if (!frame.starts_with(kStart)) return {};
  frame.remove_prefix(kStart.size());
  return frame.substr(0, frame.find('"'));
}

net::Endpoint impatient(net::Endpoint server) {
  server.timeout_ms = kTicketMsMax;
  return server;
}

}  // namespace

Crowd::Crowd(const DriverOptions& options, const net::Endpoint& server, const Material& material,
             Ledger& ledger, std::vector<std::unique_ptr<Person>>& people, std::string show,
             std::string run_id)
    : options_(options),
      server_(impatient(server)),
      material_(material),
      ledger_(ledger),
      people_(people),
      show_(std::move(show)),
      run_id_(std::move(run_id)),
      dice_(options.seed),
      tickets_(server_, {}),
      workers_(server, kWorkers) {}

void Crowd::run(const std::atomic<bool>& stop) {
  const auto begin = now_ms();
  chat_at_ms_ = react_at_ms_ = shop_at_ms_ = look_at_ms_ = static_cast<double>(begin);
  // People arrive over two seconds, and their heartbeats stay spread like that.
  for (auto& person : people_)
    person->connect_at_ms = begin + static_cast<std::int64_t>(dice_.below(2'000));
  while (!stop) {
    const auto now = now_ms();
    for (auto& person : people_) {
      if (person->socket) listen(*person, now);
      else if (now >= person->connect_at_ms) connect(*person, now);
      if (stop) return;
      if (person->socket && now >= person->beat_at_ms) beat(*person, now);
    }
    while (due(chat_at_ms_, options_.chat_per_s, now)) chat(now);
    // Taps come in bursts of one to nine.
    while (due(react_at_ms_, options_.reactions_per_s / 5, now)) react(now);
    while (due(look_at_ms_, options_.views_per_s, now)) look(stop);
    while (due(shop_at_ms_, options_.orders_per_s, now)) shop(stop);
    vote(stop, now);
    const auto used = now_ms() - now;
    if (used < kVisitMs) std::this_thread::sleep_for(std::chrono::milliseconds(kVisitMs - used));
  }
}

bool Crowd::due(double& at_ms, double per_second, std::int64_t now) {
  if (at_ms > static_cast<double>(now)) return false;
  // After a long pause (the machine slept, sockets were opened) the missed moments are let go.
  if (at_ms < static_cast<double>(now) - 2'000) at_ms = static_cast<double>(now);
  at_ms += dice_.wait_ms(per_second * options_.speed);
  return true;
}

void Crowd::connect(Person& person, std::int64_t now) {
  tickets_.set_token(person.token);
  const auto ticket = tickets_.call("POST", "/v1/auth/ticket", "{}");
  if (ticket.ok()) {
    const auto protocols = "vitrine.v1.json, ticket." + json_text(ticket.body, "/ticket");
    if (auto socket = net::WsClient::connect(server_, "/v1/socket", protocols))
      person.socket = std::move(*socket);
  }
  if (!person.socket) return lose(person, now);
  person.backoff_ms = 200;
  person.beat_at_ms = now;
  for (const char* channel : {"show.timeline:", "show.chat:", "show.reactions:", "show.audience:"})
    tell(person, fmt::format(R"({{"t":"sub","ch":{}}})", json_quoted(channel + show_)), now);
  tell(person, fmt::format(R"({{"t":"sub","ch":{}}})", json_quoted("shop.stock:" + options_.shop)),
       now);
  tell(person, R"({"t":"sub","ch":"viewer.orders"})", now);
  tell(person, fmt::format(R"({{"t":"sub","ch":{}}})", json_quoted("viewer.offers:" + show_)), now);
  for (const auto& [id, frame] : std::map(person.unanswered)) tell(person, frame, now);
}

void Crowd::lose(Person& person, std::int64_t now) {
  person.socket.reset();
  ++losses_;
  person.connect_at_ms =
      now + person.backoff_ms / 2 + static_cast<std::int64_t>(dice_.below(person.backoff_ms));
  person.backoff_ms = std::min(person.backoff_ms * 2, 5'000);
}

void Crowd::tell(Person& person, const std::string& frame, std::int64_t now) {
  if (person.socket && !person.socket->send(frame)) lose(person, now);
}

void Crowd::beat(Person& person, std::int64_t now) {
  person.beat_at_ms = now + kBeatMs;
  tell(person, fmt::format(R"({{"t":"beat","show":{}}})", json_quoted(show_)), now);
}

void Crowd::listen(Person& person, std::int64_t now) {
  while (person.socket) {
    auto frame = person.socket->receive(0);
    if (frame) on_frame(person, *frame, now);
    else if (frame.error().code == Code::Overloaded) return;  // nothing more yet
    else return lose(person, now);
  }
}

void Crowd::on_frame(Person& person, std::string_view frame, std::int64_t now) {
  const auto kind = kind_of(frame);
  if (kind == "ack" || kind == "nack") return on_answer(person, frame, kind == "ack");
  if (kind != "evt" && kind != "snapshot") return;
  if (frame.substr(0, 120).find("\"viewer.offers:") != frame.npos) {
    person.offered.clear();
    for (const auto& item : json_items(frame, "/data/items"))
      person.offered.push_back(json_text(item, "/sku"));
  }
  // One pair of eyes is enough for what all of them see.
  if (&person != people_.front().get()) return;
  if (frame.substr(0, 120).find("\"show.timeline:") != frame.npos) on_timeline(frame, now);
  if (const auto gone = json_text(frame, "/data/removed/message"); !gone.empty())
    ledger_.removed("chat", gone);
}

void Crowd::on_answer(Person& person, std::string_view frame, bool acknowledged) {
  const auto id = json_text(frame, "/id");
  if (!person.unanswered.contains(id)) return;  // a reaction's
  if (acknowledged && frame.find("\"held\":true") != frame.npos) {
    ledger_.held("chat", id);
    ++answered_;
  } else if (acknowledged) {
    ledger_.acknowledged("chat", id, std::to_string(json_number(frame, "/number")));
    ++answered_;
  } else {
    const auto code = json_text(frame, "/problem/code");
    if (code == "overloaded" || code == "in-progress") return;  // said again with the next socket
    ledger_.refused("chat", id, code);
  }
  person.unanswered.erase(id);
}

void Crowd::on_timeline(std::string_view frame, std::int64_t now) {
  for (const char* pins : {"/data/pins", "/data/pinned/pins", "/data/unpinned/pins"})
    if (auto skus = json_items(frame, pins); !skus.empty()) pins_ = std::move(skus);
  const auto poll = json_text(frame, "/data/poll_opened/poll/id");
  const auto answers = json_items(frame, "/data/poll_opened/poll/answers").size();
  if (poll.empty() || answers == 0) return;
  for (auto& person : people_) {
    if (!dice_.chance(0.6)) continue;
    const auto after_ms = static_cast<double>(1'000 + dice_.below(30'000)) / options_.speed;
    votes_.push_back({now + static_cast<std::int64_t>(after_ms), person.get(), poll,
                      static_cast<int>(dice_.below(answers))});
  }
  std::sort(votes_.begin(), votes_.end(),
            [](const Vote& a, const Vote& b) { return a.at_ms < b.at_ms; });
}

void Crowd::vote(const std::atomic<bool>& stop, std::int64_t now) {
  for (; !votes_.empty() && votes_.front().at_ms <= now; votes_.pop_front()) {
    const auto& v = votes_.front();
    const auto path = "/v1/store/shows/" + show_ + "/polls/" + v.poll + "/votes";
    cast_ += workers_.submit([&stop, path, token = v.person->token, answer = v.answer](Api& api) {
      api.set_token(token);
      api.insist(stop, "POST", path, fmt::format(R"({{"answer":{}}})", answer));
    });
  }
}

void Crowd::chat(std::int64_t now) {
  Person& person = anybody();
  const auto& lines = dice_.chance(kQuestionShare) ? material_.questions : material_.sentences;
  // A faster crowd is not a ruder one: strikes decay by the server's clock.
  const bool is_rude = dice_.chance(kRudeShare / std::max(1.0, options_.speed));
  const std::string text = is_rude ? kRude[dice_.below(kRude.size())]
                                   : lines[dice_.below(lines.size())];
  const auto id = fmt::format("m{}-{}", run_id_, ++said_);
  auto frame = fmt::format(R"({{"t":"cmd","id":"{}","op":"chat","ch":{},"data":{{"text":{}}}}})",
                           id, json_quoted(show_), json_quoted(text));
  ledger_.sent("chat", id);
  tell(person, frame, now);
  person.unanswered.emplace(id, std::move(frame));
}

void Crowd::react(std::int64_t now) {
  const auto count = 1 + dice_.below(9);
  const auto* kind = kKinds[dice_.below(dice_.chance(0.5) ? 1 : kKinds.size())];
  tell(anybody(),
       fmt::format(
           R"({{"t":"cmd","id":"r{}-{}","op":"react","ch":{},"data":{{"kind":"{}","count":{}}}}})",
           run_id_, taps_, json_quoted(show_), kind, count),
       now);
  taps_ += count;
}

Basket Crowd::next_basket() {
  Basket basket = material_.baskets[dice_.below(material_.baskets.size())];
  basket.resize(std::min(basket.size(), kLinesMax));
  for (auto& line : basket)
    line.quantity = 1 + static_cast<int>(dice_.below(std::min(line.quantity, 3)));
  // Every other basket begins with what is being shown.
  if (!pins_.empty() && dice_.chance(0.5)) {
    const auto& shown = pins_[dice_.below(pins_.size())];
    const bool has = std::any_of(basket.begin(), basket.end(),
                                 [&](const BasketLine& l) { return l.sku == shown; });
    if (!has) basket.front().sku = shown;
  }
  return basket;
}

// People look at what they came for, one product after the other, and now and then at what they are
// offered.
void Crowd::look(const std::atomic<bool>& stop) {
  Person& person = anybody();
  if (person.looked >= person.basket.size()) {
    person.basket = next_basket();
    person.looked = 0;
  }
  const bool follows = !person.offered.empty() && dice_.chance(kFollowShare);
  const std::string sku = follows ? person.offered[dice_.below(person.offered.size())]
                                  : person.basket[person.looked++].sku;
  const auto body = fmt::format(R"({{"sku":{}}})", json_quoted(sku));
  looks_ += workers_.submit([&stop, body, path = "/v1/store/shows/" + show_ + "/views",
                             token = person.token](Api& api) {
    if (stop) return;
    api.set_token(token);
    api.call("POST", path, body);  // a look that is lost is no loss
  });
}

// What she has looked at, or any; sometimes with what she is offered.
Basket Crowd::basket_of(Person& person) {
  Basket basket = person.looked > 0 ? person.basket : next_basket();
  person.basket.clear();
  person.looked = 0;
  if (!person.offered.empty() && dice_.chance(kFollowShare)) {
    const auto& sku = person.offered[dice_.below(person.offered.size())];
    const bool has = std::any_of(basket.begin(), basket.end(),
                                 [&](const BasketLine& l) { return l.sku == sku; });
    if (!has) basket.push_back({sku, 1});
  }
  return basket;
}

std::string Crowd::payment_token() {
  const double draw = dice_.unit();
  if (draw < 0.90) return "tok_approve";
  if (draw < 0.96) return "tok_decline";
  return draw < 0.99 ? "tok_slow" : "tok_timeout";
}

void Crowd::shop(const std::atomic<bool>& stop) {
  Person& person = anybody();
  Purchase purchase{person.token,
                    show_,
                    options_.shop,
                    basket_of(person),
                    fmt::format("k{}-{}", run_id_, ++baskets_),
                    payment_token()};
  if (person.shopping.exchange(true)) return;
  const bool accepted =
      workers_.submit([this, &stop, &person, purchase = std::move(purchase)](Api& api) {
        make_purchase(stop, api, ledger_, purchase);
        person.shopping = false;
      });
  if (!accepted) person.shopping = false;
}

std::string Crowd::summary() const {
  return fmt::format(
      "{} viewers: {} messages ({} acknowledged), {} taps, {} looks, {} baskets, {} votes, "
      "{} sockets lost",
      people_.size(), said_, answered_, taps_, looks_, baskets_, cast_, losses_.load());
}

}  // namespace vitrine::driver
