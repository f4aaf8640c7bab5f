#include "commerce/recommend/choice.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace vitrine::recommend {
namespace {

struct Pick {
  std::string_view kind;
  Number number = 0;
  std::optional<Number> because = {};
  std::int64_t support = 0;
};

std::string counted(std::int64_t count, const std::string& one, const std::string& many) {
  return count == 1 ? "1 " + one : std::to_string(count) + " " + many;
}

// One sentence, of which every number can be counted again.
std::string why(const Pick& pick, const std::string& because) {
  if (pick.kind == "similar") {
    return "Viewers who looked at " + because + " also looked at this, in " +
           counted(pick.support, "similar visit", "similar visits");
  }
  if (pick.kind == "together")
    return "In " + counted(pick.support, "cart or order", "carts and orders") + " with " + because;
  const std::string where = pick.kind == "show" ? "of this show" : "of the shop";
  if (pick.support == 0) return "A product " + where + "; nothing is known yet";
  return "Among the products " + where + ", viewers have done most with it: " +
         counted(pick.support, "act", "acts");
}

class Choice {
 public:
  Choice(Model& model, const Visitor& visitor, const ShowRow* show, std::size_t most)
      : model_(model), most_(most) {
    model_.begin_choice();
    for (const Number number : visitor.cart) model_.bar(number);
    for (const Number number : visitor.bought) model_.bar(number);
    if (!visitor.clicks.empty()) model_.bar(visitor.clicks.back());
    if (show != nullptr)
      for (const Number number : show->pins) model_.bar(number);
  }

  bool is_full() const { return items_.size() >= most_; }

  void take(const Pick& pick) {
    if (is_full() || !model_.is_free(pick.number)) return;
    model_.bar(pick.number);
    const Model::Item& item = *model_.item(pick.number);
    OfferedItem& out = items_.emplace_back();
    out.set_sku(item.sku);
    out.set_kind(std::string(pick.kind));
    out.set_support(pick.support);
    std::string because;
    if (const auto* from = pick.because ? model_.item(*pick.because) : nullptr) {
      out.set_because(from->sku);
      because = from->row.title;
    }
    out.set_clearing(item.row.clearing_percent > 0);
    out.set_why(why(pick, because) + (out.clearing() ? ". The shop is clearing its stock." : "."));
  }

  // The most popular of these first.
  void take_popular(std::string_view kind, std::span<const Number> numbers) {
    struct Ranked {
      double weight;
      Number number;
    };
    std::vector<Ranked> ranked;
    for (const Number number : numbers) {
      const double wish = model_.of(number);
      if (wish == 0) continue;
      ranked.push_back({wish * static_cast<double>(1 + acts(number)), number});
    }
    std::ranges::sort(ranked, [](const Ranked& a, const Ranked& b) {
      return a.weight != b.weight ? a.weight > b.weight : a.number < b.number;
    });
    for (const Ranked& one : ranked) take({kind, one.number, {}, acts(one.number)});
  }

  std::vector<OfferedItem> items() && { return std::move(items_); }

 private:
  std::int64_t acts(Number number) const {
    const Product& row = model_.item(number)->row;
    return row.opened + row.carted + row.bought;
  }

  Model& model_;
  std::size_t most_;
  std::vector<OfferedItem> items_;
};

constexpr std::size_t kAskedMax = 5;  // the newest products of a long cart speak for it

// Partners of some products, heaviest first: each pair's weight by the root of both products' own,
// so that what everybody buys does not go with everything.
std::vector<Pick> partners(const Model& model, std::span<const Number> of,
                           const PairsOf& pairs_of) {
  struct Sum {
    Pick pick;
    double weight = 0, loudest = 0;
  };
  std::vector<Sum> sums;
  for (const Number number : of.last(std::min(of.size(), kAskedMax))) {
    const Pairs* pairs = pairs_of(number);
    const Model::Item* item = model.item(number);
    if (pairs == nullptr || item == nullptr) continue;
    for (const Pair& pair : *pairs) {
      const Model::Item* other = model.item(pair.other);
      const double wish = model.of(pair.other);
      if (other == nullptr || wish == 0) continue;
      const auto alone = [](const Product& row) {
        return static_cast<double>(1 + row.carted + 2 * row.bought);
      };
      const double usual = std::sqrt(alone(item->row) * alone(other->row));
      const double part = wish * static_cast<double>(pair.weight()) / usual;
      auto sum = std::ranges::find(sums, pair.other, [](const Sum& s) { return s.pick.number; });
      if (sum == sums.end()) sum = sums.insert(sum, Sum{{"together", pair.other, {}, 0}, 0, 0});
      sum->weight += part;
      if (part <= sum->loudest) continue;
      sum->loudest = part;
      sum->pick.because = number;
      sum->pick.support = pair.carted + pair.bought;
    }
  }
  std::ranges::sort(sums, [](const Sum& a, const Sum& b) {
    return a.weight != b.weight ? a.weight > b.weight : a.pick.number < b.pick.number;
  });
  std::vector<Pick> picks;
  for (const Sum& sum : sums) picks.push_back(sum.pick);
  return picks;
}

}  // namespace

std::vector<OfferedItem> choose_items(Model& model, const Visitor& visitor, const ShowRow* show,
                                      const PairsOf& pairs_of) {
  Choice choice(model, visitor, show, kItemsMax);
  if (!visitor.clicks.empty()) {
    for (const learn::Recommended& one : model.similar(visitor.clicks, kItemsMax))
      if (one.sessions > 0 && one.item != one.because)
        choice.take({"similar", one.item, one.because, one.sessions});
    if (!choice.is_full())
      for (const Pick& pick : partners(model, {&visitor.clicks.back(), 1}, pairs_of))
        choice.take(pick);
  }
  if (!choice.is_full() && show != nullptr) choice.take_popular("show", show->shown);
  if (!choice.is_full()) choice.take_popular("shop", model.popular());
  return std::move(choice).items();
}

std::vector<OfferedItem> choose_with_cart(Model& model, const Visitor& visitor,
                                          const ShowRow* show, const PairsOf& pairs_of) {
  if (visitor.cart.empty()) return {};
  Choice choice(model, visitor, show, kWithCartMax);
  for (const Pick& pick : partners(model, visitor.cart, pairs_of)) choice.take(pick);
  return std::move(choice).items();
}

}  // namespace vitrine::recommend
