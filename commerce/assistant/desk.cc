#include "commerce/assistant/desk.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "commerce/assistant/never.h"
#include "commerce/assistant/question.h"
#include "commerce/model/card.h"
#include "commerce/model/validate.h"
#include "commerce/model/words.h"

namespace vitrine::assistant {
namespace {

constexpr std::string_view kOff = "off", kSuggest = "suggest", kAuto = "auto";

// A row by its number, written out where it is asked for: a question looks at up to kOpenMax of
// them.
class NumberedRow {
 public:
  NumberedRow(std::string_view show, std::uint64_t number) : show_(show) {
    size_ = std::to_chars(digits_.data(), digits_.data() + digits_.size(), number).ptr -
            digits_.data();
  }
  operator ScopedView() const {  // NOLINT(google-explicit-constructor)
    return {show_, {digits_.data(), static_cast<std::size_t>(size_)}};
  }

 private:
  std::string_view show_;
  std::array<char, 20> digits_{};
  std::ptrdiff_t size_ = 0;
};

NumberedRow key(std::string_view show, std::uint64_t number) { return {show, number}; }

std::optional<std::uint64_t> number_of(std::string_view id) {
  if (!id.starts_with("q_")) return std::nullopt;
  id.remove_prefix(2);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
  if (error != std::errc{} || end != id.data() + id.size()) return std::nullopt;
  return number;
}

void refuse(std::string_view show, const char* code, const char* detail, Desk::Out& out) {
  InsightEvent event;
  event.mutable_refused()->set_code(code);
  event.mutable_refused()->set_detail(detail);
  out.emit(show, event);
}

// What differs from product to product, and is asked of the one that is shown.
bool is_of_product(std::string_view topic) {
  return topic == "size" || topic == "price" || topic == "stock" || topic == "material" ||
         topic == "colour" || topic == "care";
}

// The question without the words that only name the product.
std::string without_names(const std::vector<std::string>& words,
                          const std::vector<std::string>& names) {
  std::string rest;
  for (const std::string& word : words) {
    if (std::ranges::binary_search(names, stem_of(word))) continue;
    if (!rest.empty()) rest += ' ';
    rest += word;
  }
  return rest;
}

std::string blocked_as(const Verdict& verdict) { return verdict.fact + "|" + verdict.found.text(); }

}  // namespace

Desk::Desk(Stores& stores, const Broadcast<std::string, ShopFaq>& faqs,
           const Broadcast<std::string, ShelfRow>& shelf)
    : open_(stores.keyed<Numbers>("assistant-open")),
      groups_(stores.keyed<ScopedRow, Group>("assistant-groups")),
      shows_(stores.keyed<ShowOf>("assistant-shows")),
      told_(stores.keyed<ScopedRow, Told>("assistant-told")),
      said_(stores.keyed<std::vector<Said>>("assistant-said")),
      figures_(stores.keyed<AssistantFigures>("assistant-figures")),
      library_(stores.lookup(faqs), stores.lookup(shelf)) {}

void Desk::on_record(std::string_view show, const AssistantInput& input, Out& out) {
  if (input.has_posted()) return posted(show, input.posted(), out);
  if (input.has_timeline()) return timeline(show, input.timeline());
  const InsightCommand& command = input.command();
  switch (command.body_case()) {
    case InsightCommand::kAnswer: return answer(show, command, out);
    case InsightCommand::kDismiss: return dismiss(show, command.dismiss().question(), out);
    case InsightCommand::kRetract: return retract(show, command.retract().question(), out);
    case InsightCommand::kAssistant: return set_mode(show, command.assistant().mode(), out);
    default: return;
  }
}

bool Desk::may_ask(const ChatPosted& message) {
  constexpr std::size_t kLooked = 4;  // more words change nothing
  return may_ask(message, model::words_of(message.text(), kLooked));
}

bool Desk::may_ask(const ChatPosted& message, const std::vector<std::string>& words) {
  if (message.role() != "viewer") return false;
  const bool is_brief = words.size() == 1 && message.text().find('?') != std::string::npos;
  return is_brief || is_question(message.text(), words);
}

void Desk::timeline(std::string_view show, const ShowEvent& event) {
  const auto pins = [&](const auto& now) {
    shows_.upsert(show).pins.assign(now.begin(), now.end());
  };
  if (event.has_created()) shows_.upsert(show).shop = event.created().shop();
  if (event.has_pinned()) pins(event.pinned().pins());
  if (event.has_unpinned()) pins(event.unpinned().pins());
}

void Desk::posted(std::string_view show, const ChatPosted& message, Out& out) {
  const auto words = model::words_of(message.text());
  if (!may_ask(message, words)) return;
  // One word and a mark ask only when a source knows the word.
  const bool is_brief = words.size() == 1;
  Asked asked{content_of(words), {}, {}, {}};
  asked.topic = topic_of(asked.content);
  const Verdict verdict = consider(show, message, words, asked);
  if ((asked.content.empty() || is_brief) && verdict.fact.empty()) return;
  Numbers& open = open_.upsert(show);
  const auto same = std::ranges::find_if(
      open, [&](std::uint64_t number) { return joins(show, number, asked, verdict); });
  const bool begins = same == open.end();
  const std::uint64_t number = begins ? message.number() : *same;
  if (!begins) open.erase(same);
  if (begins && open.size() == kOpenMax) close(show, open.front(), open);
  open.push_back(number);
  if (begins) groups_.put(key(show, number), begin_group(message, asked, out.timestamp()));
  Group& group = groups_.upsert(key(show, number));
  const std::int64_t people = begins ? 0 : group.told.people();
  if (!begins) join_group(group, message, out.timestamp());
  const bool is_noted = note_verdict(show, number, group, verdict);
  const bool is_told = is_noted || is_worth_telling(group);
  if (is_told) tell_group(show, group, out);
  if (group.answered) {
    if (group.told.people() > people) ask_again(show, number, message, out);
  } else if (verdict.is_given() && mode_of(show) == kAuto) {
    answer_by_itself(show, number, message, verdict, out);
  } else if (!is_noted) {
    return;
  }
  if (is_told) tell_figures(show, out);
}

// What the sources say to it. The product that is meant goes into `asked`.
Verdict Desk::consider(std::string_view show, const ChatPosted& message,
                       const std::vector<std::string>& words, Asked& asked) {
  const ShowOf* of = shows_.find(show);
  if (of == nullptr || of->shop.empty() || mode_of(show) == kOff) return {};
  const Goods::Meant meant = library_.goods(of->shop).meant(asked.content, of->pins);
  if (is_of_product(asked.topic) || !meant.by.empty()) asked.sku = meant.sku;
  if (const auto topic = never_answered(message.text()); !topic.empty()) {
    Verdict left;
    asked.topic = topic;
    left.left = "A question of " + std::string(topic) + " is always left to a person.";
    return left;
  }
  const ShelfRow* product = library_.product(of->shop, meant.sku);
  const std::vector<Said>* said = said_.find(show);
  const Book& book = library_.book(std::string(show), of->shop, product,
                                   said == nullptr ? std::vector<Said>{} : *said);
  const std::string question =
      meant.by.empty() ? message.text() : without_names(words, meant.by);
  Verdict verdict = judge(book, question, product);
  if (meant.several > 0 && verdict.fact.empty())
    verdict.left = std::to_string(meant.several) + " products are named like this.";
  if (verdict.fact.starts_with("p.")) asked.sku = meant.sku;
  if (!asked.sku.empty() && product != nullptr) asked.title = product->product().title();
  if (asked.topic.empty() && verdict.fact.ends_with(".price")) asked.topic = "price";
  if (asked.topic.empty() && verdict.fact.ends_with(".stock")) asked.topic = "stock";
  if (std::ranges::find(of->blocked, blocked_as(verdict)) != of->blocked.end())
    verdict.left = "The host has taken this answer back.";
  return verdict;
}

// Who finds the same answer asks the same. Where nothing was found the words decide; but only words
// alike make a question one that was answered already.
bool Desk::joins(std::string_view show, std::uint64_t number, const Asked& asked,
                 const Verdict& verdict) const {
  const NumberedRow row = key(show, number);
  const Group* group = groups_.find(row);
  if (group == nullptr) return false;
  const Told* told = told_.find(row);
  if (told != nullptr && !told->fact.empty())
    return told->fact == verdict.fact && told->text == verdict.found.text();
  if (!verdict.fact.empty() && !verdict.from_host()) return false;
  return group->answered ? is_said_alike(*group, asked) : is_same(*group, asked);
}

// True when the group is to be told of because of it.
bool Desk::note_verdict(std::string_view show, std::uint64_t number, Group& group,
                        const Verdict& verdict) {
  if (verdict.fact.empty() && verdict.left.empty()) return false;
  Told& told = told_.upsert(key(show, number));
  if (group.told.messages() == 1) {
    told.fact = verdict.fact;
    told.text = verdict.found.text();
  }
  if (group.answered) return false;
  if (!verdict.is_given()) {
    if (told.is_left) return false;
    told.is_left = true;
    group.told.set_left(verdict.left);
    AssistantFigures& now = figures(show);
    now.set_left(now.left() + 1);
    return true;
  }
  if (mode_of(show) != kSuggest || told.is_suggested) return false;
  told.is_suggested = true;
  *group.told.mutable_suggestion() = verdict.found;
  AssistantFigures& now = figures(show);
  now.set_suggested(now.suggested() + 1);
  return true;
}

void Desk::answer_by_itself(std::string_view show, std::uint64_t number, const ChatPosted& message,
                            const Verdict& verdict, Out& out) {
  const Group& group = groups_.upsert(key(show, number));
  QuestionAnswered answered;
  answered.set_question(group.told.id());
  answered.set_text(verdict.found.text());
  answered.set_source(verdict.found.source());
  answered.set_from(verdict.found.from());
  answered.set_shop_position(verdict.found.shop_position());
  answered.set_by_assistant(true);
  answered.set_people(group.told.people());
  answered.set_why(verdict.found.why());
  answered.set_number(message.number());
  give(show, number, std::move(answered), out);
  count_answer(figures(show), told_.upsert(key(show, number)), true);
}

void Desk::ask_again(std::string_view show, std::uint64_t number, const ChatPosted& message,
                     Out& out) {
  Told& told = told_.upsert(key(show, number));
  if (told.given.text().empty()) return;
  if (told.given.by_assistant()) count_again(figures(show), told);
  InsightEvent event;
  event.mutable_again()->set_question(told.given.question());
  event.mutable_again()->set_number(message.number());
  out.emit(show, event);
}

void Desk::answer(std::string_view show, const InsightCommand& command, Out& out) {
  const std::string& id = command.answer().question();
  const auto number = number_of(id);
  if (!number || !groups_.contains(key(show, *number)))
    return refuse(show, "not-found", "There is no such question.", out);
  const std::string& text = command.answer().text();
  if (text.empty() || model::code_points(text) > 500)
    return refuse(show, "schema", "An answer has 1 to 500 characters.", out);
  const Group& group = groups_.upsert(key(show, *number));
  const FoundAnswer suggestion = group.told.suggestion();
  const bool is_suggestion = !suggestion.text().empty() && text == suggestion.text();
  QuestionAnswered answered;
  answered.set_question(id);
  answered.set_text(model::without_card_numbers(text, model::kCardMask));
  answered.set_source(is_suggestion ? suggestion.source() : "host");
  answered.set_from(is_suggestion ? suggestion.from() : "host");
  answered.set_shop_position(is_suggestion ? suggestion.shop_position() : 0);
  answered.set_by_assistant(is_suggestion);
  answered.set_people(group.told.people());
  answered.set_why(is_suggestion ? "The host sent the assistant's suggestion: " + suggestion.why()
                                 : "The host answered it.");
  answered.set_number(*group.told.evidence().rbegin());
  const Told* before = told_.find(key(show, *number));
  const bool counted = before != nullptr && before->given.by_assistant();
  if (!is_suggestion) remember_said(show, group.told, answered.text(), out.timestamp());
  give(show, *number, std::move(answered), out);
  if (is_suggestion) count_answer(figures(show), told_.upsert(key(show, *number)), false);
  if (is_suggestion || counted) tell_figures(show, out);
}

// The answer takes an earlier one's place.
void Desk::give(std::string_view show, std::uint64_t number, QuestionAnswered answered, Out& out) {
  Group& group = groups_.upsert(key(show, number));
  group.answered = true;
  group.told.clear_suggestion();
  group.told.clear_left();
  answered.set_at_ms(millis_of(out.timestamp()));
  Told& told = told_.upsert(key(show, number));
  take_back(figures(show), told);
  told.given = std::move(answered);
  Numbers& all = shows_.upsert(show).told;
  std::erase(all, number);
  all.push_back(number);
  if (all.size() > kToldMax) {
    if (!groups_.contains(key(show, all.front()))) told_.erase(key(show, all.front()));
    all.erase(all.begin());
  }
  InsightEvent event;
  *event.mutable_answered() = told.given;
  out.emit(show, event);
}

void Desk::dismiss(std::string_view show, const std::string& id, Out& out) {
  const auto number = number_of(id);
  if (!number || !groups_.contains(key(show, *number)))
    return refuse(show, "not-found", "There is no such question.", out);
  close(show, *number, open_.upsert(show));
  InsightEvent event;
  event.mutable_dismissed()->set_question(id);
  out.emit(show, event);
}

// It is not given again in this show, unless its text changes.
void Desk::retract(std::string_view show, const std::string& id, Out& out) {
  const auto number = number_of(id);
  const Told* known = number ? told_.find(key(show, *number)) : nullptr;
  if (known == nullptr || known->given.text().empty())
    return refuse(show, "not-found", "There is no answer to take back.", out);
  Told& told = told_.upsert(key(show, *number));
  ShowOf& of = shows_.upsert(show);
  if (told.given.by_assistant()) {
    if (of.blocked.size() == kBlockedMax) of.blocked.erase(of.blocked.begin());
    of.blocked.push_back(told.fact + "|" + told.text);
  } else {
    library_.forget(show);
    std::erase_if(said_.upsert(show), [&](const Said& said) { return said.question == id; });
  }
  AssistantFigures& now = figures(show);
  now.set_retracted(now.retracted() + 1);
  take_back(now, told);
  std::erase(of.told, *number);
  InsightEvent event;
  event.mutable_retracted()->set_question(id);
  event.mutable_retracted()->set_why("The host has taken it back.");
  out.emit(show, event);
  if (groups_.contains(key(show, *number))) {
    Group& group = groups_.upsert(key(show, *number));
    group.answered = false;
    group.told.set_left("The host has taken the answer back.");
    tell_group(show, group, out);
  } else {
    told_.erase(key(show, *number));
  }
  tell_figures(show, out);
}

void Desk::set_mode(std::string_view show, const std::string& mode, Out& out) {
  if (mode != kOff && mode != kSuggest && mode != kAuto)
    return refuse(show, "schema", "The assistant is off, suggest or auto.", out);
  shows_.upsert(show).mode = mode;
  tell_figures(show, out);
}

void Desk::remember_said(std::string_view show, const QuestionGroup& asked,
                         const std::string& text, Time at) {
  library_.forget(show);
  std::vector<Said>& said = said_.upsert(show);
  std::erase_if(said, [&](const Said& one) { return one.question == asked.id(); });
  if (said.size() == kSaidMax) said.erase(said.begin());
  said.push_back({asked.id(), asked.text(), text, asked.sku(), millis_of(at)});
}

// Forgotten, but for an answer that may be taken back; what was told of it stays in the log.
void Desk::close(std::string_view show, std::uint64_t number, Numbers& open) {
  groups_.erase(key(show, number));
  std::erase(open, number);
  const ShowOf* of = shows_.find(show);
  if (of == nullptr || std::ranges::find(of->told, number) == of->told.end())
    told_.erase(key(show, number));
}

void Desk::tell_group(std::string_view show, Group& group, Out& out) {
  group.told_people = group.told.people();
  InsightEvent event;
  *event.mutable_question() = group.told;
  out.emit(show, event);
}

void Desk::tell_figures(std::string_view show, Out& out) {
  const ShowOf* of = shows_.find(show);
  AssistantFigures& now = figures(show);
  now.set_mode(std::string(mode_of(show)));
  now.set_chosen(of != nullptr && !of->mode.empty());
  now.set_why(why(now));
  InsightEvent event;
  *event.mutable_assistant() = now;
  out.emit(show, event);
}

AssistantFigures& Desk::figures(std::string_view show) { return figures_.upsert(show); }

std::string_view Desk::mode_of(std::string_view show) const {
  const ShowOf* of = shows_.find(show);
  return of == nullptr || of->mode.empty() ? kSuggest : std::string_view(of->mode);
}

}  // namespace vitrine::assistant
