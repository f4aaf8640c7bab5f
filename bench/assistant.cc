// assistant: the questions of a chat grouped and answered, in one process without a disk, one core.
// The shop and the texts are the demo's (data/shop), what is said are its lines (data/chat): one in
// five is a question, each by one of a thousand people; the product shown changes every 100 lines.
// A line's time is the whole way from its record to all that was told because of it, so for the
// lines that were answered the time from question to answer; in this thread's share of a core,
// which a busy machine does not lengthen.
//
// usage: assistant [--lines N] [--data DIR]
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "app/driver/material.h"
#include "bench/bench_kit.h"
#include "commerce/assistant/topology.h"
#include "commerce/model/topics.h"
#include "vitrine/test_driver.h"

namespace {

using namespace vitrine;

class Show {
 public:
  explicit Show(const driver::Material& material) : material_(material) {
    assistant::add_assistant(app_);
    driver_ = std::make_unique<TestDriver>(app_);
  }

  void open(const std::string& data) {
    for (const auto& item : material_.catalogue) {
      ShopEvent put, stock;
      Product& product = *put.mutable_product_put()->mutable_product();
      product.set_sku(item.sku);
      product.set_title(item.title);
      product.set_description(item.description);
      product.mutable_price()->set_amount(item.price_pence);
      product.mutable_price()->set_currency("GBP");
      stock.mutable_stock_set()->set_sku(item.sku);
      stock.mutable_stock_set()->set_available(item.stock);
      driver_->pipe(topics::shop_events, "shop_1", put, next());
      driver_->pipe(topics::shop_events, "shop_1", stock, next());
    }
    ShowEvent created;
    created.mutable_created()->set_shop("shop_1");
    driver_->pipe(topics::show_timeline, "show_1", created, next());
    InsightCommand faq, mode;
    std::ifstream in(data + "/shop/faq.tsv");
    for (std::string line; std::getline(in, line);) {
      FaqEntry& entry = *faq.mutable_faq()->add_entries();
      std::vector<std::string> fields(1);
      for (const char c : line) c == '\t' ? fields.emplace_back() : fields.back() += c;
      entry.set_id(fields.at(0));
      entry.set_sku(fields.at(1));
      entry.set_title(fields.at(2));
      entry.set_text(fields.at(3));
      entry.set_also(fields.at(4));
    }
    driver_->pipe(topics::insight_commands, "shop_1", faq, next());
    mode.mutable_assistant()->set_mode("auto");
    driver_->pipe(topics::insight_commands, "show_1", mode, next());
  }

  void pin(std::size_t item) {
    ShowEvent event;
    event.mutable_pinned()->add_pins(material_.catalogue[item % material_.catalogue.size()].sku);
    driver_->pipe(topics::show_timeline, "show_1", event, next());
  }

  void say(const std::string& author, const std::string& text) {
    ChatEvent event;
    ChatPosted& posted = *event.mutable_posted();
    posted.set_author(author);
    posted.set_role("viewer");
    posted.set_number(++numbers_);
    posted.set_text(text);
    driver_->pipe(topics::show_chat, "show_1", event, next());
  }

  // Since the last call.
  bool answered() {
    const auto& records = driver_->records(topics::show_insights.name());
    bool found = false;
    for (; read_ < records.size(); ++read_) {
      const auto event = decoded<InsightEvent>(records[read_].value);
      found = found || (event && (event->has_answered() || event->has_again()));
    }
    return found;
  }

 private:
  Time next() { return time_of_millis(1'000'000 + ++records_); }

  const driver::Material& material_;
  App app_{"assistant-bench"};
  std::unique_ptr<TestDriver> driver_;
  std::uint64_t numbers_ = 0;
  std::int64_t records_ = 0;
  std::size_t read_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t lines = 100'000;
  std::string data = "data";
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::strcmp(argv[i], "--lines") == 0) lines = std::strtoull(argv[i + 1], nullptr, 10);
    if (std::strcmp(argv[i], "--data") == 0) data = argv[i + 1];
  }
  const auto material = driver::load_material(data);
  if (argc % 2 == 0 || lines < 1000 || !material) {
    std::puts("usage: assistant [--lines N] [--data DIR]     at least 1000 lines; DIR is data/");
    return argc == 2 && std::strcmp(argv[1], "--help") == 0 ? 0 : 2;
  }
  Show show{*material};
  show.open(data);
  bench::Numbers numbers{7};
  std::vector<std::int64_t> all, questions, answered;
  const auto pick = [&](const std::vector<std::string>& from) -> const std::string& {
    return from[numbers.next() % from.size()];
  };
  for (std::uint64_t i = 0; i < lines; ++i) {
    if (i % 100 == 0) show.pin(i / 100);
    const bool asks = numbers.next() % 5 == 0;
    const std::string& text = pick(asks ? material->questions : material->sentences);
    const std::string author = "vwr_" + std::to_string(numbers.next() % 1000);
    const double begun = bench::own_seconds();
    show.say(author, text);
    const std::int64_t took = std::llround((bench::own_seconds() - begun) * 1e9);
    all.push_back(took);
    if (asks) questions.push_back(took);
    if (show.answered()) answered.push_back(took);
  }
  double sum = 0;
  for (const std::int64_t one : all) sum += static_cast<double>(one);
  std::printf("figure lines_per_s %.0f lines/s\n", static_cast<double>(lines) / sum * 1e9);
  std::printf("figure line_p50 %.4f ms\n", bench::quantile_ms(all, 0.5));
  std::printf("figure line_p99 %.4f ms\n", bench::quantile_ms(all, 0.99));
  std::printf("figure question_p50 %.4f ms\n", bench::quantile_ms(questions, 0.5));
  std::printf("figure question_p99 %.4f ms\n", bench::quantile_ms(questions, 0.99));
  std::printf("figure answered_p99 %.4f ms\n", bench::quantile_ms(answered, 0.99));
  std::printf("figure answered_max %.4f ms\n", bench::quantile_ms(answered, 1));
  std::printf("figure answered %zu lines\n", answered.size());
  return 0;
}
