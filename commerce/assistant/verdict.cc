#include "commerce/assistant/verdict.h"

#include <cmath>

namespace vitrine::assistant {
namespace {

std::string percent(double share) {
  return std::to_string(static_cast<int>(std::lround(share * 100))) + " %";
}

// "price" or "stock" when nothing else is asked for.
bool asks_only(const Matcher::Finding& finding, std::string_view concept_name) {
  return finding.concepts.size() == 1 && finding.concepts.front() == concept_name;
}

Verdict leave(std::string why) {
  Verdict verdict;
  verdict.left = std::move(why);
  return verdict;
}

}  // namespace

Verdict judge(const Book& book, std::string_view question, const ShelfRow* product) {
  const Matcher::Finding finding =
      book.find(question, product == nullptr ? std::string() : product->product().sku());
  if (finding.id.empty()) return leave("No source has a word of it.");
  const Fact& fact = book.fact(finding.id);
  if (finding.covered < kCoveredMin)
    return leave("No source covers it: the nearest, " + fact.from + ", covers " +
                 percent(finding.covered) + ".");
  if (finding.ahead < kAheadMin) return leave("Two sources are as near; one is " + fact.from + ".");
  const bool of_state = fact.kind == Fact::Kind::Price || fact.kind == Fact::Kind::Stock;
  if (!of_state && (asks_only(finding, "price") || asks_only(finding, "stock")))
    return leave("Prices and stock are told from the shop's own state only.");
  if (fact.kind == Fact::Kind::Stock && !product->has_stock())
    return leave("The shop has not told its stock yet.");
  Verdict verdict;
  verdict.fact = finding.id;
  FoundAnswer& found = verdict.found;
  found.set_text(fact.text);
  if (fact.kind == Fact::Kind::Price) found.set_text(price_text(*product));
  if (fact.kind == Fact::Kind::Stock) found.set_text(stock_text(*product));
  if (of_state) found.set_shop_position(product->position());
  found.set_source(fact.source);
  found.set_from(fact.from);
  found.set_why(fact.from + " covers " + percent(finding.covered) + " of what is asked" +
                (of_state ? ", as committed at position " + std::to_string(product->position())
                          : std::string()));
  return verdict;
}

}  // namespace vitrine::assistant
