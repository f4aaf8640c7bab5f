#pragma once
// What the assistant has done in a show, and what that spared the host. Pure.
//
// Seconds saved: for each answer that stands kLookUpSeconds to read the question and find its
// answer, and its characters at kCharactersPerSecond (48 words a minute); for each further person
// who asked the same kGlanceSeconds to see that it was asked before. A suggestion the host sent
// spares the typing only. An answer taken back takes all of its seconds back.
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

#include "commerce/model/proto/insight.pb.h"
#include "commerce/model/serde.h"

namespace vitrine::assistant {

inline constexpr std::int64_t kLookUpSeconds = 5, kCharactersPerSecond = 4, kGlanceSeconds = 2;

// What is known of a question's answer, beside its group.
struct Told {
  std::string fact, text;  // found for it: who asks for the same is answered by the same
  QuestionAnswered given;  // without a text while nobody has answered
  std::int64_t seconds = 0, people = 0;  // counted in the figures
  bool is_left = false, is_suggested = false;
  auto fields() { return std::tie(fact, text, given, seconds, people, is_left, is_suggested); }
};

std::int64_t typing_seconds(std::string_view text);
// `told.given` is by the assistant; looked_up: it was not the host who sent it.
void count_answer(AssistantFigures& figures, Told& told, bool looked_up);
void count_again(AssistantFigures& figures, Told& told);
void take_back(AssistantFigures& figures, Told& told);
std::string why(const AssistantFigures& figures);

}  // namespace vitrine::assistant
