#include "commerce/assistant/figures.h"

#include "commerce/model/validate.h"

namespace vitrine::assistant {
namespace {

void add(AssistantFigures& figures, Told& told, std::int64_t people, std::int64_t seconds) {
  figures.set_people(figures.people() + people);
  figures.set_seconds_saved(figures.seconds_saved() + seconds);
  told.people += people;
  told.seconds += seconds;
}

}  // namespace

std::int64_t typing_seconds(std::string_view text) {
  const auto characters = static_cast<std::int64_t>(model::code_points(text));
  return (characters + kCharactersPerSecond - 1) / kCharactersPerSecond;
}

void count_answer(AssistantFigures& figures, Told& told, bool looked_up) {
  const std::int64_t people = told.given.people();
  figures.set_answered(figures.answered() + 1);
  add(figures, told, people,
      typing_seconds(told.given.text()) +
          (looked_up ? kLookUpSeconds + kGlanceSeconds * (people - 1) : 0));
}

void count_again(AssistantFigures& figures, Told& told) {
  add(figures, told, 1, kGlanceSeconds);
}

void take_back(AssistantFigures& figures, Told& told) {
  if (told.given.by_assistant()) figures.set_answered(figures.answered() - 1);
  add(figures, told, -told.people, -told.seconds);
  told.given.Clear();
}

std::string why(const AssistantFigures& figures) {
  return std::to_string(figures.answered()) +
         (figures.answered() == 1 ? " answer for " : " answers for ") +
         std::to_string(figures.people()) + (figures.people() == 1 ? " person, " : " people, ") +
         std::to_string(figures.left()) + " left to the host";
}

}  // namespace vitrine::assistant
