#include "commerce/assistant/groups.h"

#include <algorithm>

#include "base/hash.h"
#include "commerce/assistant/question.h"
#include "commerce/model/validate.h"

namespace vitrine::assistant {
namespace {

constexpr double kSame = 0.6;  // of the smaller question's words

void count_asker(Group& group, std::string_view author) {
  const std::uint32_t hash = murmur2(author);
  const auto at = std::ranges::lower_bound(group.askers, hash);
  if (at != group.askers.end() && *at == hash) return;
  if (group.askers.size() >= kAskersMax) return;
  group.askers.insert(at, hash);
  group.told.set_people(group.told.people() + 1);
}

void note(Group& group, const ChatPosted& message, Time at) {
  QuestionGroup& told = group.told;
  told.set_messages(told.messages() + 1);
  told.set_last_ms(millis_of(at));
  auto& evidence = *told.mutable_evidence();
  if (evidence.size() == static_cast<int>(kEvidenceMax)) evidence.erase(evidence.begin());
  evidence.Add(message.number());
  count_asker(group, message.author());
  told.set_why(why(group));
}

}  // namespace

bool is_same(const Group& group, const Asked& asked) {
  if (group.told.sku() != asked.sku) return false;
  if (!asked.topic.empty() && group.told.topic() == asked.topic) return true;
  return group.told.topic() == asked.topic && overlap(group.content, asked.content) >= kSame;
}

bool is_said_alike(const Group& group, const Asked& asked) {
  return is_same(group, asked) && overlap(group.content, asked.content) >= kSame;
}

Group begin_group(const ChatPosted& message, const Asked& asked, Time at) {
  Group group;
  group.content = asked.content;
  group.told.set_id("q_" + std::to_string(message.number()));
  group.told.set_text(message.text());
  group.told.set_sku(asked.sku);
  group.told.set_product(asked.title);
  group.told.set_topic(asked.topic);
  group.told.set_first_ms(millis_of(at));
  note(group, message, at);
  return group;
}

void join_group(Group& group, const ChatPosted& message, Time at) {
  if (message.text().size() < group.told.text().size()) group.told.set_text(message.text());
  note(group, message, at);
}

bool is_worth_telling(const Group& group) {
  const std::int64_t people = group.told.people();
  return people != group.told_people && (people <= 10 || people * 10 >= group.told_people * 11);
}

std::string why(const Group& group) {
  const QuestionGroup& told = group.told;
  const std::string who =
      told.people() == 1 ? "1 viewer asked" : std::to_string(told.people()) + " viewers asked";
  std::string about;
  if (!told.topic().empty()) about = " for the " + told.topic();
  if (!told.sku().empty())
    about += " of " + (told.product().empty() ? told.sku() : told.product());
  const std::int64_t seconds = (told.last_ms() - told.first_ms()) / 1'000;
  return who + about +
         (told.messages() > 1 ? " within " + std::to_string(seconds + 1) + " s" : std::string());
}

}  // namespace vitrine::assistant
