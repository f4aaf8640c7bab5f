#include <doctest/doctest.h>

#include <functional>

#include "commerce/kpi/topology.h"
#include "commerce/model/topics.h"
#include "commerce/payments/simulator.h"
#include "commerce/shop/shop_test_kit.h"
#include "commerce/shop/topology.h"
#include "commerce/verify/verify.h"
#include "vitrine/test_driver.h"

using namespace vitrine;
using namespace std::chrono_literals;

namespace {

// A short show run by the real writers: sales, a refusal, a decline with a late approval, votes,
// chat, reactions, figures.
struct Show {
  App shop_app_ = shop_app(), audience_app_ = audience_app();
  TestDriver shop{shop_app_}, audience{audience_app_};

  Show() {
    shop.advance(1000s);
    audience.advance(1000s);
    timeline();
    audience_of_show();
    sales();
    for (const auto& event : shop.read_all(topics::show_timeline))
      audience.pipe(topics::show_timeline, event.key, event.value);
    for (const auto& event : shop.read_all(topics::shop_events))
      audience.pipe(topics::shop_events, event.key, event.value);
    audience.advance(1s);
  }

  void send(const ShopCommand& command) { shop.pipe(topics::shop_commands, "shop_1", command); }
  void send(const ShowCommand& command) { shop.pipe(topics::show_commands, "show_1", command); }

  void timeline() {
    ShowCommand command;
    command.mutable_create()->set_title("Mugs");
    command.mutable_create()->set_shop("shop_1");
    send(command);
    command.mutable_open_poll()->set_question("Which?");
    command.mutable_open_poll()->add_answers("red");
    command.mutable_open_poll()->add_answers("blue");
    send(command);
    const std::string poll = shop.values(topics::show_timeline).back().poll_opened().poll().id();
    for (const char* viewer : {"vwr_1", "vwr_2", "vwr_1"}) {
      command.set_actor(viewer);
      command.mutable_vote()->set_poll(poll);
      command.mutable_vote()->set_answer(1);
      send(command);
    }
    command.mutable_close_poll()->set_poll(poll);
    send(command);
    command.mutable_pin()->set_sku("cap");
    send(command);
  }

  void audience_of_show() {
    Activity beat;
    beat.mutable_heartbeat();
    ChatCommand chat;
    for (const char* viewer : {"vwr_1", "vwr_2", "vwr_3"}) {
      beat.set_viewer(viewer);
      audience.pipe(topics::viewer_activity, "show_1", beat);
      chat.mutable_post()->set_author(viewer);
      chat.mutable_post()->set_id("m1");
      chat.mutable_post()->set_text("hello");
      audience.pipe(topics::chat_commands, "show_1", chat);
    }
    audience.pipe(topics::chat_commands, "show_1", chat);
    held_in_chat();
    slowed_down();
    ReactionTick tick;
    tick.add_counts()->set_count(5);
    audience.pipe(topics::show_reactions, "show_1", tick);
  }

  // Two held messages, said twice; one is released, one rejected.
  void held_in_chat() {
    ChatCommand chat;
    for (const char* viewer : {"vwr_1", "vwr_1", "vwr_2"}) {
      chat.mutable_post()->set_author(viewer);
      chat.mutable_post()->set_id("m2");
      chat.mutable_post()->set_text("this is a scam");
      audience.pipe(topics::chat_commands, "show_1", chat);
    }
    for (const char* held : {"h_1", "h_2"}) {
      chat.mutable_decide()->set_held(held);
      chat.mutable_decide()->set_release(held == std::string("h_1"));
      audience.pipe(topics::chat_commands, "show_1", chat);
    }
  }

  // Two automatic actions, the commands of the first one sent twice; it is undone.
  void slowed_down() {
    const auto slow = [&](const char* action, bool undo) {
      ChatCommand chat;
      chat.mutable_slow_mode()->set_seconds(undo ? 0 : 30);
      chat.mutable_slow_mode()->mutable_cause()->set_action(action);
      chat.mutable_slow_mode()->mutable_cause()->set_undo(undo);
      audience.pipe(topics::chat_commands, "show_1", chat);
    };
    for (const bool undo : {false, false, true, true}) slow("x_1", undo);
    slow("x_2", false);
  }

  Order order(const std::string& viewer, const std::vector<std::pair<std::string, int>>& lines) {
    send(shop::reserve(viewer, lines));
    const auto id = shop.values(topics::shop_events).back().items_reserved().reservation();
    send(shop::place_order(viewer, id));
    return shop.values(topics::shop_events).back().order_placed().order();
  }

  void sales() {
    send(shop::put_product("mug", shop::gbp(1999)));
    send(shop::put_product("cap", shop::gbp(500)));
    send(shop::set_stock("mug", 5));
    send(shop::set_stock("cap", 1));
    send(shop::set_cart_line("vwr_1", "mug", 2));
    const Order first = order("vwr_1", {{"mug", 2}, {"cap", 1}});
    send(shop::reserve("vwr_2", {{"cap", 1}}));
    send(shop::payment_report(first, APPROVED));
    send(shop::payment_report(first, APPROVED));
    const Order second = order("vwr_2", {{"mug", 1}});
    send(shop::payment_report(second, DECLINED, "pay_2"));
    send(shop::payment_report(second, APPROVED, "pay_2"));
    const Order third = order("vwr_3", {{"mug", 1}});
    send(shop::payment_report(third, APPROVED, "pay_3"));
    send(shop::reserve("vwr_3", {{"mug", 1}}));
  }

  std::vector<Positioned> log() const {
    std::vector<Positioned> out;
    auto take = [&](const TestDriver& driver, const std::vector<std::string>& names) {
      for (const auto& name : names) {
        for (const Record& record : driver.records(name))
          out.push_back({name, 0, Position{out.size() + 1}, record});
      }
    };
    take(shop, verify::Verifier::topics_of_shop());
    take(audience, verify::Verifier::topics_of_audience());
    // The drivers number records their own way; the last figures count everything there is.
    for (Positioned& record : out) {
      if (record.topic != "show.kpis") continue;
      auto kpis = *decoded<ShowKpis>(record.record.value);
      for (auto set : {&ShowKpis::set_shop_position, &ShowKpis::set_activity_position,
                       &ShowKpis::set_chat_position, &ShowKpis::set_reactions_position}) {
        (kpis.*set)(out.size());
      }
      record.record.value = encoded(kpis);
    }
    return out;
  }
};

std::vector<verify::Finding> recount(const std::vector<Positioned>& log) {
  verify::Verifier verifier;
  for (const Positioned& record : log) verifier.add(record);
  return verifier.finish();
}

const std::vector<Positioned>& good_log() {
  static const std::vector<Positioned> log = Show{}.log();
  return log;
}

// Alters the last record of `topic` that `alter` says yes to, and expects that very record to be
// named.
template <class T>
void expect_named(const Topic<std::string, T>& topic, const std::function<bool(T&)>& alter) {
  std::vector<Positioned> log = good_log();
  for (auto record = log.rbegin(); record != log.rend(); ++record) {
    if (record->topic != topic.name()) continue;
    T message = *decoded<T>(record->record.value);
    if (!alter(message)) continue;
    record->record.value = encoded(message);
    const auto findings = recount(log);
    REQUIRE_FALSE(findings.empty());
    bool is_named = false;
    for (const auto& finding : findings) {
      INFO(finding.topic << " at " << finding.position << ": " << finding.what);
      is_named = is_named ||
                 (finding.topic == topic.name() && finding.position == record->position.value());
    }
    CHECK(is_named);
    return;
  }
  FAIL("nothing to alter in " << topic.name());
}

}  // namespace

TEST_CASE("a good log has no findings") {
  verify::Verifier verifier;
  for (const Positioned& record : good_log()) verifier.add(record);
  for (const auto& finding : verifier.finish())
    FAIL_CHECK(finding.topic << " at " << finding.position << ": " << finding.what);
  CHECK(verifier.totals().orders_confirmed == 2);
  CHECK(verifier.totals().messages == 4);
  CHECK(verifier.totals().votes == 2);
}

TEST_CASE("an altered sale, hold, release or stock is named") {
  expect_named<ShopEvent>(topics::shop_events, [](ShopEvent& e) {
    return e.has_items_reserved() &&
           (e.mutable_items_reserved()->mutable_lines(0)->set_quantity(9), true);
  });
  expect_named<ShopEvent>(topics::shop_events, [](ShopEvent& e) {
    return e.has_items_reserved() &&
           (e.mutable_items_reserved()->mutable_stock(0)->set_available(77), true);
  });
  expect_named<ShopEvent>(topics::shop_events, [](ShopEvent& e) {
    return e.has_order_confirmed() &&
           (e.mutable_order_confirmed()->mutable_order()->mutable_total()->set_amount(1), true);
  });
  expect_named<ShopEvent>(topics::shop_events, [](ShopEvent& e) {
    return e.has_order_confirmed() &&
           (e.mutable_order_confirmed()->mutable_stock(0)->set_on_hand(77), true);
  });
  expect_named<ShopEvent>(topics::shop_events, [](ShopEvent& e) {
    return e.has_reservation_released() &&
           (e.mutable_reservation_released()->mutable_lines(0)->set_quantity(9), true);
  });
  expect_named<ShopEvent>(topics::shop_events, [](ShopEvent& e) {
    return e.has_stock_set() && (e.mutable_stock_set()->set_available(0), true);
  });
  expect_named<ShopEvent>(topics::shop_events, [](ShopEvent& e) {
    return e.has_order_placed() &&
           (e.mutable_order_placed()->mutable_order()->mutable_lines(0)->set_sku("pen"), true);
  });
  expect_named<ShopEvent>(topics::shop_events, [](ShopEvent& e) {
    return e.has_payment_noted() && e.payment_noted().needs_refund() &&
           (e.mutable_payment_noted()->set_payment("pay_x"), true);
  });
}

TEST_CASE("an altered request or report of a payment is named") {
  expect_named<PaymentRequest>(topics::payment_requests, [](PaymentRequest& r) {
    return r.mutable_amount()->set_amount(1), true;
  });
  expect_named<PaymentRequest>(topics::payment_requests,
                               [](PaymentRequest& r) { return r.set_order("ord_0"), true; });
  expect_named<ShopCommand>(topics::shop_commands, [](ShopCommand& c) {
    return c.has_payment_report() && c.payment_report().result() == APPROVED &&
           (c.mutable_payment_report()->mutable_amount()->set_amount(1), true);
  });
  expect_named<ShopCommand>(topics::shop_commands, [](ShopCommand& c) {
    return c.payment_report().result() == DECLINED &&
           (c.mutable_payment_report()->set_payment("pay_4"),
            c.mutable_payment_report()->set_result(APPROVED), true);
  });
}

TEST_CASE("an altered vote, close or message is named") {
  expect_named<ShowEvent>(topics::show_timeline, [](ShowEvent& e) {
    return e.has_vote_counted() && (e.set_actor("vwr_1"), true);
  });
  expect_named<ShowEvent>(topics::show_timeline, [](ShowEvent& e) {
    return e.has_poll_closed() && (e.mutable_poll_closed()->mutable_poll()->set_votes(0, 9), true);
  });
  expect_named<ChatEvent>(topics::show_chat, [](ChatEvent& e) {
    return e.has_posted() && (e.mutable_posted()->set_number(2), true);
  });
  expect_named<ChatEvent>(topics::show_chat, [](ChatEvent& e) {
    return e.has_repeated_post() && !e.repeated_post().held() &&
           (e.mutable_repeated_post()->set_number(1), true);
  });
}

TEST_CASE("a held message that is shown, told or decided otherwise is named") {
  expect_named<ChatEvent>(topics::show_chat, [](ChatEvent& e) {
    return e.has_repeated_post() && (e.mutable_repeated_post()->set_id("m9"), true);
  });
  expect_named<ChatEvent>(topics::show_chat, [](ChatEvent& e) {  // a rejected one is posted
    return e.has_posted() && e.posted().id() == "m2" &&
           (e.mutable_posted()->set_author("vwr_2"), true);
  });
  expect_named<ChatEvent>(topics::show_chat, [](ChatEvent& e) {
    return e.has_decided() && (e.mutable_decided()->set_held("h_9"), true);
  });
  expect_named<ChatEvent>(topics::show_chat, [](ChatEvent& e) {
    return e.has_decided() && e.decided().released() &&
           (e.mutable_decided()->set_number(9), true);
  });
}

TEST_CASE("an automatic action that is done twice, or undone before it was done, is named") {
  const auto cause = [](ChatEvent& e) { return e.mutable_slow_mode()->mutable_cause(); };
  expect_named<ChatEvent>(topics::show_chat, [&](ChatEvent& e) {
    return e.has_slow_mode() && (cause(e)->set_action("x_1"), true);
  });
  expect_named<ChatEvent>(topics::show_chat, [&](ChatEvent& e) {
    return e.has_slow_mode() && e.slow_mode().cause().undo() &&
           (cause(e)->set_action("x_3"), true);
  });
}

TEST_CASE("altered figures are named, figure by figure") {
  using Alter = std::function<void(ShowKpis&)>;
  for (const Alter& alter : std::vector<Alter>{
           [](ShowKpis& k) { k.set_orders(9); }, [](ShowKpis& k) { k.set_units_sold(9); },
           [](ShowKpis& k) { k.set_buyers_unique(9); },
           [](ShowKpis& k) { k.set_viewers_unique(9); }, [](ShowKpis& k) { k.set_adds_to_cart(9); },
           [](ShowKpis& k) { k.set_messages(9); }, [](ShowKpis& k) { k.set_reactions(9); },
           [](ShowKpis& k) { k.mutable_revenue(0)->set_amount(9); },
           [](ShowKpis& k) { k.set_conversion(0.9); },
           [](ShowKpis& k) { k.mutable_stock(0)->set_available(9); }}) {
    expect_named<ShowKpis>(topics::show_kpis, [&](ShowKpis& k) { return alter(k), true; });
  }
}

TEST_CASE("an altered reaction or heartbeat shows in the figures, and foreign bytes are named") {
  std::vector<Positioned> log = good_log();
  for (auto& record : log) {
    if (record.topic == "show.reactions") record.record.value = encoded(ReactionTick{});
  }
  CHECK(recount(log).at(0).topic == "show.kpis");
  log = good_log();
  log.front().record.value = "\xff";
  CHECK(recount(log).at(0).position == log.front().position.value());
}

TEST_CASE("an order confirmed twice, or dropped, is named") {
  std::vector<Positioned> twice, dropped;
  for (const auto& record : good_log()) {
    twice.push_back(record);
    const auto event =
        record.topic == "shop.events" ? decoded<ShopEvent>(record.record.value) : std::nullopt;
    const bool is_confirmed = event && event->has_order_confirmed();
    if (is_confirmed) twice.push_back(record);
    if (!is_confirmed) dropped.push_back(record);
  }
  CHECK(recount(twice).at(0).what.find("settled before") != std::string::npos);
  CHECK_FALSE(recount(dropped).empty());
}
