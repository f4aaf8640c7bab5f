#pragma once
// The processor "assistant": groups what viewers ask, answers what its sources answer, does what
// the host says. One show a key.
//
// Everything it decides follows from its record and the stores; a question, its answer and the
// place in the input are one commit, so a restart neither loses nor repeats an answer.
#include <optional>
#include <string>
#include <vector>

#include "commerce/assistant/figures.h"
#include "commerce/assistant/groups.h"
#include "commerce/assistant/library.h"
#include "commerce/assistant/verdict.h"
#include "commerce/model/proto/insight.pb.h"
#include "vitrine/app.h"

namespace vitrine::assistant {

inline constexpr std::size_t kToldMax = 200;     // answers of a show that can be taken back
inline constexpr std::size_t kBlockedMax = 100;  // facts of a show that were taken back

// What is known of a show.
struct ShowOf {
  std::string shop;
  std::vector<std::string> pins;  // the newest last
  std::string mode;               // empty: nobody has said; then it suggests
  std::vector<std::string> blocked;
  std::vector<std::uint64_t> told;  // questions that were answered, the oldest first
  auto fields() { return std::tie(shop, pins, mode, blocked, told); }
};

class Desk {
 public:
  using Out = Context<std::string, InsightEvent>;
  Desk(Stores& stores, const Broadcast<std::string, ShopFaq>& faqs,
       const Broadcast<std::string, ShelfRow>& shelf);
  void on_record(std::string_view show, const AssistantInput& input, Out& out);
  // False: nothing is done about it.
  static bool may_ask(const ChatPosted& message);

 private:
  using Numbers = std::vector<std::uint64_t>;
  static bool may_ask(const ChatPosted& message, const std::vector<std::string>& words);
  void timeline(std::string_view show, const ShowEvent& event);
  void posted(std::string_view show, const ChatPosted& message, Out& out);
  Verdict consider(std::string_view show, const ChatPosted& message,
                   const std::vector<std::string>& words, Asked& asked);
  bool joins(std::string_view show, std::uint64_t number, const Asked& asked,
             const Verdict& verdict) const;
  bool note_verdict(std::string_view show, std::uint64_t number, Group& group,
                    const Verdict& verdict);
  void answer_by_itself(std::string_view show, std::uint64_t number, const ChatPosted& message,
                        const Verdict& verdict, Out& out);
  void ask_again(std::string_view show, std::uint64_t number, const ChatPosted& message, Out& out);

  void answer(std::string_view show, const InsightCommand& command, Out& out);
  void dismiss(std::string_view show, const std::string& id, Out& out);
  void retract(std::string_view show, const std::string& id, Out& out);
  void set_mode(std::string_view show, const std::string& mode, Out& out);

  void give(std::string_view show, std::uint64_t number, QuestionAnswered answered, Out& out);
  void remember_said(std::string_view show, const QuestionGroup& asked, const std::string& text,
                     Time at);
  void close(std::string_view show, std::uint64_t number, Numbers& open);
  void tell_group(std::string_view show, Group& group, Out& out);
  void tell_figures(std::string_view show, Out& out);
  AssistantFigures& figures(std::string_view show);
  std::string_view mode_of(std::string_view show) const;

  Keyed<Numbers> open_;
  Keyed<ScopedRow, Group> groups_;
  Keyed<ShowOf> shows_;
  Keyed<ScopedRow, Told> told_;
  Keyed<std::vector<Said>> said_;
  Keyed<AssistantFigures> figures_;
  Library library_;
};

}  // namespace vitrine::assistant
