// The assistant answers from its sources, once a question, and says where from.
#include <doctest/doctest.h>

#include "commerce/assistant/topology.h"
#include "commerce/model/topics.h"
#include "vitrine/test_driver.h"

using namespace vitrine;
using namespace std::chrono_literals;

namespace {

FaqEntry entry(const std::string& id, const std::string& title, const std::string& text,
               const std::string& also = {}, const std::string& sku = {}) {
  FaqEntry out;
  out.set_id(id);
  out.set_title(title);
  out.set_text(text);
  out.set_also(also);
  out.set_sku(sku);
  return out;
}

// A shop with three products and a few texts, and a live show that has the lamp pinned.
class Stage {
 public:
  explicit Stage(const std::string& mode = "auto", Plan plan = Plan::Local) {
    assistant::add_assistant(app_);
    driver_ = std::make_unique<TestDriver>(app_, plan);
    put("LAMP", "Brass Reading Lamp", 4'950, 7);
    put("RUG", "Wool Hall Rug", 12'000, 300);
    put("MAT", "Wool Bath Mat", 1'500, 0);
    ShowEvent created;
    created.mutable_created()->set_show("show_1");
    created.mutable_created()->set_shop("shop_1");
    driver_->pipe(topics::show_timeline, "show_1", created, now());
    pin("LAMP");
    set_faq(0, {entry("returns", "returns policy", "Send it back within 30 days.",
                      "refund, return"),
                entry("size", "size of the lamp", "It is 40 cm high.", "how big, tall", "LAMP")});
    if (!mode.empty()) set_mode(mode);
    driver_told_ = told_all().size();
  }

  void put(const std::string& sku, const std::string& title, std::int64_t price,
           std::int64_t stock) {
    ShopEvent put;
    Product& product = *put.mutable_product_put()->mutable_product();
    product.set_sku(sku);
    product.set_title(title);
    product.set_description("Made in 1960 by hand.");
    product.mutable_price()->set_amount(price);
    product.mutable_price()->set_currency("GBP");
    shop(put);
    ShopEvent set;
    set.mutable_stock_set()->set_sku(sku);
    set.mutable_stock_set()->set_available(stock);
    shop(set);
  }
  void price(const std::string& sku, std::int64_t amount) {
    ShopEvent event;
    event.mutable_price_set()->set_sku(sku);
    event.mutable_price_set()->mutable_after()->set_amount(amount);
    event.mutable_price_set()->mutable_after()->set_currency("GBP");
    shop(event);
  }
  void pin(const std::string& sku) {
    ShowEvent event;
    event.mutable_pinned()->set_sku(sku);
    event.mutable_pinned()->add_pins(sku);
    driver_->pipe(topics::show_timeline, "show_1", event, now());
  }
  InsightEvent set_faq(std::uint64_t version, const std::vector<FaqEntry>& entries) {
    InsightCommand command;
    command.set_actor("hst_1");
    command.mutable_faq()->set_version(version);
    for (const FaqEntry& one : entries) *command.mutable_faq()->add_entries() = one;
    driver_->pipe(topics::insight_commands, "shop_1", command, now());
    return told_all().back();
  }
  void set_mode(const std::string& mode) {
    InsightCommand command;
    command.mutable_assistant()->set_mode(mode);
    tell(command);
  }
  void answer(const std::string& question, const std::string& text) {
    InsightCommand command;
    command.mutable_answer()->set_question(question);
    command.mutable_answer()->set_text(text);
    tell(command);
  }
  void retract(const std::string& question) {
    InsightCommand command;
    command.mutable_retract()->set_question(question);
    tell(command);
  }
  void tell(const InsightCommand& command) {
    driver_->pipe(topics::insight_commands, "show_1", command, now());
  }
  void ask(const std::string& author, const std::string& text) {
    ChatEvent event;
    ChatPosted& posted = *event.mutable_posted();
    posted.set_author(author);
    posted.set_text(text);
    posted.set_role("viewer");
    posted.set_number(++numbers_);
    driver_->pipe(topics::show_chat, "show_1", event, now());
  }

  std::vector<InsightEvent> told_all() const { return driver_->values(topics::show_insights); }
  // Since the stage was set.
  std::vector<InsightEvent> told() const {
    const auto all = told_all();
    return {all.begin() + static_cast<std::ptrdiff_t>(driver_told_), all.end()};
  }
  std::vector<QuestionAnswered> answers() const {
    std::vector<QuestionAnswered> out;
    for (const InsightEvent& event : told())
      if (event.has_answered()) out.push_back(event.answered());
    return out;
  }
  AssistantFigures figures() const {
    AssistantFigures out;
    for (const InsightEvent& event : told_all())
      if (event.has_assistant()) out = event.assistant();
    return out;
  }
  QuestionGroup last_group() const {
    QuestionGroup out;
    for (const InsightEvent& event : told())
      if (event.has_question()) out = event.question();
    return out;
  }
  std::string answer_to(const std::string& text) {
    const std::size_t before = answers().size();
    ask("vwr_" + std::to_string(numbers_), text);
    const auto all = answers();
    return all.size() == before ? "" : all.back().text();
  }
  void restart() { driver_->restart(); }

 private:
  Time now() { return at(1000s + std::chrono::seconds(++seconds_)); }
  void shop(const ShopEvent& event) { driver_->pipe(topics::shop_events, "shop_1", event, now()); }

  App app_{"answers-test"};
  std::unique_ptr<TestDriver> driver_;
  std::uint64_t numbers_ = 0;
  int seconds_ = 0;
  std::size_t driver_told_ = 0;
};

}  // namespace

TEST_CASE("an answer comes from policy, catalogue or FAQ and names its source") {
  Stage stage;
  stage.ask("vwr_1", "can I return it?");
  REQUIRE(stage.answers().size() == 1);
  const QuestionAnswered policy = stage.answers().back();
  CHECK(policy.text() == "Send it back within 30 days.");
  CHECK(policy.from() == "returns policy");
  CHECK(policy.source() == "faq:returns");
  CHECK(policy.by_assistant());
  CHECK(policy.number() == 1);
  CHECK(policy.shop_position() == 0);
  CHECK(policy.why().find("covers") != std::string::npos);

  CHECK(stage.answer_to("how much is it?") == "Brass Reading Lamp costs £49.50.");
  CHECK(stage.answers().back().from() == "catalogue: Brass Reading Lamp");
  CHECK(stage.answers().back().shop_position() > 0);
  CHECK(stage.last_group().why() == "1 viewer asked for the price of Brass Reading Lamp");
  CHECK(stage.answer_to("how big is it?") == "It is 40 cm high.");
  CHECK(stage.answers().back().source() == "faq:LAMP/size");
  const std::size_t before = stage.told().size();
  CHECK(stage.answer_to("refund?").empty());  // as the first one
  CHECK(stage.told().size() == before + 3);
  CHECK(stage.answer_to("umbrella?").empty());  // one word that no source knows is no question
  CHECK(stage.told().size() == before + 3);
  CHECK(stage.answer_to("how many are left?") == "Only 7 of Brass Reading Lamp are left.");
}

TEST_CASE("price and stock are those of the shop's state, for the product that is named or shown") {
  Stage stage;
  CHECK(stage.answer_to("how much is the hall rug?") == "Wool Hall Rug costs £120.00.");
  CHECK(stage.answer_to("is the bath mat still available?") == "Wool Bath Mat is sold out.");
  const std::uint64_t before = stage.answers().back().shop_position();
  stage.price("RUG", 9'900);
  CHECK(stage.answer_to("what does the hall rug cost?") == "Wool Hall Rug costs £99.00.");
  CHECK(stage.answers().back().shop_position() > before);
  stage.pin("RUG");
  CHECK(stage.answer_to("how big is it?").empty());  // the lamp's size is none of the rug's
  CHECK(stage.answer_to("is it still available?") == "Wool Hall Rug is in stock.");
  // Two are named alike and neither is shown.
  stage.pin("LAMP");
  CHECK(stage.answer_to("what does the wool cost?") == "");
}

TEST_CASE("a text about a price is never a source for one") {
  Stage stage;
  stage.set_faq(1, {entry("low", "our prices", "The price is 1 pound.", "how much, price, cost")});
  stage.pin("NONE");
  CHECK(stage.answer_to("what is the price please?").empty());
  CHECK(stage.last_group().left() == "Prices and stock are told from the shop's own state only.");
  CHECK(stage.set_faq(2, {entry("price", "p", "1 pound", "", "LAMP")}).refused().code() ==
        "schema");
}

TEST_CASE("what nothing covers, and what a machine must not answer, is left to the host") {
  Stage stage;
  CHECK(stage.answer_to("can I return it to a shop in Norway on a Sunday evening?").empty());
  CHECK(stage.last_group().left().find("No source covers it") == 0);
  CHECK(stage.answer_to("which one is your favourite?").empty());
  CHECK(stage.answer_to("can I return it if I am allergic?").empty());
  CHECK(stage.last_group().left() == "A question of health is always left to a person.");
  CHECK(stage.last_group().topic() == "health");  // not among those who ask for the returns
  CHECK(stage.answer_to("where is my refund, return?").empty());
  CHECK(stage.figures().left() == 4);
  CHECK(stage.figures().answered() == 0);
}

TEST_CASE("a question is answered once; who asks it again is counted and told of") {
  Stage stage;
  stage.ask("vwr_1", "can I return it?");
  stage.ask("vwr_2", "do you do refunds");
  stage.ask("vwr_2", "refund?? please");
  stage.ask("vwr_3", "can you return it? refund?");
  CHECK(stage.answers().size() == 1);
  std::vector<std::uint64_t> again;
  for (const InsightEvent& event : stage.told())
    if (event.has_again()) again.push_back(event.again().number());
  CHECK(again == std::vector<std::uint64_t>{2, 4});
  CHECK(stage.last_group().id() == "q_1");
  CHECK(stage.figures().people() == 3);
  // 5 to look it up, 28 characters to type, and 2 for each who asked again.
  CHECK(stage.figures().seconds_saved() == 5 + 7 + 2 + 2);
}

TEST_CASE("what the host answers is a source from then on") {
  Stage stage;
  CHECK(stage.answer_to("which one is your favourite?").empty());
  stage.answer("q_1", "The rug, it is in my kitchen.");
  CHECK(stage.answers().back().source() == "host");
  CHECK(stage.answer_to("what is your favourite").empty());  // the same question
  CHECK(stage.last_group().people() == 2);
  CHECK(stage.answer_to("what have you got in your kitchen?") == "The rug, it is in my kitchen.");
  CHECK(stage.answers().back().from().starts_with("host, 00:"));
  CHECK(stage.answers().back().source() == "host:q_1");
  stage.retract("q_1");
  CHECK(stage.answer_to("is there a kitchen?").empty());
}

TEST_CASE("it suggests where it must not speak, and the host's pressing sends it with its source") {
  Stage stage("");  // nobody has said: it suggests
  CHECK(stage.answer_to("can I return it?").empty());
  CHECK(stage.last_group().suggestion().text() == "Send it back within 30 days.");
  CHECK(stage.figures().suggested() == 1);
  stage.answer("q_1", stage.last_group().suggestion().text());
  CHECK(stage.answers().back().by_assistant());
  CHECK(stage.answers().back().from() == "returns policy");
  CHECK(stage.figures().seconds_saved() == 7);  // the typing
  stage.set_mode("off");
  CHECK(stage.answer_to("what size is it?").empty());
  CHECK(stage.last_group().topic() == "size");
  CHECK_FALSE(stage.last_group().has_suggestion());
  stage.set_mode("loud");
  CHECK(stage.told().back().refused().code() == "schema");
}

TEST_CASE("an answer taken back is not given again, and its seconds are gone") {
  Stage stage;
  CHECK_FALSE(stage.answer_to("can I return it?").empty());
  stage.retract("q_1");
  CHECK(stage.figures().seconds_saved() == 0);
  CHECK(stage.figures().answered() == 0);
  CHECK(stage.figures().retracted() == 1);
  CHECK(stage.answer_to("do you do refunds").empty());
  CHECK(stage.last_group().id() == "q_1");
  CHECK(stage.last_group().people() == 2);
  stage.retract("q_1");
  CHECK(stage.told().back().refused().code() == "not-found");
  stage.answer("q_1", "Ask me after the show.");
  CHECK(stage.answers().back().source() == "host");
  // Another text is another answer.
  stage.retract("q_1");
  stage.set_faq(1, {entry("returns", "returns policy", "Within 60 days.", "refund, return")});
  CHECK(stage.answer_to("can I return it?") == "Within 60 days.");
}

TEST_CASE("the shop's texts have versions, bounds and unique ids") {
  Stage stage;
  const auto one = entry("a", "A", "Yes.");
  CHECK(stage.set_faq(0, {one}).refused().code() == "precondition");
  CHECK(stage.set_faq(1, {one}).faq().version() == 2);
  CHECK(stage.set_faq(2, {one, one}).refused().detail() == "Entry \"a\": its id is there twice.");
  CHECK(stage.set_faq(2, {entry("a b", "A", "Yes.")}).refused().code() == "schema");
  CHECK(stage.set_faq(2, {entry("a", "", "Yes.")}).refused().code() == "schema");
  CHECK(stage.set_faq(2, {entry("a", "A", std::string(301, 'x'))}).refused().code() == "schema");
  CHECK(stage.set_faq(2, std::vector<FaqEntry>(101, one)).refused().code() == "schema");
  CHECK(stage.set_faq(2, {}).faq().version() == 3);
}

TEST_CASE("the same log gives the same answers, restarted anywhere and in either plan") {
  const auto play = [](int restart_at, Plan plan) {
    Stage stage("auto", plan);
    int step = 0;
    const auto next = [&] {
      if (++step == restart_at) stage.restart();
    };
    for (const char* text : {"can I return it?", "how much is it?", "do you do refunds",
                             "what is your favourite?", "how many are left?"}) {
      stage.ask("vwr_" + std::to_string(step), text);
      next();
    }
    stage.answer("q_4", "The rug is my favourite.");
    next();
    stage.ask("vwr_9", "favourite?? tell us");
    next();
    std::vector<Bytes> out;
    for (const InsightEvent& event : stage.told()) out.push_back(encoded(event));
    return out;
  };
  const auto whole = play(0, Plan::Local);
  CHECK(whole.size() > 10);
  for (int at = 1; at <= 7; ++at) CHECK(play(at, Plan::Local) == whole);
  const auto split = play(3, Plan::Split);
  CHECK(std::multiset<Bytes>(split.begin(), split.end()).size() == whole.size());
}
