#include "commerce/assistant/sources.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/embedded_file.h"
#include "base/time.h"
#include "commerce/model/card.h"
#include "commerce/model/ids.h"
#include "commerce/model/validate.h"

namespace vitrine::assistant {

VT_EMBEDDED_FILE(assistant_words_tsv, VITRINE_ASSISTANT_WORDS_FILE)

namespace {

// Ways to ask for what only the shelf tells; the other ways stand in data/questions/words.tsv.
constexpr std::string_view kAsksForStock =
    "still available, available, how many left, many are left, are left, left, sold out, "
    "sold out already, in stock, any more of, noch da, noch verfügbar, verfügbar, ausverkauft, "
    "auf lager";

// Words that a question may have and that ask for nothing.
constexpr std::string_view kSaysNothing =
    "could, would, should, does, did, get, got, give, know, tell, about, still, also, already, "
    "just, really, work, works, hi, hey, hello, possible, going, want, need, "
    "bitte, denn, noch, schon";

std::vector<Matcher::Meaning> meanings() {
  std::vector<Matcher::Meaning> all;
  each_pair_of_tsv(assistant_words_tsv(), [&](std::string_view meaning, std::string_view phrases) {
    // Products are named by the catalogue's titles here.
    if (!meaning.starts_with('@')) all.push_back({std::string(meaning), std::string(phrases)});
  });
  all.push_back({"+stock", std::string(kAsksForStock)});
  all.push_back({"-stop", std::string(kSaysNothing)});
  return all;
}

const Matcher& blank() {
  static const Matcher matcher{meanings()};
  return matcher;
}

std::string amount_text(const Money& money) {
  const std::int64_t cents = money.amount() % 100;
  const std::string number = std::to_string(money.amount() / 100) + (cents < 10 ? ".0" : ".") +
                             std::to_string(cents);
  if (money.currency() == "GBP") return "£" + number;
  if (money.currency() == "EUR") return "€" + number;
  if (money.currency() == "USD") return "$" + number;
  return number + " " + money.currency();
}

std::string two_digits(std::int64_t number) {
  return (number < 10 ? "0" : "") + std::to_string(number);
}

std::string clock_text(std::int64_t at_ms) {
  const std::int64_t minutes = at_ms / 60'000;
  return two_digits(minutes / 60 % 24) + ":" + two_digits(minutes % 60);
}

std::vector<std::string> sentences_of(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = std::min(text.find(". ", from), text.size());
    std::string sentence = text.substr(from, end - from);
    if (end < text.size()) sentence += '.';
    if (!sentence.empty()) out.push_back(std::move(sentence));
    from = end + 2;
  }
  return out;
}

// What stands behind an id's last dot is what the fact is about.
std::string place_of(std::string_view of, std::string about) {
  std::ranges::replace(about, '.', ':');
  return std::string(of) + about;
}

std::string wrong_with_entry(const FaqEntry& entry) {
  const auto beyond = [](const std::string& text, std::size_t most) {
    return model::code_points(text) > most;
  };
  if (!model::is_id(entry.id())) return "its id is 1 to 64 letters, digits, . _ : or -";
  if (!entry.sku().empty() && !model::is_sku(entry.sku())) return "its sku is none";
  if (!entry.sku().empty() && (entry.id() == "price" || entry.id() == "stock"))
    return "prices and stock are told from the shop's own state";
  if (entry.title().empty() || beyond(entry.title(), 80)) return "a title has 1 to 80 characters";
  if (entry.text().empty() || beyond(entry.text(), 300)) return "a text has 1 to 300 characters";
  if (beyond(entry.also(), 300)) return "other words have at most 300 characters";
  if (model::card_number(entry.text())) return "a card number does not belong in a text";
  return {};
}

}  // namespace

std::string wrong_with(const SetFaq& faq) {
  if (static_cast<std::size_t>(faq.entries_size()) > kFaqEntriesMax)
    return "A list has at most " + std::to_string(kFaqEntriesMax) + " entries.";
  std::set<std::pair<std::string, std::string>> seen;
  for (const FaqEntry& entry : faq.entries()) {
    std::string wrong = wrong_with_entry(entry);
    if (wrong.empty() && !seen.emplace(entry.sku(), entry.id()).second)
      wrong = "its id is there twice";
    if (!wrong.empty()) return "Entry \"" + entry.id() + "\": " + wrong + ".";
  }
  return {};
}

Book::Book(const ShopFaq* faq, const std::vector<Said>& said) : matcher_(blank()) {
  add_texts(faq, said, {});
}

Book Book::with(const ShopFaq* faq, const std::vector<Said>& said, const Product& product) const {
  Book book = *this;
  book.add_texts(faq, said, product.sku());
  book.add_product(product);
  return book;
}

// Those of this sku only; empty: of no product.
void Book::add_texts(const ShopFaq* faq, const std::vector<Said>& said, const std::string& sku) {
  if (faq != nullptr) {
    for (const FaqEntry& entry : faq->entries()) {
      if (entry.sku() != sku) continue;
      const std::string words = entry.title() + " " + entry.text() + " " + entry.also();
      const bool of_shop = entry.sku().empty();
      add(place_of(of_shop ? "s." : "p." + sku + ".", entry.id()), words,
          {Fact::Kind::Text, entry.text(), entry.title(),
           "faq:" + (of_shop ? "" : sku + "/") + entry.id()});
    }
  }
  for (const Said& one : said) {
    if (one.sku != sku) continue;
    add(place_of(one.sku.empty() ? "h." : "p." + sku + ".", one.question),
        one.asked + " " + one.text,
        {Fact::Kind::Host, one.text, "host, " + clock_text(one.at_ms), "host:" + one.question});
  }
}

void Book::add_product(const Product& product) {
  const std::string place = "p." + product.sku() + ".";
  const std::string from = "catalogue: " + product.title();
  const std::string source = "catalogue:" + product.sku();
  int number = 0;
  for (const std::string& sentence : sentences_of(product.description()))
    add(place + "line " + std::to_string(++number), sentence,
        {Fact::Kind::Text, sentence, from, source});
  add(place + "price", "price", {Fact::Kind::Price, {}, from, source});
  add(place + "stock", "stock", {Fact::Kind::Stock, {}, from, source});
}

// What does not fit any more is not found; the lists' bounds are far below the matcher's.
void Book::add(std::string id, const std::string& words, Fact fact) {
  if (matcher_.add(facts_.size() + 1, id, words)) facts_.emplace(std::move(id), std::move(fact));
}

std::string price_text(const ShelfRow& row) {
  return row.product().title() + " costs " + amount_text(row.product().price()) + ".";
}

std::string stock_text(const ShelfRow& row) {
  const std::string& title = row.product().title();
  if (row.available() <= 0) return title + " is sold out.";
  if (row.available() >= kPlenty) return title + " is in stock.";
  return "Only " + std::to_string(row.available()) + " of " + title +
         (row.available() == 1 ? " is left." : " are left.");
}

}  // namespace vitrine::assistant
